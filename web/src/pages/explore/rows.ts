/** Answers as rows: for the table, for CSV. */
import { type Point, type QueryData, type Series, parseValue, seriesOf } from '../../api/query';
import { seriesName } from '../../lib/labels';

export interface Row {
  series: Series['metric'];
  name: string;
  value: string;
  histogram?: { count: string; sum: string; buckets?: readonly (readonly [number, string, string, string])[] };
  atMs: number;
  /** All samples of a range vector, newest last. */
  samples?: readonly (readonly [number, string])[];
}

/** Rows of an answer; scalars and strings have one. */
export function rowsOf(data: QueryData): Row[] {
  const all = seriesOf(data);
  if (!all) {
    const [seconds, value] = data.result as Point;
    return [{ series: {}, name: data.resultType, value, atMs: seconds * 1000 }];
  }
  return all.map((series) => {
    const name = seriesName(series.metric);
    if (series.histogram) {
      const [at, histogram] = series.histogram;
      return { series: series.metric, name, value: histogram.count, histogram, atMs: at * 1000 };
    }
    if (series.values || series.histograms) {
      const samples = [...(series.values ?? []), ...(series.histograms ?? []).map(([at, h]) => [at, `count ${h.count}, sum ${h.sum}`] as const)];
      const last = samples[samples.length - 1];
      return { series: series.metric, name, value: last?.[1] ?? '', atMs: (last?.[0] ?? 0) * 1000, samples };
    }
    return { series: series.metric, name, value: series.value?.[1] ?? '', atMs: (series.value?.[0] ?? 0) * 1000 };
  });
}

export type SortBy = 'name' | 'value';

export function sortRows(rows: readonly Row[], by: SortBy | undefined, down: boolean): Row[] {
  if (!by) return [...rows];
  const compare = (a: Row, b: Row) =>
    by === 'name' ? a.name.localeCompare(b.name) : compareNumbers(parseValue(a.value), parseValue(b.value));
  return [...rows].sort((a, b) => (down ? -compare(a, b) : compare(a, b)));
}

function compareNumbers(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) ? (Number.isNaN(b) ? 0 : -1) : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A cell of CSV. What a spreadsheet would take for a formula gets an apostrophe before it. */
export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

/** An answer as CSV: a column for each label, then time and value, a line for each sample. */
export function toCsv(data: QueryData): string {
  const rows = rowsOf(data);
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.series)))].sort();
  const lines = [[...names, 'time', 'value'].map(csvCell).join(',')];
  for (const row of rows) {
    const labels = names.map((name) => row.series[name] ?? '');
    for (const [at, value] of row.samples ?? [[row.atMs / 1000, row.value] as const]) {
      lines.push([...labels, iso(at), value].map(csvCell).join(','));
    }
  }
  return `${lines.join('\r\n')}\r\n`;
}
