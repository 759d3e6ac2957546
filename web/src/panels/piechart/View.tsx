/** Pies and doughnuts with labels and a legend of values and shares. */
import { useState } from 'react';

import { messages, useT } from '../../lib/i18n';
import type { PanelProps } from '../contract';
import { fullText } from '../contract';
import { arcPath, onCircle } from '../gauge/model';
import { asArray, at } from '../json';
import { clickedLegend, legendOptions } from '../legend/model';
import '../legend/legend.css';
import { Split } from '../plot/Split';
import { hideTooltip, showTooltip } from '../plot/tooltip';
import { reducedValues, textOn } from '../reduced';
import { panelTexts } from '../texts';
import { percentText, slices } from './model';
import type { Slice } from './model';

const texts = messages({ ...panelTexts });
const OWNER = {};

export function PieChartView(props: PanelProps) {
  const t = useT(texts);
  const { frames, options, language } = props;
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const values = reducedValues(frames, options, language);
  const shown = slices(values, options, hidden);
  const legend = legendOptions(options);
  if (values.length === 0) return <div className="p-empty">{t('noData')}</div>;
  const extras = asArray(at(options, 'legend.values')).filter((item) => item === 'value' || item === 'percent');
  const total = values.reduce((sum, value) => sum + Math.max(0, value.display.numeric || 0), 0);
  const legendNode = (
    <div className={legend.table ? 'pl-table' : legend.right ? 'pl-list pl-right' : 'pl-list'} data-testid="legend">
      {values.map((value) => (
        <span key={value.key} className="pl-item">
          <button
            type="button"
            className="pl-series"
            aria-pressed={!hidden.has(value.key)}
            title={value.title}
            onClick={(event) =>
              setHidden(
                clickedLegend(
                  hidden,
                  values.map((one) => one.key),
                  value.key,
                  event.ctrlKey || event.metaKey,
                ),
              )
            }
          >
            <span className="pl-key" style={{ background: value.color, borderColor: value.color }} />
            <span className={hidden.has(value.key) ? 'pl-label pl-off' : 'pl-label'}>{value.title}</span>
          </button>
          {extras.includes('value') && <span className="pl-calc">{fullText(value.display)}</span>}
          {extras.includes('percent') && (
            <span className="pl-calc">{total > 0 ? percentText((value.display.numeric || 0) / total) : '–'}</span>
          )}
        </span>
      ))}
    </div>
  );
  return (
    <Split
      width={props.width}
      height={props.height}
      legend={legend}
      rows={values.length}
      labelLength={values.reduce((most, value) => Math.max(most, value.title.length + extras.length * 7), 0)}
      legendNode={legendNode}
    >
      {(width, height) => <Pie shown={shown} props={props} width={width} height={height} />}
    </Split>
  );
}

function Pie({ shown, props, width, height }: { shown: Slice[]; props: PanelProps; width: number; height: number }) {
  const radius = Math.max(8, Math.min(width, height) / 2 - 6);
  const inner = props.options['pieType'] === 'donut' ? radius * 0.6 : 0;
  const labels = asArray(props.options['displayLabels']);
  const label = (slice: Slice): string =>
    [
      labels.includes('name') ? slice.title : '',
      labels.includes('value') ? fullText(slice.source.display) : '',
      labels.includes('percent') ? percentText(slice.share) : '',
    ]
      .filter((text) => text !== '')
      .join(' ');
  return (
    <svg width={width} height={height} role="img" aria-label={props.title} onMouseLeave={() => hideTooltip(OWNER)}>
      {shown.map((slice) => {
        const [x, y] = onCircle(
          width / 2,
          height / 2,
          (radius + inner) / 2 + (inner === 0 ? radius * 0.12 : 0),
          (slice.from + slice.to) / 2,
        );
        return (
          <g
            key={slice.key}
            data-testid="slice"
            onMouseMove={(event) =>
              showTooltip(OWNER, {
                x: event.clientX,
                y: event.clientY,
                head: slice.title,
                lines: [{ color: slice.color, label: percentText(slice.share), text: fullText(slice.source.display) }],
                more: '',
              })
            }
          >
            <path
              d={arcPath(width / 2, height / 2, inner, radius, slice.from, slice.to)}
              fill={slice.color}
              stroke={props.theme.background}
              strokeWidth={1}
            />
            {slice.share > 0.05 && labels.length > 0 && (
              <text x={x} y={y} textAnchor="middle" dominantBaseline="middle" fontSize={12} style={{ fill: textOn(slice.color) }}>
                {label(slice)}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}
