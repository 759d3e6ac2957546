/** The uPlot options of a graph. Data and time range change without a new chart; all else makes one. */
import uPlot from 'uplot';

import type { PanelProps, Span } from '../contract';
import { fullText } from '../contract';
import { isBinaryUnit, numberTicks, tickTexts, timeTickText, timeTicks } from '../plot/ticks';
import { ianaZone } from '../zone';
import { drawAnnotations, drawThresholds, fillOf } from './draw';
import { drawExemplars } from './exemplars';
import type { Exemplar } from './exemplars';
import type { PlotModel, PlotScale, PlotSeries } from './model';

/** What a chart asks for while it lives: the newest of each. */
export interface ChartState {
  props: PanelProps;
  model: PlotModel;
  exemplars: readonly Exemplar[];
  onCursor(u: uPlot): void;
  onSelect(span: Span): void;
}

const AXIS_FONT_PX = 11;

/** What decides whether a chart must be made anew. */
export function chartSignature(model: PlotModel, props: PanelProps): string {
  return JSON.stringify([
    model.series.map((one) => [one.label, one.color, one.style, one.scale, one.field.unit, one.field.decimals]),
    model.scales.map((scale) => [scale.key, scale.side]),
    model.bands,
    props.theme.dark,
    props.zone,
    props.crosshair?.key,
    props.options['tooltip'] ?? null,
  ]);
}

/** The options; `state` is read at every draw. */
export function chartOptions(state: { current: ChartState }, width: number, height: number): uPlot.Options {
  const { model, props } = state.current;
  const zone = ianaZone(props.zone);
  const hooks: uPlot.Hooks.Arrays = {
    drawClear: [(u) => drawThresholds(u, state.current.model)],
    draw: [
      (u) => drawExemplars(u, state.current.exemplars, state.current.model.scales[0]?.key, state.current.props.theme),
      (u) => drawAnnotations(u, state.current.props.annotations, state.current.props.theme),
    ],
    setCursor: [(u) => state.current.onCursor(u)],
    setSelect: [
      (u) => {
        if (u.select.width < 4) return;
        state.current.onSelect({
          from: Math.round(u.posToVal(u.select.left, 'x')),
          to: Math.round(u.posToVal(u.select.left + u.select.width, 'x')),
        });
        u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      },
    ],
  };
  return {
    width,
    height,
    ms: 1,
    hooks,
    padding: [8, 8, 0, 4],
    legend: { show: false },
    // Any other value redraws the whole chart whenever another series is nearest.
    focus: { alpha: 1 },
    ...(zone === undefined ? {} : { tzDate: (ms: number) => uPlot.tzDate(new Date(ms), zone) }),
    cursor: {
      points: { one: true, size: 7 },
      focus: { prox: 1000 },
      drag: { x: true, y: false, setScale: false },
      ...(props.crosshair === undefined
        ? {}
        : { sync: { key: props.crosshair.key, setSeries: false, scales: ['x', null] as [string, null] } }),
    },
    scales: {
      x: { time: true, range: () => [state.current.props.span.from, state.current.props.span.to] },
      ...Object.fromEntries(model.scales.map((scale) => [scale.key, scaleOptions(scale)])),
    },
    axes: [
      timeAxis(state),
      ...model.scales.filter((scale) => scale.side !== 'hidden').map((scale, index) => valueAxis(scale, index === 0, state)),
    ],
    series: [{}, ...model.series.map(seriesOptions)],
    bands: model.bands.map(({ upper, lower }) => {
      const series = model.series[upper];
      return {
        series: [upper + 1, lower + 1] as [number, number],
        ...(series === undefined ? {} : { fill: fillOf(series) as uPlot.Series.Fill }),
      };
    }),
  };
}

function scaleOptions(scale: PlotScale): uPlot.Scale {
  const { style, field, percentStack } = scale;
  const range: uPlot.Scale.Range = (_u, dataMin, dataMax) => {
    let min = Number.isFinite(dataMin) ? dataMin : 0;
    let max = Number.isFinite(dataMax) ? dataMax : 100;
    if (percentStack && field.max === undefined) max = 1;
    if (style.log > 0)
      return uPlot.rangeLog(
        Math.max(min, Number.MIN_VALUE),
        Math.max(max, Number.MIN_VALUE),
        (style.log === 2 ? 2 : 10) as uPlot.Scale.LogBase,
        true,
      );
    if (style.softMin !== undefined) min = Math.min(min, style.softMin);
    if (style.softMax !== undefined) max = Math.max(max, style.softMax);
    if (style.centeredZero) {
      max = Math.max(Math.abs(min), Math.abs(max));
      min = -max;
    }
    const soft = { pad: 0.1, soft: 0, mode: 3 as const };
    const [low, high] = uPlot.rangeNum(min, max, { min: soft, max: soft });
    let from = field.min ?? (style.softMin !== undefined && min >= style.softMin ? style.softMin : low);
    let to = field.max ?? (style.softMax !== undefined && max <= style.softMax ? style.softMax : percentStack ? 1 : high);
    from ??= 0;
    to ??= 1;
    return from < to ? [from, to] : [from, from + 1];
  };
  return { auto: true, range, ...(style.log > 0 ? { distr: 3 as const, log: (style.log === 2 ? 2 : 10) as uPlot.Scale.LogBase } : {}) };
}

