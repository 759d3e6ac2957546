/** A drawing with its legend below or beside it; tells the drawing its size. */
import type { ReactNode } from 'react';

import type { LegendOptions } from '../legend/model';
import './plot.css';

interface Props {
  width: number;
  height: number;
  legend: LegendOptions;
  /** How many rows the legend has, to give it no more room than it needs. */
  rows: number;
  /** Length of its longest label in characters. */
  labelLength: number;
  legendNode: ReactNode;
  children(width: number, height: number): ReactNode;
}

const ROW_PX = 20;
/** Narrower panels have their legend below, lower ones none. */
const BESIDE_PX = 240;
const BESIDE_TABLE_PX = 360;
const BELOW_PX = 90;
/** A character's width in a legend, about. */
const CHAR_PX = 6.6;

/** Height of a legend below: all rows up to a third of the panel (half for tables). */
function belowHeight({ legend, rows, width, height, labelLength }: Props): number {
  if (legend.table) return Math.min(height * 0.45, (rows + 1) * (ROW_PX + 1) + 4);
  const perLine = Math.max(1, Math.floor(width / (Math.min(60, labelLength + legend.calcs.length * 14) * CHAR_PX + 34)));
  return Math.min(height * 0.35, Math.ceil(rows / perLine) * ROW_PX + 4);
}

function besideWidth({ legend, width, labelLength }: Props): number {
  const wanted = legend.widthPx ?? Math.min(60, labelLength) * CHAR_PX + 40 + legend.calcs.length * 66;
  return Math.min(width * (legend.table ? 0.6 : 0.4), wanted);
}

export function Split(props: Props) {
  const { width, height, legend, legendNode, children } = props;
  // In narrow panels (a phone) a legend beside the drawing leaves neither readable.
  const beside = legend.right && width >= (legend.table && legend.calcs.length > 0 ? BESIDE_TABLE_PX : BESIDE_PX);
  if (!legend.show || props.rows === 0 || (height < BELOW_PX && !beside)) return <div className="p-split">{children(width, height)}</div>;
  if (beside) {
    const side = besideWidth(props);
    return (
      <div className="p-split">
        {children(width - side, height)}
        <div className="p-legend" style={{ width: side, height }}>
          {legendNode}
        </div>
      </div>
    );
  }
  const below = belowHeight(props);
  return (
    <div className="p-split" style={{ flexDirection: 'column' }}>
      {children(width, height - below)}
      <div className="p-legend" style={{ height: below, width }}>
        {legendNode}
      </div>
    </div>
  );
}
