/**
 * Answers of a Prometheus-compatible server become frames.
 *
 * Pure. Shapes: `matrix`, `vector`, `scalar` and `string` of `/api/v1/query` and `/api/v1/query_range`, with native histograms. Values come as
 * strings (`"NaN"`, `"+Inf"`); NaN is kept as NaN, so that panels can show a gap.
 */
import { asArray, asObject, asObjects, asString } from '../../panels/json';
import type { Json, JsonObject } from '../../panels/json';
import type { RawField, RawFrame } from './frames';

/** What of a target decides the frames' shape. */
export interface PrometheusTarget {
  refId: string;
  expr: string;
  legendFormat: string;
  format: 'time_series' | 'table' | 'heatmap';
  /** Number of queries of the panel: with several, value columns of tables are named after theirs. */
  queries: number;
  stepMs: number;
}

interface Series {
  labels: Record<string, string>;
  /** As long as `values`. Series of one answer that were sampled at the same instants hold the same array: panels draw those without joining. */
  times: number[];
  values: number[];
  histograms: { time: number; buckets: { upper: number; count: number }[] }[];
}

/** Frames of one answer (`data` of the response). */
export function framesOf(data: Json | undefined, target: PrometheusTarget): RawFrame[] {
  const { resultType, result } = asObject(data);
  const series = readSeries(asString(resultType), result);
  switch (target.format) {
    case 'table':
      return [tableFrame(series, target)];
    case 'heatmap':
      return heatmapFrames(series, target);
    case 'time_series':
      return series.map((one) => seriesFrame(one, target));
  }
}

function readSeries(type: string, result: Json | undefined): Series[] {
  if (type === 'scalar' || type === 'string') return [{ labels: {}, ...columns([result ?? null], undefined), histograms: [] }];
  let known: number[] | undefined;
  return asObjects(result).map((item) => {
    const labels: Record<string, string> = {};
    for (const [name, value] of Object.entries(asObject(item['metric']))) labels[name] = asString(value);
    const pairs = type === 'matrix' ? asArray(item['values']) : item['value'] === undefined ? [] : [item['value']];
    const histograms = type === 'matrix' ? asArray(item['histograms']) : item['histogram'] === undefined ? [] : [item['histogram']];
    const read = columns(pairs, known);
    known = read.times;
    return { labels, ...read, histograms: histograms.map((pair) => histogram(asArray(pair))) };
  });
}

/** Pairs of an instant and a text as two columns, in one pass; the instants are `known` itself if they are the same. */
function columns(pairs: readonly Json[], known: number[] | undefined): { times: number[]; values: number[] } {
  let same = known?.length === pairs.length ? known : undefined;
  let own: number[] = [];
  const values = new Array<number>(pairs.length);
  for (let index = 0; index < pairs.length; index += 1) {
    const pair = asArray(pairs[index]);
    const time = Math.round(Number(pair[0] ?? 0) * 1000);
    values[index] = parseValue(asString(pair[1]));
    if (same !== undefined && same[index] !== time) {
      own = same.slice(0, index);
      same = undefined;
    }
    if (same === undefined) own.push(time);
  }
  return { times: same ?? own, values };
}

/** A number as Prometheus writes it. */
export function parseValue(text: string): number {
  return text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
}

function histogram(pair: Json[]): Series['histograms'][number] {
  // A bucket is [boundary rule, lower, upper, count].
  const buckets = asArray(asObject(pair[1])['buckets']).map((bucket) => {
    const [, , upper, count] = asArray(bucket);
    return { upper: parseValue(asString(upper)), count: parseValue(asString(count)) };
  });
  return { time: Math.round(Number(pair[0] ?? 0) * 1000), buckets };
}

function timeField(values: number[], stepMs: number): RawField {
  return { name: 'Time', type: 'time', values, config: stepMs > 0 ? { interval: stepMs } : {} };
}

function seriesFrame(series: Series, target: PrometheusTarget): RawFrame {
  const config: JsonObject = {};
  const legend = legendText(series.labels, target);
  if (legend !== undefined) config['displayNameFromDS'] = legend;
  // A native histogram in a plain graph: its count is all that one line can show.
  const counted = series.values.length === 0 && series.histograms.length > 0;
  const times = counted ? series.histograms.map(({ time }) => time) : series.times;
  const values = counted ? series.histograms.map(({ buckets }) => buckets.reduce((sum, { count }) => sum + count, 0)) : series.values;
  return {
    refId: target.refId,
    ...(legend === undefined ? {} : { name: legend }),
    length: values.length,
    fields: [timeField(times, target.stepMs), { name: 'Value', type: 'number', labels: series.labels, values, config }],
  };
}

