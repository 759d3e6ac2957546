import { describe, expect, it } from 'vitest';

import { formatDuration, intervalFor, parseDuration, rateInterval, safeStep } from './interval';
import { DEFAULT_CALENDAR, overrideTime, parseTime, resolveTime } from './time';
import { formatTime } from '../../panels/zone';

const seoul = { ...DEFAULT_CALENDAR, zone: 'Asia/Seoul' };
const newYork = { ...DEFAULT_CALENDAR, zone: 'America/New_York', weekStart: 0 };
// Wednesday 2024-03-13 10:20:30.400 UTC.
const now = Date.UTC(2024, 2, 13, 10, 20, 30, 400);
const iso = (at: number | undefined): string | undefined => (at === undefined ? undefined : new Date(at).toISOString());

describe('parseTime', () => {
  it.each([
    ['now', false, '2024-03-13T10:20:30.400Z'],
    ['now-1h', false, '2024-03-13T09:20:30.400Z'],
    ['now-1d/d', false, '2024-03-11T15:00:00.000Z'],
    ['now/d', true, '2024-03-13T14:59:59.999Z'],
    ['now/w', false, '2024-03-10T15:00:00.000Z'],
    ['now-1M/M', false, '2024-01-31T15:00:00.000Z'],
    ['now/y', true, '2024-12-31T14:59:59.999Z'],
    ['now/Q', false, '2023-12-31T15:00:00.000Z'],
    ['now-5m+30s', false, '2024-03-13T10:16:00.400Z'],
    ['1710325230400', false, '2024-03-13T10:20:30.400Z'],
    ['2024-03-13', false, '2024-03-12T15:00:00.000Z'],
    ['2024-03-13 09:30', false, '2024-03-13T00:30:00.000Z'],
    ['2024-03-13T10:20:30.400Z', false, '2024-03-13T10:20:30.400Z'],
    ['now-1x', false, undefined],
    ['yesterday', false, undefined],
  ])('%s (round up: %s) in Seoul', (text, up, expected) => expect(iso(parseTime(text, now, seoul, up))).toBe(expected));

  it('keeps the wall clock over daylight saving', () => {
    // Clocks in New York went forward on 2024-03-10 at 02:00.
    expect(iso(parseTime('now-7d', now, newYork, false))).toBe('2024-03-06T11:20:30.400Z');
    expect(iso(parseTime('now/w', now, newYork, false))).toBe('2024-03-10T05:00:00.000Z');
  });

  it('knows fiscal years', () => {
    expect(iso(parseTime('now/fy', now, { ...seoul, fiscalMonth: 3 }, false))).toBe('2023-03-31T15:00:00.000Z');
    expect(iso(parseTime('now/fQ', now, { ...seoul, fiscalMonth: 1 }, false))).toBe('2024-01-31T15:00:00.000Z');
  });
});

describe('ranges', () => {
  it('turns a reversed range round and survives nonsense', () => {
    expect(resolveTime({ from: 'now', to: 'now-1h' }, now, seoul)).toEqual({ from: now - 3_600_000, to: now });
    expect(resolveTime({ from: 'junk', to: 'junk' }, now, seoul)).toEqual({ from: now - 6 * 3_600_000, to: now });
  });

  it.each([
    ['2h', '', 2, 0, '-2h'],
    ['', '1d', 6, 24, '⇠ 1d'],
    ['1h', '1h', 1, 1, '-1h ⇠ 1h'],
    ['nonsense', '', 6, 0, ''],
  ])('timeFrom %s, timeShift %s', (from, shift, hours, back, label) => {
    const { span, label: text } = overrideTime({ from: 'now-6h', to: 'now' }, from, shift, now, seoul);
    expect(span).toEqual({ from: now - (hours + back) * 3_600_000, to: now - back * 3_600_000 });
    expect(text).toBe(label);
  });

  it('leaves absolute ranges to themselves', () => {
    expect(overrideTime({ from: '1000', to: '2000' }, '1h', '', now, seoul).span).toEqual({ from: 1000, to: 2000 });
  });
});

describe('formatTime', () => {
  it.each([
    ['YYYY-MM-DD HH:mm:ss.SSS', '2024-03-13 19:20:30.400'],
    ['YY/M/D h:mm A', '24/3/13 7:20 PM'],
    ['ddd MMM DD', 'Wed Mar 13'],
    ["HH [o'clock] Z", "19 o'clock +09:00"],
    ['X x', '1710325230 1710325230400'],
  ])('%s', (pattern, expected) => expect(formatTime(now, pattern, 'Asia/Seoul')).toBe(expected));
});

describe('intervals', () => {
  it.each([
    ['15s', 15_000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['1M', 2_592_000_000],
    ['x', undefined],
    ['', undefined],
    ['5', undefined],
  ])('parseDuration %s', (text, ms) => expect(parseDuration(text)).toBe(ms));
  it.each([
    [15_000, '15s'],
    [120_000, '2m'],
    [90_000, '90s'],
    [3_600_000, '1h'],
    [172_800_000, '2d'],
    [250, '250ms'],
  ])('formatDuration %d', (ms, text) => expect(formatDuration(ms)).toBe(text));
  it.each([
    [3_600_000, 1000, 15_000, 15_000],
    [21_600_000, 1000, 15_000, 20_000],
    [86_400_000, 500, 0, 120_000],
    [1000, 1000, 0, 1],
  ])('intervalFor %d ms, %d points', (span, points, min, step) => expect(intervalFor(span, points, min)).toBe(step));
  it('never asks for more than 11 000 points', () =>
    expect(safeStep(86_400_000 * 365, 1000, 0)).toBeGreaterThanOrEqual((86_400_000 * 365) / 11_000));
  it.each([
    [15_000, 15_000, 60_000],
    [60_000, 15_000, 75_000],
    [1000, 60_000, 240_000],
  ])('rateInterval %d with scrapes of %d', (step, scrape, expected) => expect(rateInterval(step, scrape)).toBe(expected));
});
