/**
 * What a graph draws: series with styles, scales, stacks and bands. Pure; `View` hands it to uPlot.
 */
import type { PanelField, PanelFrame } from '../contract';
import { align } from './align';
import type { AlignedSeries, Cell } from './align';
import { hiddenFrom, styleOf } from './style';
import type { SeriesStyle } from './style';

/** A drawn series. */
export interface PlotSeries {
  key: string;
  label: string;
  color: string;
  field: PanelField;
  style: SeriesStyle;
  scale: string;
  /** Values as drawn: stacked, negated. */
  drawn: Cell[];
  source: AlignedSeries;
}

/** A value scale with its axis. */
export interface PlotScale {
  key: string;
  side: 'left' | 'right' | 'hidden';
  /** Its first series' field: formats ticks. */
  field: PanelField;
  style: SeriesStyle;
  percentStack: boolean;
}

/** Space to fill between two series, by index. */
export interface PlotBand {
  upper: number;
  lower: number;
}

/** Everything about a graph but its pixels. */
export interface PlotModel {
  times: number[];
  series: PlotSeries[];
  scales: PlotScale[];
  bands: PlotBand[];
}

/** Series drawn at most: a graph of more says nothing, and each costs time on every frame. */
export const SERIES_MAX = 1000;

/** The name by which a series is hidden, coloured and found again after a refresh. */
export function seriesKey(frame: PanelFrame, field: PanelField): string {
  return `${frame.refId}\u0000${field.title}`;
}

/** The graph of the frames without the series whose keys are in `hidden`. */
export function plotModel(frames: readonly PanelFrame[], stepMs: number, hidden: ReadonlySet<string>): PlotModel {
  const visible = frames.map((frame) => ({
    ...frame,
    fields: frame.fields.filter((field) => field.type === 'time' || (!hiddenFrom(field).graph && !hidden.has(seriesKey(frame, field)))),
  }));
  const aligned = align(visible, stepMs, (field) => {
    const { spanNulls } = styleOf(field);
    return spanNulls === true ? Infinity : typeof spanNulls === 'number' ? spanNulls : undefined;
  });
  const scales = new Map<string, PlotScale>();
  const series = aligned.series.slice(0, SERIES_MAX).map((source): PlotSeries => {
    const { field, frame } = source;
    const style = styleOf(field);
    const scale = scaleKey(field, style);
    if (!scales.has(scale)) {
      const side = style.axis === 'auto' ? ([...scales.values()].some((other) => other.side === 'left') ? 'right' : 'left') : style.axis;
      scales.set(scale, { key: scale, side, field, style, percentStack: style.stack === 'percent' });
    }
    return {
      key: seriesKey(frame, field),
      label: field.title,
      color: field.color,
      field,
      style,
      scale,
      drawn: drawnValues(source, style),
      source,
    };
  });
  const bands = [...stack(series), ...fillBetween(series)];
  return { times: aligned.times, series, scales: [...scales.values()], bands };
}

/** Series share a scale if unit, limits, side and kind of scale agree. */
function scaleKey(field: PanelField, style: SeriesStyle): string {
  return [
    'y',
    field.unit,
    style.axis,
    field.min,
    field.max,
    style.softMin,
    style.softMax,
    style.log,
    style.axisLabel,
    style.stack === 'percent',
    style.centeredZero,
  ].join('|');
}

function drawnValues(source: AlignedSeries, style: SeriesStyle): Cell[] {
  let { values } = source;
  if (style.constant) {
    const first = values.find((value) => typeof value === 'number');
    values = values.map(() => first);
  }
  return style.negative ? values.map((value) => (typeof value === 'number' ? -value : value)) : values;
}

/** Adds up stacked series in place; the fill of each ends at the one below it. */
function stack(series: PlotSeries[]): PlotBand[] {
  const groups = new Map<string, number[]>();
  series.forEach((one, index) => {
    if (one.style.stack === 'none') return;
    const key = [one.scale, one.style.stackGroup, one.style.negative, one.style.draw === 'bars'].join('|');
    groups.set(key, [...(groups.get(key) ?? []), index]);
  });
  const bands: PlotBand[] = [];
  for (const members of groups.values()) {
    const first = series[members[0] ?? -1];
    if (first === undefined) continue;
    const length = first.drawn.length;
    const totals = first.style.stack === 'percent' ? totalsOf(series, members, length) : undefined;
    const sums = new Float64Array(length);
    let below = -1;
    for (const index of members) {
      const one = series[index];
      if (one === undefined) continue;
      one.drawn = one.drawn.map((value, at) => {
        if (typeof value !== 'number') return value;
        const total = totals?.[at] ?? 0;
        sums[at] = (sums[at] ?? 0) + (totals === undefined ? value : total === 0 ? 0 : value / total);
        return sums[at];
      });
      if (below >= 0) bands.push({ upper: index, lower: below });
      below = index;
    }
  }
  return bands;
}

function totalsOf(series: readonly PlotSeries[], members: readonly number[], length: number): Float64Array {
  const totals = new Float64Array(length);
  for (const index of members) {
    series[index]?.drawn.forEach((value, at) => {
      if (typeof value === 'number') totals[at] = (totals[at] ?? 0) + Math.abs(value);
    });
  }
  return totals;
}

function fillBetween(series: readonly PlotSeries[]): PlotBand[] {
  return series.flatMap((one, upper) => {
    if (one.style.fillBelowTo === '') return [];
    const lower = series.findIndex((other) => other.label === one.style.fillBelowTo);
    return lower < 0 ? [] : [{ upper, lower }];
  });
}

/** A row of the tooltip. */
export interface TooltipRow {
  index: number;
  label: string;
  color: string;
  text: string;
  /** For sorting; NaN sorts last. */
  value: number;
  /** Under the cursor, or as high as what is: several series of equal value are all marked. */
  near: boolean;
}

/** Rows of the tooltip at an instant. `distance` answers a series' distance from the cursor in pixels, `undefined` if it has no point there. */
export function tooltipRows(
  model: PlotModel,
  at: number,
  mode: string,
  sort: string,
  distance: (index: number) => number | undefined,
): TooltipRow[] {
  const nearest = model.series.reduce((least, _one, index) => Math.min(least, distance(index) ?? Infinity), Infinity);
  const rows = model.series.flatMap((one, index): TooltipRow[] => {
    const row = one.source.rows[at] ?? -1;
    if (row < 0 || one.style.hide.tooltip) return [];
    const raw = one.field.values[row];
    const shown = one.field.display(raw);
    const far = distance(index);
    return [
      {
        index,
        label: one.label,
        color: shown.color !== undefined && one.field.colorMode === 'thresholds' ? shown.color : one.color,
        text: `${shown.prefix ?? ''}${shown.text}${shown.suffix ?? ''}`,
        value: typeof raw === 'number' ? raw : Number.NaN,
        near: far !== undefined && far <= nearest + 1,
      },
    ];
  });
  const chosen = mode === 'single' ? rows.filter((row) => row.near) : rows;
  if (sort !== 'asc' && sort !== 'desc') return chosen;
  const sign = sort === 'asc' ? 1 : -1;
  return chosen.sort((a, b) => (Number.isNaN(a.value) ? 1 : Number.isNaN(b.value) ? -1 : sign * (a.value - b.value)));
}
