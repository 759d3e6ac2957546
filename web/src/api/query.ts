/** Queries: what `/api/v1/query`, `/query_range`, `/query_exemplars` take and give. */
import { type Answer, askV1 } from './client';

export type Labels = Readonly<Record<string, string>>;
export type Point = readonly [seconds: number, value: string];
/** A bucket: how its bounds belong to it (0 open left, 1 open right, 2 both open, 3 both closed), bounds, count. */
export type Bucket = readonly [rule: number, lower: string, upper: string, count: string];

export interface Histogram {
  count: string;
  sum: string;
  buckets?: readonly Bucket[];
}

export interface Series {
  metric: Labels;
  value?: Point;
  values?: readonly Point[];
  histogram?: readonly [number, Histogram];
  histograms?: readonly (readonly [number, Histogram])[];
}

/** A node of the plan with what it cost: `seconds` with, `selfSeconds` without the nodes below. */
export interface ExplainNode {
  kind: string;
  expr: string;
  detail?: string;
  tier?: string;
  position: { line: number; column: number };
  series: number;
  samples: number;
  bytes: number;
  cacheHits: number;
  seconds: number;
  selfSeconds: number;
  children: readonly ExplainNode[];
}

/** What came beside the result of a query with `explain=true`. */
interface Cost {
  explain?: ExplainNode;
  cache?: { reusableSteps: number };
}

export type QueryData =
  | ({ resultType: 'matrix' | 'vector'; result: readonly Series[] } & Cost)
  | ({ resultType: 'scalar' | 'string'; result: Point } & Cost);

export interface RangeRequest {
  query: string;
  /** In milliseconds. */
  fromMs: number;
  toMs: number;
  stepMs: number;
  explain?: boolean;
  /** An explanation with the answers that the server keeps, rather than of everything. */
  cached?: boolean;
}

/** The series of an answer; `undefined` for a scalar or a string. */
export function seriesOf(data: QueryData): readonly Series[] | undefined {
  return data.resultType === 'matrix' || data.resultType === 'vector' ? data.result : undefined;
}

/** Evaluates at one moment. */
export function queryInstant(query: string, atMs: number, explain: boolean, signal?: AbortSignal): Promise<Answer<QueryData>> {
  return askV1<QueryData>('/query', { form: { query, time: atMs / 1000, explain: explain || undefined }, signal });
}

/** Evaluates at every step of a range. */
export function queryRange(request: RangeRequest, signal?: AbortSignal): Promise<Answer<QueryData>> {
  const { query, fromMs, toMs, stepMs, explain, cached } = request;
  const form = { query, start: fromMs / 1000, end: toMs / 1000, step: stepMs / 1000, explain: explain || undefined, nocache: (explain && !cached) || undefined };
  return askV1<QueryData>('/query_range', { form, signal });
}

export interface Exemplar {
  labels: Labels;
  value: string;
  timestamp: number;
}

export interface ExemplarSeries {
  seriesLabels: Labels;
  exemplars: readonly Exemplar[];
}

/** Examples of single measurements within a range. */
export async function queryExemplars(query: string, fromMs: number, toMs: number, signal?: AbortSignal): Promise<readonly ExemplarSeries[]> {
  const form = { query, start: fromMs / 1000, end: toMs / 1000 };
  return (await askV1<readonly ExemplarSeries[]>('/query_exemplars', { form, signal })).data;
}

/** Writes a query as the server formats it. */
export async function formatQuery(query: string): Promise<string> {
  return (await askV1<string>('/format_query', { form: { query } })).data;
}

/** Reads a number of the API: `+Inf`, `NaN`, and floats. */
export function parseValue(text: string): number {
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number.parseFloat(text);
}
