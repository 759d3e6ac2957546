import { describe, expect, it } from 'vitest';
import { axisLabels, decimalsOf, formatBytes, formatShort } from './numbers';

it.each([
  [0, '0'],
  [1234, '1.234k'],
  [-1_500_000, '-1.5M'],
  [0.25, '0.25'],
  [0.00042, '420µ'],
  [Number.NaN, 'NaN'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
  [999.9999, '1000'],
  [1e-20, '1.00e-20'],
])('%d is %s', (value, want) => expect(formatShort(value)).toBe(want));

it.each([
  [0, '0 B'],
  [1536, '1.5 KiB'],
  [5 * 1024 ** 3, '5 GiB'],
])('%d bytes are %s', (value, want) => expect(formatBytes(value)).toBe(want));

describe('axes', () => {
  it.each([
    [[0, 0.25, 0.5, 0.75], ['0', '0.25', '0.50', '0.75']],
    [[0, 500, 1000], ['0', '0.5k', '1.0k']],
    [[0, 1e6, 2e6], ['0', '1M', '2M']],
    [[0, 0.001, 0.002], ['0', '1m', '2m']],
    [[-1, 0, 1], ['-1', '0', '1']],
    [[], []],
  ])('%o', (ticks, want) => expect(axisLabels(ticks)).toEqual(want));
  it.each([[0.25, 2], [1, 0], [0.1, 1], [0, 0], [Number.NaN, 0]])('%d has %d decimals', (step, want) => {
    expect(decimalsOf(step)).toBe(want);
  });
});
