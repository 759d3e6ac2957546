import { describe, expect, it } from 'vitest';
import { timeTicks, valueRange } from './options';

describe('valueRange', () => {
  it.each([
    [null, null, false, [0, 1]],
    [0, 0, false, [0, 1]],
    [5, 5, false, [0, 7.5]],
    [-5, -5, false, [-7.5, 0]],
    [1, 100, false, [0, 106]],
    [50, 100, false, [47, 103]],
    [50, 100, true, [0, 106]],
    [-10, 10, true, [-11.2, 11.2]],
  ])('%s to %s (from zero: %s)', (low, high, zero, want) => {
    expect(valueRange(low, high, zero)).toEqual(want);
  });
});

it('puts ticks at round times', () => {
  expect(timeTicks(65, 250, 60, 'utc')).toEqual([120, 180, 240]);
  expect(timeTicks(0, 1e9, 1, 'utc')).toHaveLength(200);
});
