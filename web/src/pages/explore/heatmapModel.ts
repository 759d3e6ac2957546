/** Native histograms over time as cells: one column a step, one row a bucket. Buckets of several series with the same bounds add up. */
import { type Series, parseValue } from '../../api/query';

export interface Cell {
  atMs: number;
  lower: number;
  upper: number;
  /** Density: count per step, so that wide and narrow buckets of one column compare by count. */
  count: number;
}

export interface HeatmapData {
  cells: Cell[];
  /** Smallest and largest bound that is drawn. */
  low: number;
  high: number;
  most: number;
  /** Bounds grow exponentially: rows are drawn on a log axis. */
  log: boolean;
}

/** More cells than this are not drawn. */
const CELLS_MAX = 200_000;

export function toHeatmap(series: readonly Series[]): HeatmapData | undefined {
  const sums = new Map<string, Cell>();
  for (const { histograms = [] } of series) {
    for (const [seconds, histogram] of histograms) {
      for (const [, lowerText, upperText, countText] of histogram.buckets ?? []) {
        const [lower, upper, count] = [parseValue(lowerText), parseValue(upperText), parseValue(countText)];
        const key = `${seconds} ${lowerText} ${upperText}`;
        const known = sums.get(key);
        if (known) known.count += count;
        else if (sums.size < CELLS_MAX) sums.set(key, { atMs: seconds * 1000, lower, upper, count });
      }
    }
  }
  const cells = [...sums.values()].filter((cell) => cell.count > 0);
  if (cells.length === 0) return undefined;
  const finite = cells.flatMap((cell) => [cell.lower, cell.upper]).filter(Number.isFinite);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let most = 0;
  for (const bound of finite) {
    low = Math.min(low, bound);
    high = Math.max(high, bound);
  }
  for (const cell of cells) most = Math.max(most, cell.count);
  const positive = cells.every((cell) => cell.lower > 0);
  if (!Number.isFinite(low)) [low, high] = [0, 1];
  return { cells, low, high: high === low ? low + 1 : high, most, log: positive && high / low > 8 };
}

/** Where a bound lies between bottom (0) and top (1). */
export function position(bound: number, { low, high, log }: HeatmapData): number {
  const clamped = Math.min(Math.max(bound, low), high);
  return log ? Math.log(clamped / low) / Math.log(high / low) : (clamped - low) / (high - low);
}
