import { describe, expect, it } from 'vitest';
import { fromPrometheusLink, isRelative, moveRange, relativeLength, resolveRange, resolveTime, zoomOut } from './timeRange';

const now = Date.UTC(2026, 10, 21, 17, 20, 30, 500);
const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());

describe('resolveTime', () => {
  it.each([
    ['now', false, '2026-11-21T17:20:30.500Z'],
    ['now-1h', false, '2026-11-21T16:20:30.500Z'],
    ['now+90m', false, '2026-11-21T18:50:30.500Z'],
    ['now-1d/d', false, '2026-11-20T00:00:00.000Z'],
    ['now-1d/d', true, '2026-11-20T23:59:59.999Z'],
    ['now/w', false, '2026-11-16T00:00:00.000Z'],
    ['now/w', true, '2026-11-22T23:59:59.999Z'],
    ['now/M', true, '2026-11-30T23:59:59.999Z'],
    ['now/Q', false, '2026-10-01T00:00:00.000Z'],
    ['now-1y/y', true, '2025-12-31T23:59:59.999Z'],
    ['now-9M', false, '2026-02-21T17:20:30.500Z'],
    ['now-1M-1d', false, '2026-10-20T17:20:30.500Z'],
    ['1763745630000', false, '2025-11-21T17:20:30.000Z'],
    ['2026-11-21', false, '2026-11-21T00:00:00.000Z'],
    ['2026-11-21 10:30', false, '2026-11-21T10:30:00.000Z'],
    ['2026-11-21T10:30:00+09:00', false, '2026-11-21T01:30:00.000Z'],
    ['yesterday', false, undefined],
    ['now-', false, undefined],
    ['now-1x', false, undefined],
    ['', false, undefined],
    ['2026-99-99', false, undefined],
  ])('%s end=%s', (text, end, want) => {
    expect(iso(resolveTime(text, now, end, 'utc'))).toBe(want);
  });

  it('stays in a short month', () => {
    expect(iso(resolveTime('now-1M', Date.UTC(2026, 2, 31), false, 'utc'))).toBe('2026-02-28T00:00:00.000Z');
  });
});

describe('resolveRange', () => {
  it('refuses an empty or malformed range', () => {
    expect(resolveRange({ from: 'now', to: 'now-1h' }, now)).toBeUndefined();
    expect(resolveRange({ from: 'x', to: 'now' }, now)).toBeUndefined();
    expect(resolveRange({ from: 'now-5m', to: 'now' }, now)).toEqual({ fromMs: now - 300_000, toMs: now });
  });
});

describe('words and links', () => {
  it('knows relative ranges', () => {
    expect(isRelative({ from: '1', to: '2' })).toBe(false);
    expect(relativeLength({ from: 'now-6h', to: 'now' })).toBe('6h');
    expect(relativeLength({ from: 'now-6h', to: 'now-1h' })).toBeUndefined();
  });
  it.each([
    [3_600_000, undefined, { from: 'now-1h', to: 'now' }],
    [5_400_000, undefined, { from: 'now-90m', to: 'now' }],
    [7_200_000, '2026-11-21 10:00:00', { from: String(Date.UTC(2026, 10, 21, 8)), to: String(Date.UTC(2026, 10, 21, 10)) }],
  ])('reads Prometheus links: %d %s', (length, end, want) => {
    expect(fromPrometheusLink(length, end)).toEqual(want);
  });
  it('moves and zooms', () => {
    expect(moveRange({ fromMs: 1000, toMs: 3000 }, -1)).toEqual({ from: '0', to: '2000' });
    expect(zoomOut({ fromMs: 1000, toMs: 3000 }, 10_000)).toEqual({ from: '0', to: '4000' });
    expect(zoomOut({ fromMs: 1000, toMs: 3000 }, 3000)).toEqual({ from: '-1000', to: '3000' });
  });
});
