/** Bar charts and histograms as SVG. */
import { messages, useT } from '../../lib/i18n';
import type { PanelProps } from '../contract';
import { asNumber, asString, oneOf } from '../json';
import { Legend } from '../legend/Legend';
import { legendOptions } from '../legend/model';
import { ClippedText, marginsFor } from '../plot/Axes';
import { Split } from '../plot/Split';
import { isBinaryUnit, numberTicks, tickTexts } from '../plot/ticks';
import { hideTooltip, showTooltip } from '../plot/tooltip';
import { textWidth } from '../reduced';
import { panelTexts } from '../texts';
import { withAlpha } from '../timeseries/draw';
import { barGroups, barRange, histogramGroups } from './model';
import type { BarGroup } from './model';

const texts = messages({ ...panelTexts });
const OWNER = {};

export function BarChartView(props: PanelProps) {
  return (
    <Bars
      props={props}
      groups={barGroups(props.frames, props.options, props.zone)}
      gap={1 - Math.min(1, Math.max(0.1, asNumber(props.options['groupWidth'], 0.7)))}
    />
  );
}

export function HistogramView(props: PanelProps) {
  return <Bars props={props} groups={histogramGroups(props.frames, props.options)} gap={0.05} />;
}

function Bars({ props, groups, gap }: { props: PanelProps; groups: BarGroup[]; gap: number }) {
  const t = useT(texts);
  const legend = legendOptions(props.options);
  const [first] = groups;
  if (first === undefined) return <div className="p-empty">{t('noData')}</div>;
  const items = first.bars.map((bar) => ({
    key: bar.field.title,
    label: bar.field.title,
    color: bar.field.color,
    field: bar.field,
    hidden: false,
    right: false,
  }));
  return (
    <Split
      width={props.width}
      height={props.height}
      legend={legend}
      rows={items.length}
      labelLength={items.reduce((most, item) => Math.max(most, item.label.length), 0)}
      legendNode={<Legend items={items} options={legend} onToggle={() => undefined} />}
    >
      {(width, height) => <Drawn props={props} groups={groups} gap={gap} width={width} height={height} />}
    </Split>
  );
}

function Drawn({
  props,
  groups,
  gap,
  width,
  height,
}: {
  props: PanelProps;
  groups: BarGroup[];
  gap: number;
  width: number;
  height: number;
}) {
  const { options, theme } = props;
  const stacked = oneOf(options['stacking'], ['none', 'normal', 'percent'] as const, 'none');
  const wanted = asString(options['orientation'], 'auto');
  const horizontal = wanted === 'horizontal' || (wanted === 'auto' && height > width * 1.3);
  const field = groups[0]?.bars[0]?.field;
  const range = barRange(groups, stacked);
  const min = field?.min ?? range.min;
  const max = field?.max ?? range.max;
  const ticks = numberTicks(min, max, Math.max(2, horizontal ? width / 80 : height / 40), isBinaryUnit(field?.unit ?? ''));
  const labels = field === undefined || stacked === 'percent' ? ticks.map((tick) => `${Math.round(tick * 100)}%`) : tickTexts(ticks, field);
  const names = groups.map((group) => group.name);
  const margins = marginsFor(horizontal ? names : labels, width);
  const inner = { width: Math.max(10, width - margins.left - margins.right), height: Math.max(10, height - margins.top - margins.bottom) };
  const along = (horizontal ? inner.height : inner.width) / groups.length;
  const across = (value: number): number =>
    ((Math.min(max, Math.max(min, value)) - min) / Math.max(1e-12, max - min)) * (horizontal ? inner.width : inner.height);
  const every = Math.max(1, Math.ceil((horizontal ? 15 : Math.min(120, Math.max(...names.map(textWidth)) * 6.6 + 10)) / along));
  const alpha = asNumber(field?.custom['fillOpacity'], 80) / 100;
  return (
    <svg
      width={width}
      height={height}
      role="img"
      aria-label={props.title}
      style={{ color: theme.textWeak }}
      onMouseLeave={() => hideTooltip(OWNER)}
    >
      {ticks.map((tick, index) => {
        const at = across(tick);
        return horizontal ? (
          <g key={tick}>
            <line x1={margins.left + at} x2={margins.left + at} y1={margins.top} y2={margins.top + inner.height} stroke={theme.grid} />
            <text x={margins.left + at} y={height - 6} fontSize={11} fill="currentColor" textAnchor="middle">
              {labels[index]}
            </text>
          </g>
        ) : (
          <g key={tick}>
            <line
              x1={margins.left}
              x2={width - margins.right}
              y1={margins.top + inner.height - at}
              y2={margins.top + inner.height - at}
              stroke={theme.grid}
            />
            <text
              x={margins.left - 5}
              y={margins.top + inner.height - at}
              dominantBaseline="middle"
              fontSize={11}
              fill="currentColor"
              textAnchor="end"
            >
              {labels[index]}
            </text>
          </g>
        );
      })}
      {groups.map((group, index) => {
        const start = along * index + (along * gap) / 2;
        const room = along * (1 - gap);
        const size = stacked === 'none' ? room / Math.max(1, group.bars.length) : room;
        const total = group.bars.reduce((sum, bar) => sum + Math.abs(bar.value), 0) || 1;
        let base = 0;
        return (
          <g
            key={`${index}${group.name}`}
            data-testid="bar-group"
            onMouseMove={(event) =>
              showTooltip(OWNER, {
                x: event.clientX,
                y: event.clientY,
                head: group.name,
                more: '',
                lines: group.bars.map((bar) => ({ color: bar.color, label: bar.field.title, text: bar.text })),
              })
            }
          >
            <rect
              x={horizontal ? margins.left : margins.left + along * index}
              y={horizontal ? margins.top + along * index : margins.top}
              width={horizontal ? inner.width : along}
              height={horizontal ? along : inner.height}
              fill="transparent"
            />
            {group.bars.map((bar, which) => {
              const value = stacked === 'percent' ? bar.value / total : bar.value;
              const from = stacked === 'none' ? 0 : base;
              const to = from + value;
              if (stacked !== 'none') base = to;
              const [low, high] = [across(Math.min(from, to)), across(Math.max(from, to))];
              const offset = start + (stacked === 'none' ? which * size : 0);
              const shape = horizontal
                ? { x: margins.left + low, y: margins.top + offset, width: high - low, height: Math.max(1, size - 1) }
                : { x: margins.left + offset, y: margins.top + inner.height - high, width: Math.max(1, size - 1), height: high - low };
              const fits =
                asString(options['showValue'], 'auto') !== 'never' && !horizontal && size > textWidth(bar.text) * 6.4 && stacked === 'none';
              return (
                <g key={bar.field.title + which}>
                  <rect {...shape} fill={withAlpha(bar.color, alpha)} stroke={bar.color} strokeWidth={1} />
                  {fits && (
                    <text
                      x={shape.x + shape.width / 2}
                      y={Math.max(10, shape.y - 4)}
                      textAnchor="middle"
                      fontSize={11}
                      style={{ fill: theme.text }}
                    >
                      {bar.text}
                    </text>
                  )}
                </g>
              );
            })}
            {index % every === 0 &&
              (horizontal ? (
                <ClippedText
                  text={group.name}
                  x={margins.left - 5}
                  y={margins.top + along * (index + 0.5)}
                  room={margins.left - 6}
                  anchor="end"
                />
              ) : (
                <ClippedText
                  text={group.name}
                  x={margins.left + along * (index + 0.5)}
                  y={height - 9}
                  room={along * every}
                  anchor="middle"
                />
              ))}
          </g>
        );
      })}
    </svg>
  );
}