function timeAxis(state: { current: ChartState }): uPlot.Axis {
  const { theme, zone } = state.current.props;
  // Of the ticks as they are: a narrow graph has one tick alone, whose distance to the next nobody could tell.
  let step = 0;
  return {
    scale: 'x',
    stroke: theme.textWeak,
    font: `${AXIS_FONT_PX}px ${theme.font}`,
    size: 26,
    gap: 4,
    grid: { stroke: theme.grid, width: 1 / devicePixelRatio },
    ticks: { show: true, stroke: theme.grid, size: 4, width: 1 / devicePixelRatio },
    splits: (u, _axis, min, max) => {
      const room = u.bbox.width / devicePixelRatio / (max - min > 86_400_000 ? 95 : 70);
      const made = timeTicks(min, max, Math.max(2, Math.floor(room)), zone);
      step = made.step;
      return made.ticks;
    },
    values: (_u, splits) => {
      const { from, to } = state.current.props.span;
      return splits.map((at) => timeTickText(at, step, to - from, zone));
    },
  };
}

function valueAxis(scale: PlotScale, grid: boolean, state: { current: ChartState }): uPlot.Axis {
  const { theme } = state.current.props;
  const binary = isBinaryUnit(scale.field.unit);
  const percent = scale.percentStack ? (value: number): string => `${Math.round(value * 100)}%` : undefined;
  return {
    scale: scale.key,
    side: scale.side === 'right' ? 1 : 3,
    stroke: theme.textWeak,
    font: `${AXIS_FONT_PX}px ${theme.font}`,
    gap: 4,
    grid: { show: grid && scale.style.gridShow, stroke: theme.grid, width: 1 / devicePixelRatio },
    ticks: { show: false },
    ...(scale.style.axisLabel === ''
      ? {}
      : { label: scale.style.axisLabel, labelSize: 18, labelFont: `${AXIS_FONT_PX}px ${theme.font}`, labelGap: 0 }),
    ...(scale.style.log > 0
      ? {}
      : {
          splits: (u: uPlot, _axis: number, min: number, max: number) =>
            numberTicks(min, max, Math.max(2, Math.floor(u.bbox.height / devicePixelRatio / 34)), binary),
        }),
    values: (_u, splits) =>
      percent !== undefined
        ? splits.map(percent)
        : scale.style.log > 0
          ? splits.map((value) => (value === null ? '' : fullText(scale.field.display(value))))
          : tickTexts(splits, scale.field),
    size: (u, values, axis, cycle) => {
      // uPlot measures several times; a size that shrinks between cycles would never settle.
      const known = u.axes[axis] as (uPlot.Axis & { _size?: number }) | undefined;
      if (cycle > 1) return known?._size ?? 40;
      if (scale.style.axisWidth !== undefined) return scale.style.axisWidth;
      const longest = (values ?? []).reduce((most, text) => Math.max(most, String(text ?? '').length), 0);
      return Math.max(24, longest * AXIS_FONT_PX * 0.6 + 12);
    },
  };
}

function seriesOptions(one: PlotSeries): uPlot.Series {
  const { style } = one;
  const fill = fillOf(one);
  const paths = pathsOf(one);
  return {
    scale: one.scale,
    label: one.label,
    stroke: one.color,
    width: style.draw === 'points' ? 0 : style.draw === 'bars' ? Math.max(style.lineWidth, 0) : style.lineWidth,
    spanGaps: style.spanNulls === true,
    points:
      style.draw === 'points' || style.points === 'always'
        ? { show: true, size: style.pointSize, fill: one.color, stroke: one.color }
        : style.points === 'never' || style.draw === 'bars'
          ? { show: false }
          : {
              size: style.pointSize,
              fill: one.color,
              show: (u, _series, from, to) => (to - from) * 12 < u.bbox.width / devicePixelRatio / 2,
            },
    ...(style.dash === undefined ? {} : { dash: style.dash }),
    ...(fill === undefined ? {} : { fill }),
    ...(paths === undefined ? {} : { paths }),
  };
}

function pathsOf({ style }: PlotSeries): uPlot.Series.PathBuilder | undefined {
  const { linear, spline, stepped, bars, points } = uPlot.paths;
  if (style.draw === 'points') return points?.();
  if (style.draw === 'bars') return bars?.({ size: [style.barWidth, 40, 1], align: style.barAlignment as -1 | 0 | 1 });
  if (style.interpolation === 'smooth') return spline?.();
  if (style.interpolation === 'stepBefore') return stepped?.({ align: -1 });
  if (style.interpolation === 'stepAfter') return stepped?.({ align: 1 });
  return linear?.();
}
