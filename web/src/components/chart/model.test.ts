import { describe, expect, it } from 'vitest';
import { SERIES_MAX, nearest, stack, toChart } from './model';

describe('toChart', () => {
  it('puts samples at their steps and leaves gaps', () => {
    const result = [{ metric: { __name__: 'a' }, values: [[10, '1'], [30, '3'], [31, 'NaN']] as const }];
    const { times, series } = toChart(result, 0, 40_000, 10_000);
    expect(times).toEqual([0, 10, 20, 30, 40]);
    expect(series[0]?.values).toEqual([null, 1, null, null, null]);
  });
  it('is bounded', () => {
    const many = Array.from({ length: SERIES_MAX + 5 }, () => ({ metric: {}, values: [] }));
    expect(toChart(many, 0, 1000, 1000).series).toHaveLength(SERIES_MAX);
  });
  it('drops what lies outside', () => {
    const { series } = toChart([{ metric: {}, values: [[-10, '1'], [500, '2']] }], 0, 10_000, 10_000);
    expect(series[0]?.values).toEqual([null, null]);
  });
});

it('stacks over gaps and leaves hidden series out', () => {
  expect(stack([[1, null, 3], [10, 20, 30], [100, 100, 100]], [true, false, true])).toEqual([
    [1, null, 3],
    [null, null, null],
    [101, 100, 103],
  ]);
});

describe('nearest', () => {
  const series = [[1], [5], [5], [null]];
  it.each([
    [4, 0, [1, 2]],
    [0, 0, [0]],
    [3, 0.1, [0, 1, 2]],
  ])('to %d within %d', (value, reach, want) => {
    expect(nearest(series, [true, true, true, true], 0, value, reach)).toEqual(want);
  });
  it('skips hidden ones, and finds nothing in a gap', () => {
    expect(nearest(series, [true, false, false, true], 0, 5, 0)).toEqual([0]);
    expect(nearest([[null]], [true], 0, 5, 0)).toEqual([]);
  });
});
