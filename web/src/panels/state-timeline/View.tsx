/** State timeline and status history: a row per series, coloured by state. */
import { messages, useT } from '../../lib/i18n';
import type { PanelProps } from '../contract';
import { asNumber, asString, at } from '../json';
import { legendOptions } from '../legend/model';
import '../legend/legend.css';
import { ClippedText, TimeAxis, marginsFor } from '../plot/Axes';
import { Split } from '../plot/Split';
import { hideTooltip, showTooltip } from '../plot/tooltip';
import { textOn, textWidth } from '../reduced';
import { panelTexts } from '../texts';
import { withAlpha } from '../timeseries/draw';
import { formatTime } from '../zone';
import { stateRows, statesOf } from './model';
import type { Run, StateRow } from './model';

const texts = messages({ ...panelTexts });
const OWNER = {};

/** Runs in time, merged where equal. */
export function StateTimelineView(props: PanelProps) {
  return (
    <States props={props} rows={stateRows(props.frames, props.span, props.stepMs, props.options['mergeValues'] !== false)} cells={false} />
  );
}

/** A cell per sample. */
export function StatusHistoryView(props: PanelProps) {
  return <States props={props} rows={stateRows(props.frames, props.span, props.stepMs, false)} cells />;
}

function States({ props, rows, cells }: { props: PanelProps; rows: StateRow[]; cells: boolean }) {
  const t = useT(texts);
  const legend = legendOptions(props.options);
  if (rows.length === 0) return <div className="p-empty">{t('noData')}</div>;
  const states = statesOf(rows);
  const legendNode = (
    <div className="pl-list" data-testid="legend">
      {states.map((state) => (
        <span key={`${state.text}${state.color}`} className="pl-item">
          <span className="pl-key" style={{ background: state.color, borderColor: state.color }} />
          <span className="pl-label">{state.text}</span>
        </span>
      ))}
    </div>
  );
  return (
    <Split
      width={props.width}
      height={props.height}
      legend={legend}
      rows={states.length}
      labelLength={states.reduce((most, state) => Math.max(most, state.text.length), 0)}
      legendNode={legendNode}
    >
      {(width, height) => <Rows props={props} rows={rows} cells={cells} width={width} height={height} />}
    </Split>
  );
}

function Rows({
  props,
  rows,
  cells,
  width,
  height,
}: {
  props: PanelProps;
  rows: StateRow[];
  cells: boolean;
  width: number;
  height: number;
}) {
  const { span, theme, options } = props;
  const margins = marginsFor(
    rows.map((row) => row.title),
    width,
  );
  const inner = { width: width - margins.left - margins.right, height: height - margins.top - margins.bottom };
  const each = Math.max(14, inner.height / rows.length);
  const bar = each * Math.min(1, Math.max(0.1, asNumber(options['rowHeight'], 0.9)));
  const total = margins.top + margins.bottom + each * rows.length;
  const x = (time: number): number =>
    margins.left + ((Math.min(span.to, Math.max(span.from, time)) - span.from) / Math.max(1, span.to - span.from)) * inner.width;
  const show = asString(options['showValue'], 'auto');
  const alpha = asNumber(at(rows[0]?.field.custom, 'fillOpacity'), 70) / 100;
  const line = asNumber(at(rows[0]?.field.custom, 'lineWidth'), 0);
  const width_ = cells ? asNumber(options['colWidth'], 0.9) : 1;
  const tip = (event: React.MouseEvent, row: StateRow, run: Run): void =>
    showTooltip(OWNER, {
      x: event.clientX,
      y: event.clientY,
      more: '',
      head: row.title,
      lines: [
        { color: run.color, label: run.text, text: '' },
        { label: `${formatTime(run.from, 'YYYY-MM-DD HH:mm:ss', props.zone)} – ${formatTime(run.to, 'HH:mm:ss', props.zone)}`, text: '' },
      ],
    });
  return (
    <div style={{ width, height, overflow: 'auto' }}>
      <svg width={width} height={Math.max(height, total)} role="img" aria-label={props.title} onMouseLeave={() => hideTooltip(OWNER)}>
        <TimeAxis span={span} margins={margins} width={width} height={Math.max(height, total)} zone={props.zone} theme={theme} />
        {rows.map((row, index) => {
          const top = margins.top + index * each;
          const align = asString(options['alignValue'], 'left');
          return (
            <g key={row.key} data-testid="state-row" style={{ color: theme.text }}>
              <ClippedText text={row.title} x={margins.left - 6} y={top + each / 2} room={margins.left - 8} anchor="end" />
              {row.runs.map((run) => {
                const left = x(run.from);
                const size = Math.max(0.5, (x(run.to) - left) * width_);
                const fits = size > textWidth(run.text) * 6.6 + 8 && bar > 13;
                return (
                  <g key={run.from} onMouseMove={(event) => tip(event, row, run)}>
                    <rect
                      x={left}
                      y={top + (each - bar) / 2}
                      width={size}
                      height={bar}
                      fill={withAlpha(run.color, alpha)}
                      {...(line > 0 ? { stroke: run.color, strokeWidth: line } : {})}
                    />
                    {show !== 'never' && fits && (
                      <text
                        x={align === 'center' ? left + size / 2 : align === 'right' ? left + size - 4 : left + 4}
                        y={top + each / 2}
                        textAnchor={align === 'center' ? 'middle' : align === 'right' ? 'end' : 'start'}
                        dominantBaseline="central"
                        fontSize={11}
                        style={{ fill: alpha > 0.6 ? textOn(run.color) : theme.text, pointerEvents: 'none' }}
                      >
                        {run.text}
                      </text>
                    )}
                  </g>
                );
              })}
            </g>
          );
        })}
      </svg>
    </div>
  );
}
