/**
 * Queries that the server runs for us: every kind of data source but Prometheus, and expressions over the answers of others.
 *
 * Invariants: 1. All of a panel's queries of this kind go in one request, so that expressions find those they name.  2. Variables are filled in here,
 * in the way of the source's own language; what we do not know (`$__timeFilter(…)`) is left for the server.  3. Keys that we do not know go along.
 */
import { asArray, asObject, asObjects, asString, isObject } from '../../panels/json';
import type { Json, JsonObject } from '../../panels/json';
import { queryDataSources } from '../api';
import { interpolate, promqlFormat } from '../model/interpolate';
import type { DefaultFormat, Lookup } from '../model/interpolate';
import type { TimeSpan } from '../model/time';
import type { Target } from '../model/types';
import type { DataSourceInfo } from '../model/variables';
import type { RawField, RawFrame } from './frames';

/** The data source of expressions, which exists in queries only. */
export const EXPRESSION: DataSourceInfo = { uid: '__expr__', name: 'Expression', type: '__expr__', isDefault: false, scrapeMs: 15_000 };

/** A target with its source, ready to be filled in. */
export interface ServerQuery {
  target: Target;
  source: DataSourceInfo;
  stepMs: number;
  lookup: Lookup;
}

/** Answers by refId: frames, or what went wrong. */
export type ServerAnswers = ReadonlyMap<string, { frames: RawFrame[]; error: string }>;

/** Runs the queries in one request. */
export async function runOnServer(
  queries: readonly ServerQuery[],
  span: TimeSpan,
  points: number,
  signal: AbortSignal,
): Promise<ServerAnswers> {
  const results = await queryDataSources(
    queries.map((query) => requestOf(query, points)),
    span.from,
    span.to,
    signal,
  );
  return new Map(
    queries.map(({ target: { refId } }) => {
      const answer = asObject(results[refId]);
      return [refId, { frames: asObjects(answer['frames']).map((frame) => frameOfJson(frame, refId)), error: asString(answer['error']) }];
    }),
  );
}

/** The query as it is sent. */
export function requestOf({ target, source, stepMs, lookup }: ServerQuery, points: number): JsonObject {
  const format = formatFor(source.type);
  // InfluxQL's filter has no column; that of SQL is a macro with one, which the server knows how to write.
  const known: Lookup = (name, path) => (name === '__timeFilter' && source.type !== 'influxdb' ? undefined : lookup(name, path));
  const fill = (value: Json): Json =>
    typeof value === 'string'
      ? interpolate(value, known, format)
      : Array.isArray(value)
        ? value.map(fill)
        : isObject(value)
          ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, member === undefined ? null : fill(member)]))
          : value;
  return {
    // `$A` in an expression is a query, not a variable.
    ...(source.type === EXPRESSION.type ? target : asObject(fill(target))),
    refId: target.refId,
    datasource: { uid: source.uid, type: source.type },
    intervalMs: stepMs,
    maxDataPoints: points,
  };
}

/** How variables read in a source's own language. */
function formatFor(type: string): DefaultFormat {
  if (type === 'loki' || type === 'prometheus') return promqlFormat;
  if (type === 'elasticsearch' || type === 'grafana-opensearch-datasource') return luceneFormat;
  if (type === 'influxdb') return patternFormat;
  return sqlFormat;
}

/** Several values as quoted list, as SQL's `IN (…)` wants them; a single value as it is, for it may be a column's name. */
function sqlFormat(value: string | string[]): string {
  return Array.isArray(value) ? value.map((one) => `'${one.replaceAll("'", "''")}'`).join(',') : value;
}

/** Several values as quoted alternatives, a single one as it is. */
function luceneFormat(value: string | string[]): string {
  return Array.isArray(value) ? `(${value.map((one) => `"${one.replace(/(["\\])/g, '\\$1')}"`).join(' OR ')})` : value;
}

/** Several values as alternatives of a pattern, as in `/^$host$/`. */
function patternFormat(value: string | string[]): string {
  return Array.isArray(value) ? `(${value.map((one) => one.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&')).join('|')})` : value;
}

/** A frame of Grafana's JSON form: `schema.fields` and `data.values`. */
export function frameOfJson(frame: JsonObject, refId: string): RawFrame {
  const schema = asObject(frame['schema']);
  const values = asArray(asObject(frame['data'])['values']);
  const fields = asObjects(schema['fields']).map((field, index): RawField => {
    const column = values[index];
    const labels = Object.fromEntries(Object.entries(asObject(field['labels'])).map(([name, text]) => [name, asString(text)]));
    const type = asString(field['type']);
    return {
      name: asString(field['name'], `Field ${index + 1}`),
      type: type === 'time' || type === 'number' || type === 'string' || type === 'boolean' ? type : 'other',
      values: Array.isArray(column) ? column : [],
      config: asObject(field['config']),
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
    };
  });
  const length = fields.reduce((most, field) => Math.max(most, field.values.length), 0);
  const kind = asString(asObject(schema['meta'])['type']).startsWith('log') ? { kind: 'log-lines' } : {};
  return {
    refId: asString(schema['refId'], refId),
    ...(asString(schema['name']) === '' ? {} : { name: asString(schema['name']) }),
    fields,
    length,
    ...kind,
  };
}
