/** Heatmaps: cells of buckets over time, from bucket columns or counted from samples. Pure. */
import type { PanelFrame, Span } from '../contract';
import { asNumber, asString, at } from '../json';
import type { JsonObject } from '../json';

/** A heatmap: `counts[row][column]`, rows from below. */
export interface Heatmap {
  times: number[];
  stepMs: number;
  /** Upper bound or name of each row. */
  rows: string[];
  counts: (number | null)[][];
  max: number;
  min: number;
}

/** Buckets of a heatmap that is counted here. */
const ROWS_CALCULATED = 20;

/** The heatmap of the frames; `undefined` without data. */
export function heatmapOf(
  frames: readonly PanelFrame[],
  options: JsonObject,
  span: Span,
  stepMs: number,
  format: (value: number) => string,
): Heatmap | undefined {
  return options['calculate'] === true ? calculated(frames, options, span, stepMs, format) : fromColumns(frames, options, stepMs);
}

function fromColumns(frames: readonly PanelFrame[], options: JsonObject, stepMs: number): Heatmap | undefined {
  // One frame with a column per bucket, or a frame per bucket.
  const columns = frames.flatMap((frame) => {
    const time = frame.fields.find((field) => field.type === 'time');
    return time === undefined
      ? []
      : frame.fields.filter((field) => field.type === 'number').map((field) => ({ field, times: time.values.map(Number) }));
  });
  if (columns.length === 0) return undefined;
  const times = [...new Set(columns.flatMap((column) => column.times))].sort((a, b) => a - b);
  const position = new Map(times.map((time, index) => [time, index]));
  const bound = (title: string): number => (title === '+Inf' || title === 'Inf' ? Infinity : Number.parseFloat(title));
  const numeric = columns.every(({ field }) => !Number.isNaN(bound(field.labels['le'] ?? field.title)));
  if (numeric) columns.sort((a, b) => bound(a.field.labels['le'] ?? a.field.title) - bound(b.field.labels['le'] ?? b.field.title));
  const [floor, ceiling] = [asNumber(at(options, 'filterValues.le')), asNumber(at(options, 'filterValues.ge'))];
  const counts = columns.map(({ field, times: own }) => {
    const row = new Array<number | null>(times.length).fill(null);
    own.forEach((time, index) => {
      const value = field.values[index];
      const count = typeof value === 'number' && Number.isFinite(value) ? value : null;
      const filtered = count === null || (floor !== undefined && count <= floor) || (ceiling !== undefined && count >= ceiling);
      row[position.get(time) ?? 0] = filtered ? null : count;
    });
    return row;
  });
  return finish(
    times,
    columns.map(({ field }) => field.title),
    counts,
    stepMs,
  );
}

/** Counts samples into buckets of time and value. */
function calculated(
  frames: readonly PanelFrame[],
  options: JsonObject,
  span: Span,
  stepMs: number,
  format: (value: number) => string,
): Heatmap | undefined {
  const samples = frames.flatMap((frame) => {
    const time = frame.fields.find((field) => field.type === 'time');
    return time === undefined
      ? []
      : frame.fields
          .filter((field) => field.type === 'number')
          .flatMap((field) =>
            field.values.flatMap((value, row) =>
              typeof value === 'number' && Number.isFinite(value) ? [{ time: Number(time.values[row]), value }] : [],
            ),
          );
  });
  if (samples.length === 0) return undefined;
  const low = samples.reduce((least, sample) => Math.min(least, sample.value), Infinity);
  const high = samples.reduce((most, sample) => Math.max(most, sample.value), -Infinity);
  const wanted = asNumber(at(options, 'calculation.yBuckets.value'));
  const bySize = asString(at(options, 'calculation.yBuckets.mode')) === 'size';
  const size =
    bySize && wanted !== undefined && wanted > 0
      ? Math.max(wanted, (high - low) / 500)
      : (high - low) / Math.min(500, Math.max(1, wanted ?? ROWS_CALCULATED)) || 1;
  const base = bySize ? Math.floor(low / size) * size : low;
  const rowCount = Math.max(1, Math.min(501, Math.floor((high - base) / size) + (bySize ? 1 : 0) || 1));
  const step = Math.max(stepMs, (span.to - span.from) / 60);
  const columns = Math.max(1, Math.ceil((span.to - span.from) / step));
  const counts = Array.from({ length: rowCount }, () => new Array<number | null>(columns).fill(null));
  for (const { time, value } of samples) {
    const column = Math.min(columns - 1, Math.floor((time - span.from) / step));
    const row = counts[Math.min(rowCount - 1, Math.floor((value - base) / size))];
    if (column >= 0 && row !== undefined) row[column] = (row[column] ?? 0) + 1;
  }
  return finish(
    Array.from({ length: columns }, (_column, index) => span.from + index * step),
    Array.from({ length: rowCount }, (_row, index) => format(base + (index + 1) * size)),
    counts,
    step,
  );
}

