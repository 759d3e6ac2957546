/**
 * Time ranges as the address bar holds them, in Grafana's words: `now-1h` to `now`, `now/d`, milliseconds, or a date.
 *
 * A range keeps its words; `resolve` turns them into milliseconds at a given now, so that a refresh moves a relative range.
 */
import { formatDuration } from './durations';

export interface TimeRange {
  from: string;
  to: string;
}

export interface ResolvedRange {
  fromMs: number;
  toMs: number;
}

export const DEFAULT_RANGE: TimeRange = { from: 'now-1h', to: 'now' };

type Unit = 's' | 'm' | 'h' | 'd' | 'w' | 'M' | 'Q' | 'y';
export type Zone = 'local' | 'utc';

const FIXED: Partial<Record<Unit, number>> = { s: 1000, m: 60_000, h: 3_600_000 };
const TERM = /^([+-])(\d{1,6})([smhdwMQy])|^\/([smhdwMQy])/;

/** Reads one end of a range; `undefined` if it is none. `end`: rounding (`/d`) goes to the unit's last millisecond. */
export function resolveTime(text: string, nowMs: number, end = false, zone: Zone = 'local'): number | undefined {
  const trimmed = text.trim();
  if (/^-?\d+$/.test(trimmed)) return Number(trimmed);
  if (!trimmed.startsWith('now')) {
    // A date without a zone is meant as the page shows times.
    const plain = /^\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?$/.test(trimmed);
    if (!plain && !/^\d{4}-\d\d-\d\dT/.test(trimmed)) return undefined;
    const iso = trimmed.length === 10 ? `${trimmed}T00:00:00` : trimmed.replace(' ', 'T');
    const parsed = Date.parse(plain && zone === 'utc' ? `${iso}Z` : iso);
    return Number.isNaN(parsed) ? undefined : parsed;
  }
  let rest = trimmed.slice(3);
  let at = nowMs;
  while (rest !== '') {
    const match = TERM.exec(rest);
    if (!match) return undefined;
    rest = rest.slice(match[0].length);
    const [, sign, count, unit, rounded] = match;
    if (rounded) at = round(at, rounded as Unit, end, zone);
    else at = shift(at, (sign === '-' ? -1 : 1) * Number(count), unit as Unit, zone);
  }
  return at;
}

/** Reads both ends; `undefined` if one is malformed or the range is empty. */
export function resolveRange(range: TimeRange, nowMs: number, zone: Zone = 'local'): ResolvedRange | undefined {
  const fromMs = resolveTime(range.from, nowMs, false, zone);
  const toMs = resolveTime(range.to, nowMs, true, zone);
  if (fromMs === undefined || toMs === undefined || fromMs >= toMs) return undefined;
  return { fromMs, toMs };
}

/** Whether a refresh moves the range. */
export function isRelative(range: TimeRange): boolean {
  return range.to.includes('now');
}

/** The range as words where there are some for it: `1h` for `now-1h` to `now`. */
export function relativeLength(range: TimeRange): string | undefined {
  const match = /^now-(\d+[smhdwMQy])$/.exec(range.from);
  return range.to === 'now' && match ? match[1] : undefined;
}

/** The range that Prometheus's links tell by length and end (`g0.range_input=1h&g0.end_input=2026-11-21 10:00:00`, which is UTC). */
export function fromPrometheusLink(lengthMs: number, end: string | undefined): TimeRange {
  const endMs = end ? resolveTime(end, 0, true, 'utc') : undefined;
  if (endMs === undefined) return { from: `now-${formatDurationForRange(lengthMs)}`, to: 'now' };
  return { from: String(endMs - lengthMs), to: String(endMs) };
}

