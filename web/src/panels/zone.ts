/**
 * Calendar arithmetic in a time zone, on `Intl` alone.
 *
 * A zone is an IANA name, `utc`, or `browser` (also the empty string) for the reader's own. All instants are Unix milliseconds.
 */

/** A wall-clock time; `month` is 1 to 12, `weekday` 0 (Sunday) to 6. */
export interface WallTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  ms: number;
  weekday: number;
}

/** The unit letters of relative times: `M` is a month, `m` a minute; `fy` and `fQ` are fiscal. */
export type TimeUnit = 'ms' | 's' | 'm' | 'h' | 'd' | 'w' | 'M' | 'Q' | 'y' | 'fy' | 'fQ';

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const options: Intl.DateTimeFormatOptions = {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
    era: 'short',
  };
  let made: Intl.DateTimeFormat;
  try {
    made = new Intl.DateTimeFormat('en-US', { ...options, timeZone: ianaZone(zone) });
  } catch {
    // A zone that this browser does not know: the reader's own is better than a blank page.
    made = new Intl.DateTimeFormat('en-US', options);
  }
  formatters.set(zone, made);
  return made;
}

/** The IANA name for `Intl`, `undefined` for the reader's own zone. */
export function ianaZone(zone: string): string | undefined {
  if (zone === '' || zone === 'browser') return undefined;
  return zone.toLowerCase() === 'utc' ? 'UTC' : zone;
}

/** The wall-clock time at an instant. */
export function wallTime(at: number, zone: string): WallTime {
  const parts: Record<string, number> = {};
  for (const part of formatter(zone).formatToParts(at)) parts[part.type] = Number(part.value);
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return {
    year,
    month,
    day,
    hour,
    minute,
    second,
    ms: ((at % 1000) + 1000) % 1000,
    weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay(),
  };
}

/** The instant of a wall-clock time; in a gap of daylight saving the time an hour later, in an overlap the first. */
export function instantOf(wall: Omit<WallTime, 'weekday'>, zone: string): number {
  const target = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second, wall.ms);
  const first = target - offsetAt(target, zone);
  const second = target - offsetAt(first, zone);
  return offsetAt(second, zone) === offsetAt(first, zone) ? second : Math.max(first, second);
}

/** Milliseconds that the zone is ahead of UTC at an instant. */
export function offsetAt(at: number, zone: string): number {
  const wall = wallTime(at, zone);
  return Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second, wall.ms) - at;
}

const FIXED_MS: Partial<Record<TimeUnit, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** The instant `amount` units later; days and longer keep the wall clock, months end at the month's last day. */
export function addUnits(at: number, amount: number, unit: TimeUnit, zone: string): number {
  const fixed = FIXED_MS[unit];
  if (fixed !== undefined) return at + amount * fixed;
  const wall = wallTime(at, zone);
  if (unit === 'd' || unit === 'w') return instantOf({ ...wall, day: wall.day + amount * (unit === 'w' ? 7 : 1) }, zone);
  const months = amount * (unit === 'M' ? 1 : unit === 'Q' || unit === 'fQ' ? 3 : 12);
  const total = wall.year * 12 + (wall.month - 1) + months;
  const year = Math.floor(total / 12);
  const month = (total % 12) + 1;
  const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return instantOf({ ...wall, year, month, day: Math.min(wall.day, lastDay) }, zone);
}

/** What counts as the start of a week and of a fiscal year. */
export interface CalendarStart {
  /** 0 is Sunday, 1 Monday. */
  weekStart: number;
  /** 0 is January. */
  fiscalMonth: number;
}

