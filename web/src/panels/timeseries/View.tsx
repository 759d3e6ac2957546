/** Draws a graph with uPlot: legend, tooltip, crosshair, zoom by dragging. */
import { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import { keepPainted } from '../../lib/canvas';
import { messages, useT } from '../../lib/i18n';
import type { PanelProps } from '../contract';
import { asString, at } from '../json';
import { Legend } from '../legend/Legend';
import { clickedLegend, legendOptions } from '../legend/model';
import type { LegendItem } from '../legend/model';
import { Split } from '../plot/Split';
import { hideTooltip, showTooltip } from '../plot/tooltip';
import { panelTexts } from '../texts';
import { formatTime } from '../zone';
import { chartOptions, chartSignature } from './chart';
import type { ChartState } from './chart';
import { exemplarAt, exemplarDetails, exemplarsOf, isExemplars } from './exemplars';
import { plotModel, seriesKey, tooltipRows } from './model';
import type { PlotModel } from './model';
import { hiddenFrom, styleOf } from './style';

const texts = messages({ ...panelTexts });

export function TimeSeriesView(props: PanelProps) {
  const t = useT(texts);
  const { options, stepMs } = props;
  const frames = useMemo(() => props.frames.filter((frame) => !isExemplars(frame)), [props.frames]);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const model = useMemo(() => plotModel(frames, stepMs, hidden), [frames, stepMs, hidden]);
  const items = useMemo<LegendItem[]>(
    () =>
      frames.flatMap((frame) =>
        frame.fields.flatMap((field) => {
          if (field.type !== 'number' && field.type !== 'boolean') return [];
          const hide = hiddenFrom(field);
          const key = seriesKey(frame, field);
          return hide.legend || hide.graph
            ? []
            : [{ key, label: field.title, color: field.color, field, hidden: hidden.has(key), right: styleOf(field).axis === 'right' }];
        }),
      ),
    [frames, hidden],
  );
  const legend = legendOptions(options);
  if (items.length === 0 && model.series.length === 0) return <div className="p-empty">{t('noData')}</div>;
  return (
    <Split
      width={props.width}
      height={props.height}
      legend={legend}
      rows={items.length}
      labelLength={items.reduce((most, item) => Math.max(most, item.label.length), 0)}
      legendNode={
        <Legend
          items={items}
          options={legend}
          onToggle={(key, toggle) =>
            setHidden(
              clickedLegend(
                hidden,
                items.map((item) => item.key),
                key,
                toggle,
              ),
            )
          }
        />
      }
    >
      {(width, height) => <Chart props={props} model={model} width={width} height={height} />}
    </Split>
  );
}

function Chart({ props, model, width, height }: { props: PanelProps; model: PlotModel; width: number; height: number }) {
  const t = useT(texts);
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const pinned = useRef(false);
  const exemplars = useMemo(() => exemplarsOf(props.frames), [props.frames]);
  const state = useRef<ChartState>({ props, model, exemplars, onCursor: () => undefined, onSelect: () => undefined });
  const signature = useMemo(() => chartSignature(model, props), [model, props]);
  state.current = {
    props,
    model,
    exemplars,
    onSelect: props.onZoom,
    onCursor: (u) => {
      if (pinned.current) return;
      const content = tooltipAt(u, state.current, t);
      if (content === undefined) hideTooltip(state);
      else showTooltip(state, content);
    },
  };

  // A chart per signature; data, span and size are handed to the living one below.
  useEffect(() => {
    const target = host.current;
    if (target === null) return undefined;
    const made = new uPlot(chartOptions(state, Math.max(20, width), Math.max(20, height)), dataOf(state.current.model), target);
    chart.current = made;
    keepPainted(made);
    const pin = (event: MouseEvent): void => {
      if (made.select.width > 3 || event.detail !== 1) return;
      if (event.ctrlKey || event.metaKey) {
        state.current.props.onAnnotate?.(Math.round(made.posToVal(made.cursor.left ?? 0, 'x')));
        return;
      }
      pinned.current = !pinned.current;
      const content = tooltipAt(made, state.current, t);
      if (content === undefined || !pinned.current) {
        pinned.current = false;
        hideTooltip(state);
        return;
      }
      const near = tooltipRows(state.current.model, made.cursor.idx ?? -1, 'single', 'none', (index) =>
        distanceOf(made, state.current.model, index),
      );
      const marked = exemplarAt(made, state.current.exemplars, state.current.model.scales[0]?.key);
      const links = [
        ...(marked === undefined ? [] : exemplarDetails(marked).links),
        ...near.flatMap(({ index }) => {
          const series = state.current.model.series[index];
          return series?.field.links(series.source.rows[made.cursor.idx ?? -1] ?? -1) ?? [];
        }),
      ];
      if (links.length === 0) {
        pinned.current = false;
        return;
      }
      showTooltip(state, { ...content, links });
    };
    made.over.addEventListener('click', pin);
    return () => {
      pinned.current = false;
      hideTooltip(state);
      made.destroy();
      chart.current = undefined;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- size and data go to the living chart
  }, [signature]);

  useEffect(() => {
    const living = chart.current;
    if (living !== undefined && (living.width !== width || living.height !== height))
      living.setSize({ width: Math.max(20, width), height: Math.max(20, height) });
  }, [width, height]);

  const first = useRef<PlotModel>(undefined);
  useEffect(() => {
    // The chart was made with this very data a moment ago.
    if (first.current !== undefined) chart.current?.setData(dataOf(model), true);
    first.current = model;
  }, [model, props.span.from, props.span.to]);

  useEffect(() => chart.current?.redraw(false, false), [props.annotations]);

  return (
    <div ref={host} className="p-canvas" style={{ width, height }} data-series={model.series.length} role="img" aria-label={props.title} />
  );
}

function dataOf(model: PlotModel): uPlot.AlignedData {
  return [model.times, ...model.series.map((one) => one.drawn)];
}

/** Distance in pixels of a series from the cursor, where it has a point. */
function distanceOf(u: uPlot, model: PlotModel, index: number): number | undefined {
  const series = model.series[index];
  const value = series?.drawn[u.cursor.idx ?? -1];
  if (series === undefined || typeof value !== 'number') return undefined;
  return Math.abs(u.valToPos(value, series.scale) - (u.cursor.top ?? 0));
}

function tooltipAt(
  u: uPlot,
  { props, model, exemplars }: ChartState,
  t: (key: 'more', params: { n: number }) => string,
): Parameters<typeof showTooltip>[1] | undefined {
  const { idx, left, top, event } = u.cursor;
  const mode = asString(at(props.options, 'tooltip.mode'), 'single');
  // A synced chart has no event of its own: only the one under the pointer shows a tooltip, unless the dashboard shares them.
  const own = event !== undefined && event !== null;
  if (
    idx === null ||
    idx === undefined ||
    left === undefined ||
    left < 0 ||
    top === undefined ||
    mode === 'none' ||
    (!own && props.crosshair?.tooltip !== true)
  )
    return undefined;
  const at_ = model.times[idx];
  if (at_ === undefined) return undefined;
  const rows = tooltipRows(model, idx, mode, asString(at(props.options, 'tooltip.sort'), 'none'), (index) => distanceOf(u, model, index));
  if (rows.length === 0) return undefined;
  const box = u.over.getBoundingClientRect();
  const marked = own ? exemplarAt(u, exemplars, model.scales[0]?.key) : undefined;
  const marks = props.annotations.filter(
    (mark) => Math.abs(u.valToPos(mark.time, 'x') - left) < 6 || (mark.timeEnd !== undefined && mark.time <= at_ && at_ <= mark.timeEnd),
  );
  return {
    x: box.left + left,
    y: box.top + top,
    head: formatTime(at_, 'YYYY-MM-DD HH:mm:ss', props.zone),
    lines: [
      ...(marked === undefined ? [] : exemplarDetails(marked).lines.map((line) => ({ ...line, color: props.theme.color('blue') }))),
      ...rows.map(({ color, label, text, near }) => ({ color, label, text, near })),
      ...marks.map((mark) => ({
        color: props.theme.color(mark.color),
        label: mark.title === '' ? mark.text : mark.title,
        text: mark.tags.join(', '),
      })),
    ],
    more: t('more', { n: Math.max(0, rows.length - 40) }),
  };
}
