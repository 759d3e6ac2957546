/** Time ranges of dashboards: `now-6h/d`, absolute times, per-panel overrides. */
import { addUnits, instantOf, startOf } from '../../panels/zone';
import type { CalendarStart, TimeUnit } from '../../panels/zone';

/** A resolved range in Unix milliseconds; `from <= to`. */
export interface TimeSpan {
  from: number;
  to: number;
}

/** A range as written, in the document or the URL. */
export interface TimeText {
  from: string;
  to: string;
}

/** Where times are read: zone, and what weeks and fiscal years start with. */
export interface Calendar extends CalendarStart {
  zone: string;
}

/** The calendar of a dashboard that says nothing. */
export const DEFAULT_CALENDAR: Calendar = { zone: 'browser', weekStart: 1, fiscalMonth: 0 };

const STEP = /^(?:([+-])(\d{0,6})|(\/))(ms|fy|fQ|[smhdwMQy])/;

/**
 * The instant that `text` means at `now`: `now`, `now-1d/d`, Unix milliseconds, `YYYY-MM-DD`, `YYYY-MM-DD HH:mm[:ss]` in the calendar's
 * zone, or any ISO time. With `roundUp` a `/d` goes to the last millisecond of the day. `undefined` if it is no time.
 */
export function parseTime(text: string, now: number, calendar: Calendar, roundUp: boolean): number | undefined {
  const trimmed = text.trim();
  if (trimmed.startsWith('now')) return parseRelative(trimmed.slice(3), now, calendar, roundUp);
  if (/^-?\d{1,16}$/.test(trimmed)) return Number(trimmed);
  const wall = /^(\d{4})-(\d\d?)-(\d\d?)(?:[ T](\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?)?$/.exec(trimmed);
  if (wall !== null) {
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, ms = 0] = wall
      .slice(1)
      .map((part: string | undefined) => Number(part ?? 0));
    return instantOf({ year, month, day, hour, minute, second, ms }, calendar.zone);
  }
  const parsed = Date.parse(trimmed);
  return Number.isNaN(parsed) ? undefined : parsed;
}

function parseRelative(steps: string, now: number, calendar: Calendar, roundUp: boolean): number | undefined {
  let at = now;
  let rest = steps.replaceAll(' ', '');
  while (rest !== '') {
    const step = STEP.exec(rest);
    if (step === null) return undefined;
    const [all, sign, digits, slash, unit] = step;
    rest = rest.slice(all.length);
    if (slash !== undefined) {
      const start = startOf(at, unit as TimeUnit, calendar.zone, calendar);
      at = roundUp ? addUnits(start, 1, unit as TimeUnit, calendar.zone) - 1 : start;
    } else {
      const amount = digits === '' || digits === undefined ? 1 : Number(digits);
      at = addUnits(at, sign === '-' ? -amount : amount, unit as TimeUnit, calendar.zone);
    }
  }
  return at;
}

/** The range that a text means at `now`; an unreadable side falls back to the last six hours, a reversed range is turned round. */
export function resolveTime(text: TimeText, now: number, calendar: Calendar): TimeSpan {
  const to = parseTime(text.to, now, calendar, true) ?? now;
  const from = parseTime(text.from, now, calendar, false) ?? to - 6 * 3_600_000;
  return from <= to ? { from, to } : { from: to, to: from };
}

/** Whether a range moves as time passes. */
export function isRelative(text: TimeText): boolean {
  return text.from.includes('now') || text.to.includes('now');
}

/** What a panel does to the dashboard's range. */
export interface TimeOverride {
  span: TimeSpan;
  /** Shown in the panel's header, such as `Last 1h timeshift -1d`; empty without an override. */
  label: string;
}

/**
 * The range of a panel with `timeFrom` (`1h`: the last hour; `now/d`) and `timeShift` (`1d`: a day earlier).
 * `timeFrom` applies to relative ranges only; texts that are no time are ignored.
 */
export function overrideTime(dashboard: TimeText, timeFrom: string, timeShift: string, now: number, calendar: Calendar): TimeOverride {
  let text = dashboard;
  const labels: string[] = [];
  if (timeFrom !== '' && isRelative(dashboard)) {
    const from = timeFrom.startsWith('now') ? timeFrom : `now-${timeFrom}`;
    if (parseTime(from, now, calendar, false) !== undefined) {
      text = { from, to: from.includes('/') ? from : 'now' };
      labels.push(timeFrom.startsWith('now') ? timeFrom : `-${timeFrom}`);
    }
  }
  const span = resolveTime(text, now, calendar);
  const shift = timeShift === '' ? undefined : parseTime(`now-${timeShift.replace(/^-/, '')}`, span.to, calendar, false);
  if (shift === undefined) return { span, label: labels.join(' ') };
  labels.push(`⇠ ${timeShift}`);
  return {
    span: { from: parseTime(`now-${timeShift.replace(/^-/, '')}`, span.from, calendar, false) ?? span.from, to: shift },
    label: labels.join(' '),
  };
}
