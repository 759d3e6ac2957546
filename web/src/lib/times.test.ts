import { describe, expect, it } from 'vitest';
import { formatAgo, formatTime, tickLabel } from './times';

const at = Date.UTC(2026, 10, 21, 17, 20, 30, 50);

describe('formatTime', () => {
  it('is the same in all languages', () => {
    expect(formatTime(at, 'utc')).toBe('2026-11-21 17:20:30');
    expect(formatTime(at, 'utc', true)).toBe('2026-11-21 17:20:30.050');
    expect(formatTime(Number.NaN, 'utc')).toBe('–');
  });
});

describe('formatAgo', () => {
  it.each([
    [at - 12_000, 'en', '12s ago'],
    [at - 12_000, 'ko', '12s 전'],
    [at + 3_600_000, 'en', 'in 1h'],
    [at + 3_600_000, 'ko', '1h 후'],
    [at - 3, 'en', 'just now'],
    [Date.parse('0001-01-01T00:00:00Z'), 'en', 'never'],
    [Number.NaN, 'ko', '없음'],
  ])('%d %s', (ms, language, want) => expect(formatAgo(ms, at, language as 'en')).toBe(want));
});

describe('tickLabel', () => {
  it.each([
    [Date.UTC(2026, 10, 21, 17, 20), 600_000, 3_600_000, '17:20'],
    [Date.UTC(2026, 10, 21), 3_600_000, 86_400_000, '11-21'],
    [Date.UTC(2026, 10, 21), 86_400_000, 7 * 86_400_000, '11-21'],
    [Date.UTC(2026, 10, 21), 30 * 86_400_000, 400 * 86_400_000, '2026-11-21'],
    [Date.UTC(2026, 10, 21, 17, 20, 30), 10_000, 60_000, '17:20:30'],
    [Date.UTC(2026, 10, 21, 17, 20, 30, 500), 100, 1000, '17:20:30.500'],
  ])('%d', (ms, step, span, want) => expect(tickLabel(ms, step, span, 'utc')).toBe(want));
});
