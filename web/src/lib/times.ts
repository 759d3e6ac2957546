/** Moments as people read them. */
import type { Language } from './i18n';
import { roughDuration } from './durations';
import type { Zone } from './timeRange';

const pad = (n: number, width = 2) => String(n).padStart(width, '0');

/** `2026-11-21 17:20:30`, with `.500` where there are milliseconds. The same in all languages, and it sorts. */
export function formatTime(ms: number, zone: Zone = 'local', withMillis = false): string {
  const d = new Date(ms);
  if (Number.isNaN(d.getTime())) return '–';
  const utc = zone === 'utc';
  const date = utc
    ? `${d.getUTCFullYear()}-${pad(d.getUTCMonth() + 1)}-${pad(d.getUTCDate())}`
    : `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}`;
  const time = utc
    ? `${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}:${pad(d.getUTCSeconds())}`
    : `${pad(d.getHours())}:${pad(d.getMinutes())}:${pad(d.getSeconds())}`;
  const millis = withMillis && ms % 1000 !== 0 ? `.${pad(Math.abs(ms % 1000), 3)}` : '';
  return `${date} ${time}${millis}`;
}

/** `12s ago`, `in 3h 5m`; a zero time of Go (`0001-01-01`) is never. */
export function formatAgo(ms: number, nowMs: number, language: Language): string {
  if (!Number.isFinite(ms) || ms < 0) return language === 'ko' ? '없음' : 'never';
  const size = Math.abs(nowMs - ms);
  const words = roughDuration(size < 1000 ? Math.round(size) : Math.round(size / 1000) * 1000);
  if (ms > nowMs + 999) return language === 'ko' ? `${words} 후` : `in ${words}`;
  if (size < 1000) return language === 'ko' ? '방금' : 'just now';
  return language === 'ko' ? `${words} 전` : `${words} ago`;
}

/** Labels for ticks of an axis, as short as the distance between ticks allows. */
export function tickLabel(ms: number, stepMs: number, spanMs: number, zone: Zone): string {
  const full = formatTime(ms, zone, true);
  const date = full.slice(5, 10);
  const minutes = full.slice(11, 16);
  if (stepMs >= 86_400_000) return spanMs > 300 * 86_400_000 ? full.slice(0, 10) : date;
  const midnight = minutes === '00:00';
  if (stepMs >= 60_000) return midnight ? date : minutes;
  return stepMs >= 1000 ? full.slice(11, 19) : full.slice(11);
}
