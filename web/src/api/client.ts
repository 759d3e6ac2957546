/**
 * Requests to our own server: one place for the base path, aborting, and errors that carry the server's own words.
 *
 * API v1 answers in an envelope (`status`, `data`, `error`, `warnings`); API v2 and our own endpoints answer with the document itself
 * and tell errors as a JSON string or `{message}`.
 */
import { url } from '../lib/base';

/** An answer that is not what was asked for. `status` 0: there was no answer. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly kind = '',
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** An answer of API v1 with the remarks that came along. */
export interface Answer<T> {
  data: T;
  warnings: string[];
  infos: string[];
}

export type Value = string | number | boolean | undefined;
export type Query = Readonly<Record<string, Value | readonly string[]>>;

export interface RequestOptions {
  signal?: AbortSignal;
  method?: string;
  query?: Query;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as a form, for parameters that may be longer than an address. */
  form?: Query;
}

/** Parameters as an address or a form holds them; `undefined` and empty are left out. */
export function encode(query: Query): URLSearchParams {
  const out = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (typeof value === 'object') for (const one of value) out.append(key, one);
    else if (value !== undefined && value !== '') out.append(key, String(value));
  }
  return out;
}

/** Sends a request and returns the body, parsed where it is JSON. */
export async function send(path: string, options: RequestOptions = {}): Promise<unknown> {
  const { signal, query, body, form } = options;
  const search = query ? encode(query).toString() : '';
  const headers: Record<string, string> = { Accept: 'application/json' };
  let payload: string | undefined;
  if (form) {
    headers['Content-Type'] = 'application/x-www-form-urlencoded';
    payload = encode(form).toString();
  } else if (body !== undefined) {
    headers['Content-Type'] = 'application/json';
    payload = JSON.stringify(body);
  }
  const method = options.method ?? (payload === undefined ? 'GET' : 'POST');
  let response: Response;
  try {
    response = await fetch(url(path) + (search && `?${search}`), {
      method,
      headers,
      body: payload,
      signal,
      credentials: 'same-origin',
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, error instanceof Error ? error.message : String(error), 'network');
  }
  const text = await response.text();
  const parsed = (response.headers.get('Content-Type') ?? '').includes('json') ? parse(text) : text;
  if (!response.ok) throw refusal(response.status, parsed, text || response.statusText);
  return parsed;
}

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Reads the server's own words out of a refusal. */
export function refusal(status: number, parsed: unknown, text: string): ApiError {
  if (typeof parsed === 'object' && parsed !== null) {
    const { error, errorType, message } = parsed as { error?: unknown; errorType?: unknown; message?: unknown };
    const words = [error, message].find((w) => typeof w === 'string' && w !== '');
    if (typeof words === 'string') return new ApiError(status, words, typeof errorType === 'string' ? errorType : '');
  }
  if (typeof parsed === 'string' && parsed !== '' && !parsed.startsWith('<')) return new ApiError(status, parsed.trim());
  return new ApiError(status, text.startsWith('<') ? `HTTP ${status}` : text.trim() || `HTTP ${status}`);
}

/** Asks API v1 and opens the envelope. */
export async function askV1<T>(path: string, options: RequestOptions = {}): Promise<Answer<T>> {
  const answer = await send(`/api/v1${path}`, options);
  if (typeof answer !== 'object' || answer === null || !('data' in answer)) {
    throw new ApiError(200, 'the answer is not one of the Prometheus API', 'bad_response');
  }
  const { data, warnings, infos } = answer as { data: T; warnings?: string[]; infos?: string[] };
  return { data, warnings: warnings ?? [], infos: infos ?? [] };
}

/** Asks API v1 for its data alone. */
export async function getV1<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return (await askV1<T>(path, { query, signal })).data;
}

/** Asks API v2 (Alertmanager's, and our own additions below `/api/v2/bongsu`). */
export async function getV2<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return (await send(`/api/v2${path}`, { query, signal })) as T;
}

/** Posts a document to API v2. */
export async function postV2<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return (await send(`/api/v2${path}`, { body, signal, method: 'POST' })) as T;
}

/** Deletes at API v2. */
export async function deleteV2(path: string): Promise<void> {
  await send(`/api/v2${path}`, { method: 'DELETE' });
}
