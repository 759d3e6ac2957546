/** From answers to columns: one time axis for all series, gaps as null, stacking. No drawing here. */
import type { Series } from '../../api/query';
import { parseValue } from '../../api/query';
import { seriesName } from '../../lib/labels';

export interface ChartSeries {
  name: string;
  labels: Readonly<Record<string, string>>;
  color: string;
  values: (number | null)[];
}

export interface ChartData {
  /** Steps in seconds, evenly spaced. */
  times: number[];
  series: ChartSeries[];
}

/** More series than this are not drawn: nobody can tell them apart, and drawing them stalls the browser. */
export const SERIES_MAX = 1000;

/** Colours that stay apart for most kinds of colour vision, and on light and dark. */
const PALETTE = [
  '#3b82f6', '#e8590c', '#2f9e44', '#c2255c', '#7950f2', '#0c8599', '#e67700', '#5c940d', '#e03131', '#4263eb',
  '#9c36b5', '#099268', '#f08c00', '#1971c2', '#a61e4d', '#66a80f', '#6741d9', '#d9480f', '#0b7285', '#862e9c',
];

/** A series' colour by its place. */
export function colorAt(i: number): string {
  return PALETTE[i % PALETTE.length] ?? '#3b82f6';
}

/** Lays a range answer over the steps that were asked for. A step without a sample is a gap. */
export function toChart(result: readonly Series[], fromMs: number, toMs: number, stepMs: number): ChartData {
  const count = Math.floor((toMs - fromMs) / stepMs) + 1;
  const times = Array.from({ length: count }, (_, i) => (fromMs + i * stepMs) / 1000);
  const series = result.slice(0, SERIES_MAX).map((one, i) => {
    const values: (number | null)[] = new Array<number | null>(count).fill(null);
    const put = (seconds: number, value: number) => {
      const at = Math.round((seconds * 1000 - fromMs) / stepMs);
      if (at >= 0 && at < count) values[at] = Number.isFinite(value) ? value : null;
    };
    for (const [at, text] of one.values ?? []) put(at, parseValue(text));
    for (const [at, histogram] of one.histograms ?? []) put(at, parseValue(histogram.count));
    return { name: seriesName(one.metric), labels: one.metric, color: colorAt(i), values };
  });
  return { times, series };
}

/** Sums upwards: each series lies on those before it; where one has a gap, the others go on. */
export function stack(columns: readonly (readonly (number | null)[])[], shown: readonly boolean[]): (number | null)[][] {
  const length = columns[0]?.length ?? 0;
  const sum = new Array<number>(length).fill(0);
  return columns.map((column, i) => {
    if (!shown[i]) return column.map(() => null);
    return column.map((value, at) => {
      if (value === null) return null;
      sum[at] = (sum[at] ?? 0) + value;
      return sum[at] ?? null;
    });
  });
}

/** The series nearest to a value at a step: all that are as near as the nearest, within `reach`. */
export function nearest(series: readonly (readonly (number | null)[])[], shown: readonly boolean[], at: number, value: number, reach: number): number[] {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < series.length; i += 1) {
    const have = series[i]?.[at];
    if (shown[i] && have !== null && have !== undefined) best = Math.min(best, Math.abs(have - value));
  }
  if (!Number.isFinite(best)) return [];
  return series.flatMap((column, i) => {
    const have = column[at];
    return shown[i] && have !== null && have !== undefined && Math.abs(have - value) <= best + reach ? [i] : [];
  });
}
