/**
 * Runs the queries of a panel: variables filled in, steps computed, each target sent to its data source, answers read into frames.
 *
 * One failing target does not take the others down: its error is reported beside their frames.
 */
import { asBoolean, asNumber, asObject, asObjects, asString, isObject } from '../../panels/json';
import type { Json, JsonObject } from '../../panels/json';
import { askPrometheus, queryDataSources } from '../api';
import { withFilters } from '../model/adhoc';
import { interpolate, promqlFormat } from '../model/interpolate';
import type { Lookup } from '../model/interpolate';
import { intervalFor, parseDuration, safeStep } from '../model/interval';
import type { TimeSpan } from '../model/time';
import type { Panel, Target } from '../model/types';
import { dataSourceRef } from '../model/variables';
import type { AdhocFilter, DataSourceInfo } from '../model/variables';
import type { RawField, RawFrame } from './frames';
import { framesOf } from './prometheus';

/** What a panel's queries need. */
export interface QueryRequest {
  panel: Panel;
  span: TimeSpan;
  /** Width in pixels: no more points than that are asked for, unless the panel says otherwise. */
  width: number;
  /** Variables and built-ins for a step. */
  lookup: (stepMs: number, scrapeMs: number) => Lookup;
  filters: (source: DataSourceInfo) => readonly AdhocFilter[];
  sources: readonly DataSourceInfo[];
  /** Panels of the dashboard, for queries that reuse another panel's answer. */
  panels: readonly Panel[];
}

/** Answers of a panel's queries. */
export interface QueryResult {
  frames: RawFrame[];
  stepMs: number;
  errors: string[];
  warnings: string[];
  /** Texts that were sent, for the inspector and links to Explore. */
  sent: { refId: string; uid: string; expr: string }[];
}

/** A query that is ready to be sent. */
export interface Prepared {
  target: Target;
  source: DataSourceInfo | undefined;
  expr: string;
  stepMs: number;
  problem: string | undefined;
}

/** How deep panels may reuse each other's answers. */
const REUSE_MAX = 3;

/** Fills in and measures every target that is not hidden. Pure. */
export function prepare(request: QueryRequest): Prepared[] {
  const { panel, span, sources } = request;
  return panel.targets
    .filter((target) => target['hide'] !== true)
    .map((target): Prepared => {
      const outer = request.lookup(0, 15_000);
      const written = (target['datasource'] ?? panel['datasource']) as Json | undefined;
      const mixed = uidOf(panel['datasource'] as Json | undefined) === '-- Mixed --';
      const chosen = mixed || isReference(target['datasource']) ? written : ((panel['datasource'] as Json | undefined) ?? written);
      const source = dataSourceRef(chosen, outer, sources);
      const minimum = interpolate(asString(target['interval']) || asString(panel['interval']), outer).replace(/^[>\s]+/, '');
      const minMs = parseDuration(minimum) ?? source?.scrapeMs ?? 15_000;
      const points = asNumber(panel['maxDataPoints'], Math.max(100, request.width));
      const factor = Math.max(1, asNumber(target['intervalFactor'], 1));
      const stepMs = safeStep(span.to - span.from, intervalFor(span.to - span.from, points, minMs) * factor, minMs);
      const lookup = request.lookup(stepMs, minMs);
      const filters = source === undefined ? [] : request.filters(source);
      const expr = withFilters(interpolate(asString(target['expr']), lookup, promqlFormat), filters);
      return {
        target,
        source,
        expr,
        stepMs,
        problem: source === undefined && uidOf(chosen) !== '-- Dashboard --' ? `there is no data source "${uidOf(chosen)}"` : undefined,
      };
    });
}

function uidOf(reference: Json | undefined): string {
  return isObject(reference) ? asString(reference['uid']) || asString(reference['type']) : asString(reference);
}

function isReference(reference: Json | undefined): boolean {
  return uidOf(reference) !== '';
}

