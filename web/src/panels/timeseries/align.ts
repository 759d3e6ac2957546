/**
 * Frames become columns over one time axis, as uPlot wants them.
 *
 * In a column a number is a sample, `null` a gap that breaks the line, and `undefined` an instant at which only other series have a sample.
 */
import type { PanelField, PanelFrame } from '../contract';

/** A value of a column. */
export type Cell = number | null | undefined;

/** A series over the shared time axis. */
export interface AlignedSeries {
  frame: PanelFrame;
  field: PanelField;
  /** May be the field's own column: nobody writes into it. */
  values: Cell[];
  /** For each instant the row of the frame, -1 where it has none: for links and exact values. */
  rows: Int32Array;
}

/** Series over one ascending time axis in Unix milliseconds. */
export interface Aligned {
  times: number[];
  series: AlignedSeries[];
}

/** Share of a step by which samples may be late before a line breaks. */
const GAP_STEPS = 1.5;

/** `maxGapMs` answers for a field the longest distance without a break; `Infinity` connects all. */
export function align(frames: readonly PanelFrame[], stepMs: number, maxGapMs: (field: PanelField) => number | undefined): Aligned {
  const orders = new Map<readonly unknown[], readonly number[]>();
  const sources = frames.flatMap((frame): Source[] => {
    const time = frame.fields.find((field) => field.type === 'time');
    if (time === undefined) return [];
    const order = orders.get(time.values) ?? ascending(time.values);
    orders.set(time.values, order);
    return frame.fields
      .filter((field) => field.type === 'number' || field.type === 'boolean')
      .map((field) => ({ frame, field, time, order }));
  });
  const limits = sources.map(
    ({ field, time, order }) => maxGapMs(field) ?? GAP_STEPS * (stepMs > 0 ? stepMs : smallestStep(time.values, order)),
  );
  return sharedAxis(sources, limits) ?? joined(sources, limits);
}

/** A series before its values are laid over the shared axis; `order` lists its rows by time. */
interface Source {
  frame: PanelFrame;
  field: PanelField;
  time: PanelField;
  order: readonly number[];
}

/** Series that were all sampled at the same instants without a gap, as those of one query mostly are: their columns are taken as they are. */
function sharedAxis(sources: readonly Source[], limits: readonly number[]): Aligned | undefined {
  const first = sources[0];
  if (first === undefined) return undefined;
  const times = first.time.values as number[];
  if (!sources.every(({ time }) => time.values === times)) return undefined;
  const limit = Math.min(...limits);
  for (let index = 0; index < times.length; index += 1) {
    const distance = index === 0 ? 1 : Number(times[index]) - Number(times[index - 1]);
    if (!(distance > 0 && distance <= limit)) return undefined;
  }
  const rows = Int32Array.from(times.keys());
  return { times, series: sources.map(({ frame, field }) => ({ frame, field, values: cells(field.values), rows })) };
}

function cells(values: readonly unknown[]): Cell[] {
  return values.every((value) => Number.isFinite(value)) ? (values as Cell[]) : values.map(cell);
}

/** Series of different instants over an axis that holds all of them. */
function joined(sources: readonly Source[], limits: readonly number[]): Aligned {
  const axis = new Set<number>();
  sources.forEach(({ time, order }, index) => {
    const limit = limits[index] ?? Infinity;
    let previous: number | undefined;
    for (const row of order) {
      const at = Number(time.values[row]);
      axis.add(at);
      // A place for the break, where no other series has an instant inside the gap.
      if (previous !== undefined && at - previous > limit && Number.isFinite(limit))
        axis.add(previous + Math.min(limit, (at - previous) / 2));
      previous = at;
    }
  });
  const times = [...axis].filter((at) => Number.isFinite(at)).sort((a, b) => a - b);
  const position = new Map(times.map((at, index) => [at, index]));
  const series = sources.map(({ frame, field, time, order }, index): AlignedSeries => {
    const values = new Array<Cell>(times.length).fill(undefined);
    const rows = new Int32Array(times.length).fill(-1);
    let previous: { at: number; index: number } | undefined;
    for (const row of order) {
      const at = Number(time.values[row]);
      const here = position.get(at);
      if (here === undefined) continue;
      values[here] = cell(field.values[row]);
      rows[here] = row;
      if (previous !== undefined && at - previous.at > (limits[index] ?? Infinity)) values.fill(null, previous.index + 1, here);
      previous = { at, index: here };
    }
    return { frame, field, values, rows };
  });
  return { times, series };
}

function cell(value: unknown): number | null {
  if (typeof value === 'boolean') return value ? 1 : 0;
  // Infinities have no place on a scale; they are shown in tooltips, which read the frame.
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function ascending(values: readonly unknown[]): number[] {
  const order = values.map((_value, row) => row);
  for (let row = 1; row < values.length; row += 1) {
    if (Number(values[row]) < Number(values[row - 1])) return order.sort((a, b) => Number(values[a]) - Number(values[b]));
  }
  return order;
}

function smallestStep(values: readonly unknown[], order: readonly number[]): number {
  let step = Infinity;
  for (let index = 1; index < order.length; index += 1) {
    const distance = Number(values[order[index] ?? 0]) - Number(values[order[index - 1] ?? 0]);
    if (distance > 0 && distance < step) step = distance;
  }
  return step;
}