/** The first instant of the unit that `at` lies in. */
export function startOf(at: number, unit: TimeUnit, zone: string, start: CalendarStart): number {
  const wall = wallTime(at, zone);
  const zero = { ...wall, ms: 0 };
  switch (unit) {
    case 'ms':
      return at;
    case 's':
      return instantOf(zero, zone);
    case 'm':
      return instantOf({ ...zero, second: 0 }, zone);
    case 'h':
      return instantOf({ ...zero, second: 0, minute: 0 }, zone);
    default:
      break;
  }
  const day = { ...zero, second: 0, minute: 0, hour: 0 };
  switch (unit) {
    case 'd':
      return instantOf(day, zone);
    case 'w':
      return instantOf({ ...day, day: day.day - ((wall.weekday - start.weekStart + 7) % 7) }, zone);
    case 'M':
      return instantOf({ ...day, day: 1 }, zone);
    case 'Q':
      return instantOf({ ...day, day: 1, month: wall.month - ((wall.month - 1) % 3) }, zone);
    case 'fQ': {
      const back = (((wall.month - 1 - start.fiscalMonth) % 3) + 3) % 3;
      return instantOf({ ...day, day: 1, month: wall.month - back }, zone);
    }
    case 'fy': {
      const year = wall.month - 1 < start.fiscalMonth ? wall.year - 1 : wall.year;
      return instantOf({ ...day, day: 1, month: start.fiscalMonth + 1, year }, zone);
    }
    case 'y':
      return instantOf({ ...day, day: 1, month: 1 }, zone);
  }
}

/** Formats an instant by a pattern of `YYYY MM DD HH mm ss SSS` and friends; `[text]` stays as it is. */
export function formatTime(at: number, pattern: string, zone: string): string {
  const wall = wallTime(at, zone);
  const two = (value: number): string => String(value).padStart(2, '0');
  const twelve = wall.hour % 12 === 0 ? 12 : wall.hour % 12;
  const monthName = (style: 'short' | 'long'): string =>
    new Intl.DateTimeFormat('en-US', { month: style, timeZone: 'UTC' }).format(Date.UTC(2000, wall.month - 1, 1));
  const dayName = (style: 'short' | 'long'): string =>
    new Intl.DateTimeFormat('en-US', { weekday: style, timeZone: 'UTC' }).format(Date.UTC(2023, 0, 1 + wall.weekday));
  const offset = Math.round(offsetAt(at, zone) / 60_000);
  const offsetText = (colon: string): string =>
    `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}${colon}${two(Math.abs(offset) % 60)}`;
  return pattern.replace(
    /\[([^\]]*)\]|YYYY|YY|MMMM|MMM|MM|M|dddd|ddd|DD|D|HH|H|hh|h|mm|m|ss|s|SSS|A|a|ZZ|Z|X|x/g,
    (token, quoted?: string) => {
      switch (token) {
        case 'YYYY':
          return String(wall.year);
        case 'YY':
          return two(wall.year % 100);
        case 'MMMM':
          return monthName('long');
        case 'MMM':
          return monthName('short');
        case 'MM':
          return two(wall.month);
        case 'M':
          return String(wall.month);
        case 'dddd':
          return dayName('long');
        case 'ddd':
          return dayName('short');
        case 'DD':
          return two(wall.day);
        case 'D':
          return String(wall.day);
        case 'HH':
          return two(wall.hour);
        case 'H':
          return String(wall.hour);
        case 'hh':
          return two(twelve);
        case 'h':
          return String(twelve);
        case 'mm':
          return two(wall.minute);
        case 'm':
          return String(wall.minute);
        case 'ss':
          return two(wall.second);
        case 's':
          return String(wall.second);
        case 'SSS':
          return String(wall.ms).padStart(3, '0');
        case 'A':
          return wall.hour < 12 ? 'AM' : 'PM';
        case 'a':
          return wall.hour < 12 ? 'am' : 'pm';
        case 'Z':
          return offsetText(':');
        case 'ZZ':
          return offsetText('');
        case 'X':
          return String(Math.floor(at / 1000));
        case 'x':
          return String(at);
        default:
          return quoted ?? token;
      }
    },
  );
}