/** Runs a panel's queries. */
export async function runQueries(request: QueryRequest, signal: AbortSignal, depth = 0): Promise<QueryResult> {
  const prepared = prepare(request);
  const result: QueryResult = { frames: [], stepMs: Math.max(0, ...prepared.map((one) => one.stepMs)), errors: [], warnings: [], sent: [] };
  const answers = await Promise.all(
    prepared.map(async (one): Promise<RawFrame[]> => {
      try {
        if (one.problem !== undefined) throw new Error(one.problem);
        if (uidOf((request.panel['datasource'] ?? one.target['datasource']) as Json | undefined) === '-- Dashboard --')
          return await reuse(one.target, request, signal, depth);
        if (one.source?.type !== 'prometheus') return await onServer(one, request, signal);
        if (one.expr.trim() === '') return [];
        result.sent.push({ refId: one.target.refId, uid: one.source.uid, expr: one.expr });
        return await askTarget(one, request, prepared.length, result, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        result.errors.push(prepared.length > 1 ? `${one.target.refId}: ${messageOf(error)}` : messageOf(error));
        return [];
      }
    }),
  );
  result.frames = answers.flat();
  return result;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function askTarget(
  one: Prepared,
  { span }: QueryRequest,
  queries: number,
  result: QueryResult,
  signal: AbortSignal,
): Promise<RawFrame[]> {
  const { target, source, expr, stepMs } = one;
  const format = target['format'] === 'table' ? 'table' : target['format'] === 'heatmap' ? 'heatmap' : 'time_series';
  const instant = asBoolean(target['instant']);
  const range = asBoolean(target['range'], !instant) || !instant;
  const reading = { refId: target.refId, expr, legendFormat: asString(target['legendFormat'], '__auto'), format, queries, stepMs } as const;
  const frames: RawFrame[] = [];
  const seconds = stepMs / 1000;
  if (range) {
    // Aligned to the step, so that a refresh moves whole steps and points stay where they were.
    const start = Math.floor(span.from / stepMs) * seconds;
    const end = Math.floor(span.to / stepMs) * seconds;
    const { data, warnings } = await askPrometheus(
      source?.uid ?? '',
      '/query_range',
      { query: expr, start: start.toFixed(3), end: end.toFixed(3), step: String(seconds) },
      signal,
    );
    result.warnings.push(...warnings);
    frames.push(...framesOf(data, reading));
  }
  if (instant) {
    const { data, warnings } = await askPrometheus(source?.uid ?? '', '/query', { query: expr, time: (span.to / 1000).toFixed(3) }, signal);
    result.warnings.push(...warnings);
    frames.push(...framesOf(data, { ...reading, stepMs: 0 }));
  }
  return frames;
}

/** `-- Dashboard --`: another panel's answer. */
async function reuse(target: Target, request: QueryRequest, signal: AbortSignal, depth: number): Promise<RawFrame[]> {
  const other = request.panels.find((panel) => panel.id === asNumber(target['panelId']));
  if (other === undefined || depth >= REUSE_MAX)
    throw new Error(`there is no panel ${String(target['panelId'])} whose answer could be used`);
  return (await runQueries({ ...request, panel: other }, signal, depth + 1)).frames;
}

/** Data sources that the server queries for us: every text of the target is filled in here, the answer is frames. */
async function onServer({ target, source, stepMs }: Prepared, request: QueryRequest, signal: AbortSignal): Promise<RawFrame[]> {
  const lookup = request.lookup(stepMs, source?.scrapeMs ?? 15_000);
  const fill = (value: Json): Json =>
    typeof value === 'string'
      ? interpolate(value, lookup, sqlFormat)
      : Array.isArray(value)
        ? value.map(fill)
        : isObject(value)
          ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, member === undefined ? null : fill(member)]))
          : value;
  const query: JsonObject = {
    ...asObject(fill(target)),
    datasource: { uid: source?.uid ?? '', type: source?.type ?? '' },
    intervalMs: stepMs,
    maxDataPoints: Math.max(100, Math.round(request.width)),
  };
  const results = await queryDataSources([query], request.span.from, request.span.to, signal);
  const answer = asObject(results[target.refId]);
  if (asString(answer['error']) !== '') throw new Error(asString(answer['error']));
  return asObjects(answer['frames']).map((frame) => frameOfJson(frame, target.refId));
}

/** Several values as quoted list, as SQL's `IN (…)` wants them; a single value as it is, for it may be a column's name. */
function sqlFormat(value: string | string[]): string {
  return Array.isArray(value) ? value.map((one) => `'${one.replaceAll("'", "''")}'`).join(',') : value;
}

/** A frame of Grafana's JSON form: `schema.fields` and `data.values`. */
export function frameOfJson(frame: JsonObject, refId: string): RawFrame {
  const schema = asObject(frame['schema']);
  const data = asObject(frame['data']);
  const values = Array.isArray(data['values']) ? data['values'] : [];
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