/** The name of a series: the written format, else its labels; `undefined` (`__auto`) leaves the choice to the engine. */
export function legendText(
  labels: Readonly<Record<string, string>>,
  target: Pick<PrometheusTarget, 'legendFormat' | 'expr'>,
): string | undefined {
  const { legendFormat } = target;
  if (legendFormat === '__auto') return Object.keys(labels).length > 0 ? undefined : target.expr;
  if (legendFormat !== '') {
    return legendFormat.replace(/\{\{\s*(.+?)\s*\}\}/g, (_whole, name: string) => labels[name] ?? '');
  }
  const name = labels['__name__'] ?? '';
  const rest = Object.entries(labels)
    .filter(([label]) => label !== '__name__')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, value]) => `${label}="${value}"`);
  const text = rest.length > 0 ? `${name}{${rest.join(', ')}}` : name;
  return text === '' ? target.expr : text;
}

/** One table: `Time`, a column per label, `Value` (or `Value #A` among several queries). */
function tableFrame(series: Series[], target: PrometheusTarget): RawFrame {
  const names = [...new Set(series.flatMap((one) => Object.keys(one.labels)))].sort();
  const times: number[] = [];
  const values: number[] = [];
  const columns = new Map<string, string[]>(names.map((name) => [name, []]));
  for (const { labels, times: own, values: sampled } of series) {
    for (const [index, value] of sampled.entries()) {
      times.push(own[index] ?? 0);
      values.push(value);
      for (const [name, column] of columns) column.push(labels[name] ?? '');
    }
  }
  const fields: RawField[] = [timeField(times, 0)];
  for (const [name, column] of columns) fields.push({ name, type: 'string', values: column, config: { filterable: true } });
  fields.push({ name: target.queries > 1 ? `Value #${target.refId}` : 'Value', type: 'number', values, config: {} });
  return { refId: target.refId, fields, length: times.length };
}

/** Cumulative `le` series or native histograms become one frame with a column per bucket, upper bounds ascending. */
function heatmapFrames(series: Series[], target: PrometheusTarget): RawFrame[] {
  const rows = series.some((one) => one.histograms.length > 0) ? nativeRows(series) : classicRows(series, target);
  if (rows.length === 0) return [];
  const times = [...new Set(rows.flatMap((row) => [...row.counts.keys()]))].sort((a, b) => a - b);
  const fields = rows.map((row): RawField => ({
    name: row.name,
    type: 'number',
    labels: { le: row.name },
    values: times.map((time) => row.counts.get(time) ?? null),
    config: { displayNameFromDS: row.name },
  }));
  return [{ refId: target.refId, kind: 'heatmap-rows', fields: [timeField(times, target.stepMs), ...fields], length: times.length }];
}

interface BucketRow {
  name: string;
  upper: number;
  counts: Map<number, number>;
}

function classicRows(series: Series[], target: PrometheusTarget): BucketRow[] {
  const rows = series.map((one): BucketRow => {
    const name = one.labels['le'] ?? legendText(one.labels, target) ?? '';
    return { name, upper: parseValue(name), counts: new Map(one.values.map((value, index) => [one.times[index] ?? 0, value])) };
  });
  rows.sort((a, b) => a.upper - b.upper);
  if (!series.every((one) => one.labels['le'] !== undefined)) return rows;
  // From the top down each bucket loses what the one below it already counts.
  for (let index = rows.length - 1; index > 0; index -= 1) {
    const [row, below] = [rows[index], rows[index - 1]];
    if (row === undefined || below === undefined) continue;
    for (const [time, count] of row.counts) row.counts.set(time, Math.max(0, count - (below.counts.get(time) ?? 0)));
  }
  return rows;
}

/** Buckets kept of native histograms: more rows than pixels help nobody. */
const NATIVE_BUCKETS_MAX = 400;

function nativeRows(series: Series[]): BucketRow[] {
  const rows = new Map<number, BucketRow>();
  for (const { histograms } of series) {
    for (const { time, buckets } of histograms) {
      for (const { upper, count } of buckets) {
        let row = rows.get(upper);
        if (row === undefined) {
          if (rows.size >= NATIVE_BUCKETS_MAX) continue;
          row = { name: String(Number(upper.toPrecision(4))), upper, counts: new Map() };
          rows.set(upper, row);
        }
        row.counts.set(time, (row.counts.get(time) ?? 0) + count);
      }
    }
  }
  return [...rows.values()].sort((a, b) => a.upper - b.upper);
}