/** A length in one unit where that is exact, so that the picker knows it: `90m`, `1h`, `7d`. */
export function formatDurationForRange(ms: number): string {
  for (const [unit, size] of [['d', 86_400_000], ['h', 3_600_000], ['m', 60_000]] as const) {
    if (ms % size === 0) return `${ms / size}${unit}`;
  }
  return ms % 1000 === 0 ? `${ms / 1000}s` : formatDuration(ms);
}

/** Half a range earlier or later. */
export function moveRange(range: ResolvedRange, direction: -1 | 1): TimeRange {
  const half = Math.round((range.toMs - range.fromMs) / 2) * direction;
  return { from: String(range.fromMs + half), to: String(range.toMs + half) };
}

/** The same middle, twice as long. */
export function zoomOut(range: ResolvedRange, nowMs: number): TimeRange {
  const half = Math.round((range.toMs - range.fromMs) / 2);
  const to = Math.min(range.toMs + half, Math.max(nowMs, range.toMs));
  return { from: String(to - 4 * half), to: String(to) };
}

function shift(ms: number, count: number, unit: Unit, zone: Zone): number {
  const fixed = FIXED[unit];
  if (fixed !== undefined) return ms + count * fixed;
  // Days and longer follow the calendar: over a change of summer time a day is not 24 hours.
  const date = new Date(ms);
  const utc = zone === 'utc';
  const [y, m, d] = utc
    ? [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
    : [date.getFullYear(), date.getMonth(), date.getDate()];
  const set = (year: number, month: number, day: number) => {
    const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
    const moved = new Date(ms);
    if (utc) moved.setUTCFullYear(year, month, Math.min(day, lastDay));
    else moved.setFullYear(year, month, Math.min(day, lastDay));
    return moved.getTime();
  };
  const days = (n: number) => {
    const moved = new Date(ms);
    if (utc) moved.setUTCDate(d + n);
    else moved.setDate(d + n);
    return moved.getTime();
  };
  switch (unit) {
    case 'd':
      return days(count);
    case 'w':
      return days(7 * count);
    case 'M':
      return set(y + Math.floor((m + count) / 12), (((m + count) % 12) + 12) % 12, d);
    case 'Q':
      return shift(ms, 3 * count, 'M', zone);
    default:
      return set(y + count, m, d);
  }
}

function round(ms: number, unit: Unit, end: boolean, zone: Zone): number {
  const date = new Date(ms);
  const utc = zone === 'utc';
  const part = {
    y: utc ? date.getUTCFullYear() : date.getFullYear(),
    M: utc ? date.getUTCMonth() : date.getMonth(),
    d: utc ? date.getUTCDate() : date.getDate(),
    h: utc ? date.getUTCHours() : date.getHours(),
    m: utc ? date.getUTCMinutes() : date.getMinutes(),
    s: utc ? date.getUTCSeconds() : date.getSeconds(),
    weekday: utc ? date.getUTCDay() : date.getDay(),
  };
  const at = (...parts: [number, number, number, number, number, number]) =>
    utc ? Date.UTC(...parts) : new Date(...parts).getTime();
  const extra = end ? 1 : 0;
  const edge = (() => {
    switch (unit) {
      case 's':
        return at(part.y, part.M, part.d, part.h, part.m, part.s + extra);
      case 'm':
        return at(part.y, part.M, part.d, part.h, part.m + extra, 0);
      case 'h':
        return at(part.y, part.M, part.d, part.h + extra, 0, 0);
      case 'd':
        return at(part.y, part.M, part.d + extra, 0, 0, 0);
      case 'w':
        // Weeks begin on Monday.
        return at(part.y, part.M, part.d - ((part.weekday + 6) % 7) + 7 * extra, 0, 0, 0);
      case 'M':
        return at(part.y, part.M + extra, 1, 0, 0, 0);
      case 'Q':
        return at(part.y, part.M - (part.M % 3) + 3 * extra, 1, 0, 0, 0);
      default:
        return at(part.y + extra, 0, 1, 0, 0, 0);
    }
  })();
  return end ? edge - 1 : edge;
}
