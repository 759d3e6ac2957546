import { describe, expect, it } from 'vitest';
import { position, toHeatmap } from './heatmapModel';

const histogram = (buckets: [number, string, string, string][]) => ({ count: '1', sum: '1', buckets });

describe('toHeatmap', () => {
  it('adds buckets of the same bounds up and drops empty ones', () => {
    const one = { metric: {}, histograms: [[1, histogram([[0, '1', '2', '3'], [0, '2', '64', '0']])]] as never };
    const data = toHeatmap([one, one]);
    expect(data?.cells).toEqual([{ atMs: 1000, lower: 1, upper: 2, count: 6 }]);
    expect(data).toMatchObject({ low: 1, high: 2, most: 6, log: false });
  });
  it('has none without histograms', () => {
    expect(toHeatmap([{ metric: {}, values: [[1, '1']] }])).toBeUndefined();
  });
  it('draws exponential bounds on a log axis', () => {
    const data = toHeatmap([{ metric: {}, histograms: [[1, histogram([[0, '1', '10', '1'], [0, '10', '100', '1']])]] }]);
    expect(data?.log).toBe(true);
    if (data) expect([1, 10, 100, 1e9].map((bound) => position(bound, data))).toEqual([0, 0.5, 1, 1]);
  });
});
