/** Bar charts and histograms: groups of bars over names or ranges. Pure. */
import type { PanelField, PanelFrame } from '../contract';
import { fullText } from '../contract';
import { asNumber, asString } from '../json';
import type { JsonObject } from '../json';
import { formatTime } from '../zone';

/** A bar. */
export interface Bar {
  field: PanelField;
  value: number;
  color: string;
  text: string;
}

/** Bars over one name. */
export interface BarGroup {
  name: string;
  bars: Bar[];
}

/** Groups shown at most. */
export const GROUPS_MAX = 500;

/** Groups of a bar chart: names come from `xField`, else the first text column, else the time. */
export function barGroups(frames: readonly PanelFrame[], options: JsonObject, zone: string): BarGroup[] {
  const groups = new Map<string, BarGroup>();
  for (const frame of frames) {
    const wanted = asString(options['xField']);
    const axis =
      frame.fields.find((field) => field.name === wanted || field.title === wanted) ??
      frame.fields.find((field) => field.type === 'string') ??
      frame.fields.find((field) => field.type === 'time');
    const values = frame.fields.filter((field) => field.type === 'number' && field !== axis);
    for (let row = 0; row < frame.length; row += 1) {
      const raw = axis?.values[row];
      const name =
        axis === undefined
          ? String(row + 1)
          : axis.type === 'time'
            ? formatTime(Number(raw), 'MM/DD HH:mm', zone)
            : fullText(axis.display(raw));
      let group = groups.get(name);
      if (group === undefined) {
        if (groups.size >= GROUPS_MAX) continue;
        group = { name, bars: [] };
        groups.set(name, group);
      }
      for (const field of values) {
        const value = field.values[row];
        const shown = field.display(value);
        group.bars.push({
          field,
          value: typeof value === 'number' && Number.isFinite(value) ? value : 0,
          color: field.colorMode === 'thresholds' ? (shown.color ?? field.color) : field.color,
          text: fullText(shown),
        });
      }
    }
  }
  return [...groups.values()];
}

/** The range that the bars need; stacked ones add up. Zero is always in. */
export function barRange(groups: readonly BarGroup[], stacked: 'none' | 'normal' | 'percent'): { min: number; max: number } {
  if (stacked === 'percent') return { min: 0, max: 1 };
  const sums = groups.flatMap(({ bars }) =>
    stacked === 'normal'
      ? [bars.reduce((sum, bar) => sum + Math.max(0, bar.value), 0), bars.reduce((sum, bar) => sum + Math.min(0, bar.value), 0)]
      : bars.map((bar) => bar.value),
  );
  return {
    min: sums.reduce((least, value) => Math.min(least, value), 0),
    max: sums.reduce((most, value) => Math.max(most, value), 0) || 1,
  };
}

/** Most buckets of a histogram. */
const BUCKETS_MAX = 200;

/** Groups of a histogram: how many samples of each series (or of all, with `combine`) lie in each range. */
export function histogramGroups(frames: readonly PanelFrame[], options: JsonObject): BarGroup[] {
  const fields = frames.flatMap((frame) => frame.fields.filter((field) => field.type === 'number'));
  const numbers = (field: PanelField): number[] =>
    field.values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
  const all = fields.flatMap(numbers);
  const [first] = fields;
  if (first === undefined || all.length === 0) return [];
  const min = all.reduce((least, value) => Math.min(least, value), Infinity);
  const max = all.reduce((most, value) => Math.max(most, value), -Infinity);
  const count = Math.min(BUCKETS_MAX, Math.max(1, asNumber(options['bucketCount'], 30)));
  const size = Math.max(asNumber(options['bucketSize']) ?? niceSize((max - min) / count), (max - min) / BUCKETS_MAX, Number.MIN_VALUE);
  const offset = asNumber(options['bucketOffset'], 0);
  const from = Math.floor((min - offset) / size);
  const to = Math.floor((max - offset) / size);
  const series: { field: PanelField; values: number[] }[] =
    options['combine'] === true
      ? [{ field: { ...first, title: 'Count' }, values: all }]
      : fields.map((field) => ({ field, values: numbers(field) }));
  const counts = series.map(({ values }) => {
    const out = new Map<number, number>();
    for (const value of values) out.set(Math.floor((value - offset) / size), (out.get(Math.floor((value - offset) / size)) ?? 0) + 1);
    return out;
  });
  return Array.from({ length: Math.min(BUCKETS_MAX + 1, to - from + 1) }, (_bucket, index) => {
    const at = from + index;
    return {
      name: `${fullText(first.display(at * size + offset))} – ${fullText(first.display((at + 1) * size + offset))}`,
      bars: series.map(({ field }, which) => ({
        field,
        value: counts[which]?.get(at) ?? 0,
        color: field.color,
        text: String(counts[which]?.get(at) ?? 0),
      })),
    };
  });
}

function niceSize(raw: number): number {
  if (!(raw > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  return ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= raw) ?? 10) * power;
}
