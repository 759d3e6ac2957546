/** Heatmaps on a canvas, with a scale of colours below. */
import { useEffect, useMemo, useReducer, useRef } from 'react';

import { whenRestored } from '../../lib/canvas';
import { messages, useT } from '../../lib/i18n';
import type { PanelProps } from '../contract';
import { fullText } from '../contract';
import { asNumber, asString, at } from '../json';
import { ClippedText, TimeAxis, marginsFor } from '../plot/Axes';
import { hideTooltip, showTooltip } from '../plot/tooltip';
import { panelTexts } from '../texts';
import { formatTime } from '../zone';
import { heatmapColor, heatmapOf } from './model';
import type { Heatmap } from './model';

const texts = messages({ ...panelTexts, count: ['Count', '개수'] });
const OWNER = {};

export function HeatmapView(props: PanelProps) {
  const t = useT(texts);
  const { frames, options, span, stepMs } = props;
  const field = frames.flatMap((frame) => frame.fields).find((candidate) => candidate.type === 'number');
  const map = useMemo(
    () => heatmapOf(frames, options, span, stepMs, (value) => (field === undefined ? String(value) : fullText(field.display(value)))),
    [frames, options, span, stepMs, field],
  );
  if (map === undefined) return <div className="p-empty">{t('noData')}</div>;
  return <Drawn props={props} map={map} />;
}

function Drawn({ props, map }: { props: PanelProps; map: Heatmap }) {
  const t = useT(texts);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { options, span, theme, width, height, zone } = props;
  const legend = at(options, 'legend.show') !== false && height > 120;
  const margins = at(options, 'yAxis.axisPlacement') === 'hidden' ? { left: 4, bottom: 20, top: 4, right: 8 } : marginsFor(map.rows, width);
  const plot = {
    width: Math.max(10, width - margins.left - margins.right),
    height: Math.max(10, height - margins.top - margins.bottom - (legend ? 18 : 0)),
  };
  const gap = Math.min(5, asNumber(options['cellGap'], 1));
  const reverse = at(options, 'yAxis.reverse') === true;
  const color = useMemo(() => heatmapColor(options, map, theme.dark, theme.color), [options, map, theme]);
  const cell = { width: Math.max(1, (map.stepMs / Math.max(1, span.to - span.from)) * plot.width), height: plot.height / map.rows.length };
  const top = (row: number): number => (reverse ? row : map.rows.length - 1 - row) * cell.height;

  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context === null || context === undefined) return;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, plot.width, plot.height);
    map.counts.forEach((row, index) => {
      row.forEach((count, column) => {
        const time = map.times[column];
        if (count === null || count <= 0 || time === undefined) return;
        context.fillStyle = color(count);
        context.fillRect(
          ((time - span.from) / Math.max(1, span.to - span.from)) * plot.width,
          top(index),
          Math.max(1, cell.width - gap),
          Math.max(1, cell.height - gap),
        );
      });
    });
  });

  const [, paintAgain] = useReducer((times: number) => times + 1, 0);
  useEffect(() => (canvas.current === null ? undefined : whenRestored(canvas.current, paintAgain)), []);

  const hover = (event: React.MouseEvent<HTMLCanvasElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const time = span.from + ((event.clientX - box.left) / plot.width) * (span.to - span.from);
    const line = Math.floor((event.clientY - box.top) / cell.height);
    const row = reverse ? line : map.rows.length - 1 - line;
    const column = map.times.findLastIndex((start) => start <= time);
    const count = map.counts[row]?.[column];
    if (count === null || count === undefined) {
      hideTooltip(OWNER);
      return;
    }
    showTooltip(OWNER, {
      x: event.clientX,
      y: event.clientY,
      more: '',
      head: formatTime(map.times[column] ?? time, 'YYYY-MM-DD HH:mm:ss', zone),
      lines: [
        {
          label: asString(at(options, 'yAxis.axisLabel'), t('value')),
          text: `${row > 0 ? `${map.rows[row - 1] ?? ''} – ` : '≤ '}${map.rows[row] ?? ''}`,
        },
        { color: color(count), label: t('count'), text: String(Number(count.toPrecision(6))) },
      ],
    });
  };
  const every = Math.max(1, Math.ceil(map.rows.length / Math.max(1, plot.height / 15)));
  return (
    <div style={{ position: 'relative', width, height }}>
      <svg
        width={width}
        height={plot.height + margins.top + margins.bottom}
        style={{ position: 'absolute', color: theme.textWeak }}
        aria-hidden
      >
        <TimeAxis
          span={span}
          margins={margins}
          width={width}
          height={plot.height + margins.top + margins.bottom}
          zone={zone}
          theme={theme}
        />
        {margins.left > 4 &&
          map.rows.map((row, index) =>
            index % every === 0 ? (
              <ClippedText
                key={index}
                text={row}
                x={margins.left - 5}
                y={margins.top + top(index) + cell.height / 2}
                room={margins.left - 6}
                anchor="end"
              />
            ) : null,
          )}
      </svg>
      <canvas
        ref={canvas}
        role="img"
        aria-label={props.title}
        width={plot.width * devicePixelRatio}
        height={plot.height * devicePixelRatio}
        style={{ position: 'absolute', left: margins.left, top: margins.top, width: plot.width, height: plot.height }}
        onMouseMove={hover}
        onMouseLeave={() => hideTooltip(OWNER)}
      />
      {legend && (
        <div
          style={{
            position: 'absolute',
            bottom: 0,
            left: margins.left,
            display: 'flex',
            gap: 6,
            alignItems: 'center',
            fontSize: 11,
            color: theme.textWeak,
          }}
          data-testid="legend"
        >
          <span>0</span>
          <span
            style={{
              width: 140,
              height: 8,
              background: `linear-gradient(to right, ${[0, 0.25, 0.5, 0.75, 1].map((share) => color(share * map.max)).join(', ')})`,
            }}
          />
          <span>{Number(map.max.toPrecision(4))}</span>
        </div>
      )}
    </div>
  );
}
