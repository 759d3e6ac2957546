/** State timelines and status histories: runs of equal states per series. Pure. */
import type { PanelField, PanelFrame, Span } from '../contract';
import { fullText } from '../contract';
import { distinct } from '../reduced';

/** A stretch of time in one state. */
export interface Run {
  from: number;
  to: number;
  text: string;
  color: string;
  row: number;
}

/** A series of states. */
export interface StateRow {
  key: string;
  title: string;
  field: PanelField;
  runs: Run[];
}

/** Runs kept per series: a pixel each. */
const RUNS_MAX = 4000;

/**
 * Rows with their runs. With `merge` neighbours that look the same become one run; a missing value ends a run. A run lasts to the next sample, the last one to
 * the span's end or one step, whichever is first.
 */
export function stateRows(frames: readonly PanelFrame[], span: Span, stepMs: number, merge: boolean): StateRow[] {
  const rows = frames.flatMap((frame) => {
    const time = frame.fields.find((field) => field.type === 'time');
    if (time === undefined) return [];
    return frame.fields
      .filter((field) => field !== time)
      .map((field): StateRow => ({
        key: [frame.refId, field.title].join('\0'),
        title: field.title,
        field,
        runs: runsOf(time.values, field, span, stepMs, merge),
      }));
  });
  return distinct(rows);
}

function runsOf(times: readonly unknown[], field: PanelField, span: Span, stepMs: number, merge: boolean): Run[] {
  const runs: Run[] = [];
  const limit = stepMs > 0 ? stepMs * 1.5 : Infinity;
  for (let row = 0; row < times.length && runs.length < RUNS_MAX; row += 1) {
    const value = field.values[row];
    if (value === null || value === undefined || (typeof value === 'number' && Number.isNaN(value))) continue;
    const from = Number(times[row]);
    const next = row + 1 < times.length ? Number(times[row + 1]) : Math.min(span.to, stepMs > 0 ? from + stepMs : span.to);
    const to = next - from > limit ? from + stepMs : next;
    const shown = field.display(value);
    const text = fullText(shown);
    const color = shown.color ?? field.color;
    const last = runs.at(-1);
    if (merge && last !== undefined && last.to === from && last.text === text && last.color === color) last.to = to;
    else runs.push({ from, to, text, color, row });
  }
  return runs;
}

/** Each look of the rows once, for the legend. */
export function statesOf(rows: readonly StateRow[]): { text: string; color: string }[] {
  const states = new Map<string, { text: string; color: string }>();
  for (const run of rows.flatMap((row) => row.runs)) {
    if (states.size >= 40) break;
    states.set(`${run.text}\0${run.color}`, { text: run.text, color: run.color });
  }
  return [...states.values()];
}