function finish(times: number[], rows: string[], counts: (number | null)[][], stepMs: number): Heatmap {
  let max = 0;
  let min = Infinity;
  for (const row of counts)
    for (const count of row)
      if (count !== null && count > 0) {
        max = Math.max(max, count);
        min = Math.min(min, count);
      }
  const step = stepMs > 0 ? stepMs : (times[1] ?? 0) - (times[0] ?? 0) || 60_000;
  return { times, rows, counts, max, min: Number.isFinite(min) ? min : 0, stepMs: step };
}

const SCHEMES: ReadonlyMap<string, readonly string[]> = new Map([
  ['Oranges', ['#fff5eb', '#fdd0a2', '#fd8d3c', '#d94801', '#7f2704']],
  ['Blues', ['#f7fbff', '#c6dbef', '#6baed6', '#2171b5', '#08306b']],
  ['Greens', ['#f7fcf5', '#c7e9c0', '#74c476', '#238b45', '#00441b']],
  ['Reds', ['#fff5f0', '#fcbba1', '#fb6a4a', '#cb181d', '#67000d']],
  ['Purples', ['#fcfbfd', '#dadaeb', '#9e9ac8', '#6a51a3', '#3f007d']],
  ['Greys', ['#ffffff', '#d9d9d9', '#969696', '#525252', '#000000']],
  ['Spectral', ['#9e0142', '#f46d43', '#fee08b', '#e6f598', '#66c2a5', '#5e4fa2']],
  ['Turbo', ['#30123b', '#4669db', '#1ae4b6', '#a4fc3c', '#fb7e21', '#7a0403']],
  ['Viridis', ['#440154', '#3b528b', '#21918c', '#5ec962', '#fde725']],
  ['Magma', ['#000004', '#51127c', '#b73779', '#fc8961', '#fcfdbf']],
  ['Inferno', ['#000004', '#57106e', '#bc3754', '#f98e09', '#fcffa4']],
  ['Plasma', ['#0d0887', '#7e03a8', '#cc4778', '#f89540', '#f0f921']],
  ['RdYlGn', ['#a50026', '#f46d43', '#ffffbf', '#66bd63', '#006837']],
  ['RdYlBu', ['#a50026', '#f46d43', '#ffffbf', '#74add1', '#313695']],
  ['YlOrRd', ['#ffffcc', '#fed976', '#fd8d3c', '#e31a1c', '#800026']],
  ['YlGnBu', ['#ffffd9', '#c7e9b4', '#41b6c4', '#225ea8', '#081d58']],
]);

/** Names of colour schemes. */
export const HEATMAP_SCHEMES: readonly string[] = [...SCHEMES.keys()];

/** The colour of a count between the heatmap's least and greatest: a scheme, or one colour growing denser by a power. */
export function heatmapColor(
  options: JsonObject,
  map: Pick<Heatmap, 'min' | 'max'>,
  dark: boolean,
  named: (name: string) => string,
): (count: number) => string {
  const low = asNumber(at(options, 'color.min'), Math.min(map.min, 0));
  const high = asNumber(at(options, 'color.max'), map.max);
  const share = (count: number): number => Math.min(1, Math.max(0, high > low ? (count - low) / (high - low) : 1));
  if (at(options, 'color.mode') === 'opacity') {
    const fill = named(asString(at(options, 'color.fill'), 'dark-orange'));
    const exponent = asString(at(options, 'color.scale')) === 'linear' ? 1 : asNumber(at(options, 'color.exponent'), 0.5);
    return (count) => `color-mix(in srgb, ${fill} ${(share(count) ** exponent * 100).toFixed(1)}%, transparent)`;
  }
  const name = asString(at(options, 'color.scheme'), 'Oranges');
  let stops = SCHEMES.get(name) ?? SCHEMES.get('Oranges') ?? [];
  const sequential = ['Oranges', 'Blues', 'Greens', 'Reds', 'Purples', 'Greys', 'YlOrRd', 'YlGnBu'].includes(name);
  // On a dark page few should be dark and many bright, as on paper few are pale.
  if ((at(options, 'color.reverse') === true) !== (sequential && dark)) stops = [...stops].reverse();
  const steps = Math.min(128, Math.max(2, asNumber(at(options, 'color.steps'), 64)));
  return (count) => mix(stops, Math.round(share(count) * (steps - 1)) / (steps - 1));
}

function mix(stops: readonly string[], share: number): string {
  const at_ = share * (stops.length - 1);
  const index = Math.min(stops.length - 2, Math.floor(at_));
  const part = (color: string | undefined, from: number): number => Number.parseInt((color ?? '#000000').slice(from, from + 2), 16);
  const blend = (from: number): number =>
    Math.round(part(stops[index], from) + (part(stops[index + 1], from) - part(stops[index], from)) * (at_ - index));
  return `rgb(${blend(1)}, ${blend(3)}, ${blend(5)})`;
}
