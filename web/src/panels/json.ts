/**
 * Safe reading of JSON that somebody else wrote.
 *
 * Dashboards are documents of a hundred versions and hands: every read goes through these functions, which answer a
 * default instead of throwing, so that one odd key never takes a dashboard down.
 */

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

/** A JSON object; a missing key reads as `undefined`. */
export interface JsonObject {
  [key: string]: Json | undefined;
}

/** Whether `value` is an object and neither an array nor null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object, or an empty one. */
export function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** The array, or an empty one. */
export function asArray(value: unknown): Json[] {
  return Array.isArray(value) ? (value as Json[]) : [];
}

/** The objects among an array's members. */
export function asObjects(value: unknown): JsonObject[] {
  return asArray(value).filter(isObject);
}

/** The string, or `fallback`. */
export function asString(value: unknown, fallback = ''): string {
  return typeof value === 'string' ? value : fallback;
}

/** The finite number (numbers in strings count: old documents have them), or `fallback`. */
export function asNumber(value: unknown, fallback: number): number;
export function asNumber(value: unknown, fallback?: undefined): number | undefined;
export function asNumber(value: unknown, fallback?: number): number | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'string' && value.trim() !== '') {
    const parsed = Number(value);
    if (Number.isFinite(parsed)) return parsed;
  }
  return fallback;
}

/** The boolean, or `fallback`. */
export function asBoolean(value: unknown, fallback = false): boolean {
  return typeof value === 'boolean' ? value : fallback;
}

/** The value at a dotted path such as `legend.calcs`, or `undefined`. */
export function at(value: unknown, path: string): Json | undefined {
  let here: unknown = value;
  for (const key of path.split('.')) {
    if (!isObject(here)) return undefined;
    here = Object.hasOwn(here, key) ? here[key] : undefined;
  }
  return here as Json | undefined;
}

/** One of the allowed words, or `fallback`. */
export function oneOf<T extends string>(value: unknown, allowed: readonly T[], fallback: T): T {
  return allowed.find((word) => word === value) ?? fallback;
}

/**
 * A copy of `target` with `value` at a dotted path; objects on the way are copied or created, nothing is mutated.
 * `undefined` removes the key.
 */
export function withPath(target: JsonObject, path: string, value: Json | undefined): JsonObject {
  const [head = '', ...rest] = path.split('.');
  if (head === '__proto__' || head === 'constructor') return target;
  const copy: JsonObject = { ...target };
  if (rest.length > 0) {
    copy[head] = withPath(asObject(target[head]), rest.join('.'), value);
  } else if (value === undefined) {
    delete copy[head];
  } else {
    copy[head] = value;
  }
  return copy;
}

/** A deep copy of JSON. */
export function cloneJson<T extends Json | undefined>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}
