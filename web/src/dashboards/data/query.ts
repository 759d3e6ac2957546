/**
 * Runs the queries of a panel: variables filled in, steps computed, each target sent to its data source, answers read into frames.
 *
 * One failing target does not take the others down: its error is reported beside their frames.
 */
import { asBoolean, asNumber, asString, isObject } from '../../panels/json';
import type { Json } from '../../panels/json';
import { askPrometheus } from '../api';
import { withFilters } from '../model/adhoc';
import { interpolate, promqlFormat } from '../model/interpolate';
import type { Lookup } from '../model/interpolate';
import { intervalFor, parseDuration, safeStep } from '../model/interval';
import type { TimeSpan } from '../model/time';
import type { Panel, Target } from '../model/types';
import { dataSourceRef } from '../model/variables';
import type { AdhocFilter, DataSourceInfo } from '../model/variables';
import { exemplarFrame } from './exemplars';
import type { RawFrame } from './frames';
import { EXPRESSION, runOnServer } from './on-server';
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
  /** Drawn among the series of graphs; no transformation touches them. */
  exemplars: RawFrame[];
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

/** Fills in and measures every target that is not hidden, and hidden ones where an expression may name them. Pure. */
export function prepare(request: QueryRequest): Prepared[] {
  const { panel, span, sources } = request;
  const expressions = panel.targets.some((target) => target['hide'] !== true && isExpression(target));
  return panel.targets
    .filter((target) => target['hide'] !== true || expressions)
    .map((target): Prepared => {
      const outer = request.lookup(0, 15_000);
      const written = (target['datasource'] ?? panel['datasource']) as Json | undefined;
      const mixed = uidOf(panel['datasource'] as Json | undefined) === '-- Mixed --';
      const chosen = mixed || isReference(target['datasource']) ? written : ((panel['datasource'] as Json | undefined) ?? written);
      const source = isExpression(target) ? EXPRESSION : dataSourceRef(chosen, outer, sources);
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

function isExpression(target: Target): boolean {
  return [EXPRESSION.uid, '-100'].includes(uidOf(target['datasource'] as Json | undefined));
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
  const result: QueryResult = { frames: [], exemplars: [], stepMs: Math.max(0, ...prepared.map((one) => one.stepMs)), errors: [], warnings: [], sent: [] };
  const onServer = askServer(prepared, request, signal);
  const answers = await Promise.all(
    prepared.map(async (one): Promise<RawFrame[]> => {
      try {
        if (one.problem !== undefined) throw new Error(one.problem);
        if (uidOf((request.panel['datasource'] ?? one.target['datasource']) as Json | undefined) === '-- Dashboard --')
          return await reuse(one.target, request, signal, depth);
        const answered = (await onServer.answers)?.get(one.target.refId);
        if (answered !== undefined) {
          if (answered.error !== '') throw new Error(answered.error);
          return one.target['hide'] === true ? [] : answered.frames;
        }
        if (one.expr.trim() === '') return [];
        result.sent.push({ refId: one.target.refId, uid: one.source?.uid ?? '', expr: one.expr });
        return await askTarget(one, request, prepared.length, result, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        const message = prepared.length > 1 && !onServer.failed ? `${one.target.refId}: ${messageOf(error)}` : messageOf(error);
        if (!result.errors.includes(message)) result.errors.push(message);
        return [];
      }
    }),
  );
  result.frames = answers.flat();
  return result;
}

/** Sends what the server must run: other kinds of sources, and with an expression among them everything that it may name. */
function askServer(prepared: readonly Prepared[], request: QueryRequest, signal: AbortSignal) {
  const expressions = prepared.some(({ source }) => source === EXPRESSION);
  const queries = prepared.flatMap(({ target, source, stepMs, expr }) =>
    source === undefined || (source.type === 'prometheus' && !expressions)
      ? []
      : [
          {
            target: source.type === 'prometheus' ? { ...target, expr } : target,
            source,
            stepMs,
            lookup: request.lookup(stepMs, source.scrapeMs),
          },
        ],
  );
  const points = Math.max(100, Math.round(asNumber(request.panel['maxDataPoints'], request.width)));
  const state = {
    failed: false,
    answers: queries.length === 0 ? undefined : runOnServer(queries, request.span, points, signal),
  };
  state.answers?.catch(() => {
    state.failed = true;
  });
  return state;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function askTarget(
  one: Prepared,
  request: QueryRequest,
  queries: number,
  result: QueryResult,
  signal: AbortSignal,
): Promise<RawFrame[]> {
  const { span } = request;
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
    if (asBoolean(target['exemplar']) && request.panel.type === 'timeseries') await addExemplars(one, start, end, result, signal);
  }
  if (instant) {
    const { data, warnings } = await askPrometheus(source?.uid ?? '', '/query', { query: expr, time: (span.to / 1000).toFixed(3) }, signal);
    result.warnings.push(...warnings);
    frames.push(...framesOf(data, { ...reading, stepMs: 0 }));
  }
  return frames;
}

/** A source without exemplars leaves the graph as it is. */
async function addExemplars(one: Prepared, start: number, end: number, result: QueryResult, signal: AbortSignal): Promise<void> {
  try {
    const form = { query: one.expr, start: start.toFixed(3), end: end.toFixed(3) };
    const { data } = await askPrometheus(one.source?.uid ?? '', '/query_exemplars', form, signal);
    const frame = exemplarFrame(data, one.target.refId, one.source);
    if (frame !== undefined) result.exemplars.push(frame);
  } catch (error) {
    if (signal.aborted) throw error;
    result.warnings.push(`${one.target.refId}: ${messageOf(error)}`);
  }
}

/** `-- Dashboard --`: another panel's answer. */
async function reuse(target: Target, request: QueryRequest, signal: AbortSignal, depth: number): Promise<RawFrame[]> {
  const other = request.panels.find((panel) => panel.id === asNumber(target['panelId']));
  if (other === undefined || depth >= REUSE_MAX)
    throw new Error(`there is no panel ${String(target['panelId'])} whose answer could be used`);
  return (await runQueries({ ...request, panel: other }, signal, depth + 1)).frames;
}
