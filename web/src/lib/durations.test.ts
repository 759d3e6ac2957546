import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration, roughDuration } from './durations';

describe('parseDuration', () => {
  it.each([
    ['0', 0],
    ['15s', 15_000],
    ['1h30m', 5_400_000],
    ['1d', 86_400_000],
    ['500ms', 500],
    ['1y2w', 365 * 86_400_000 + 14 * 86_400_000],
    [' 5m ', 300_000],
    ['', undefined],
    ['5', undefined],
    ['m5', undefined],
    ['5s5m', undefined],
    ['-5m', undefined],
    ['99999999999999999y', undefined],
  ])('%s', (text, want) => expect(parseDuration(text)).toBe(want));
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [15_000, '15s'],
    [5_400_000, '1h30m'],
    [7 * 86_400_000, '1w'],
    [8 * 86_400_000, '8d'],
    [365 * 86_400_000, '1y'],
    [1_001, '1s1ms'],
    [-60_000, '-1m'],
  ])('%d', (ms, want) => expect(formatDuration(ms)).toBe(want));

  it('is read back as it was', () => {
    for (let i = 0, ms = 1; i < 60; i += 1, ms = Math.round(ms * 1.7)) expect(parseDuration(formatDuration(ms))).toBe(ms);
  });
});

describe('roughDuration', () => {
  it.each([
    [0.1234, '0.123ms'],
    [12.345, '12.3ms'],
    [1_234, '1.23s'],
    [12_345, '12.3s'],
    [61_000, '1m 1s'],
    [3_600_000, '1h'],
    [3_605_000, '1h'],
    [90_061_000, '1d 1h'],
    [-61_000, '-1m 1s'],
  ])('%d', (ms, want) => expect(roughDuration(ms)).toBe(want));
});
