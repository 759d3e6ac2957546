import { describe, expect, it } from 'vitest';

import { numberTicks, tickTexts, timeTickText, timeTicks } from '../plot/ticks';
import { fakeField, fakeFrame } from '../testing';
import { align } from './align';
import { plotModel, seriesKey, tooltipRows } from './model';
import { styleOf } from './style';

const frame = (title: string, times: number[], values: unknown[], custom = {}) =>
  fakeFrame([fakeField('Time', 'time', times), fakeField(title, 'number', values, custom)]);

describe('align', () => {
  it('uses one axis, and tells gaps from instants of others', () => {
    const { times, series } = align(
      [frame('a', [0, 10, 20, 60], [1, 2, 3, 4]), frame('b', [0, 20, 40, 60], [1, NaN, 3, Infinity])],
      0,
      (field) => (field.title === 'b' ? 30 : undefined),
    );
    expect(times).toEqual([0, 10, 20, 35, 40, 60]);
    expect(series[0]?.values).toEqual([1, 2, 3, null, null, 4]);
    expect(series[1]?.values).toEqual([1, undefined, null, undefined, 3, null]);
    expect([...(series[0]?.rows ?? [])]).toEqual([0, 1, 2, -1, -1, 3]);
  });

  it('connects everything when told', () => {
    expect(align([frame('a', [0, 10, 100], [1, 2, 3])], 10, () => Infinity).series[0]?.values).toEqual([1, 2, 3]);
  });

  it('sorts what is unsorted and ignores frames without time', () => {
    const { times, series } = align([frame('a', [20, 0], [2, 1]), fakeFrame([fakeField('x', 'number', [1])])], 10, () => undefined);
    expect(times).toEqual([0, 10, 20]);
    expect(series).toHaveLength(1);
    expect(series[0]?.values).toEqual([1, null, 2]);
  });
});

describe('series of the same instants', () => {
  const random = (seed: number) => () => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;

  it('are drawn as if they had been joined one by one', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const next = random(seed);
      const times = Array.from({ length: Math.floor(next() * 12) }, (_one, index) => index * 10 + (next() < 0.1 ? 1000 : 0));
      const column = () => times.map(() => (next() < 0.2 ? [NaN, null, Infinity, true][Math.floor(next() * 4)] : Math.round(next() * 100)));
      const columns = Array.from({ length: 1 + Math.floor(next() * 3) }, column);
      const gap = next() < 0.3 ? Infinity : undefined;
      const shared = align(
        columns.map((values, index) => frame(String(index), times, values)),
        10,
        () => gap,
      );
      const apart = align(
        columns.map((values, index) => frame(String(index), [...times], values)),
        10,
        () => gap,
      );
      expect(shared.times).toEqual(apart.times);
      shared.series.forEach((one, index) => {
        expect(one.values).toEqual(apart.series[index]?.values);
        expect([...one.rows]).toEqual([...(apart.series[index]?.rows ?? [])]);
      });
    }
  });

  it('leave the columns that they came in alone when they are stacked', () => {
    const times = [0, 10];
    const values = [1, 2];
    const stacked = { stacking: { mode: 'normal', group: 'A' } };
    const model = plotModel([frame('a', times, [10, 20], stacked), frame('b', times, values, stacked)], 10, new Set());
    expect(model.series[1]?.drawn).toEqual([11, 22]);
    expect(values).toEqual([1, 2]);
  });
});

describe('plotModel', () => {
  const stacked = { stacking: { mode: 'normal', group: 'A' } };

  it('stacks in order and bands each to the one below', () => {
    const model = plotModel(
      [
        frame('a', [0, 1], [1, 2], stacked),
        frame('b', [0, 1], [10, null], stacked),
        frame('c', [0, 1], [100, 200], stacked),
        frame('free', [0, 1], [5, 5]),
      ],
      1,
      new Set(),
    );
    expect(model.series.map((one) => one.drawn)).toEqual([
      [1, 2],
      [11, null],
      [111, 202],
      [5, 5],
    ]);
    expect(model.bands).toEqual([
      { upper: 1, lower: 0 },
      { upper: 2, lower: 1 },
    ]);
  });

  it('stacks to shares', () => {
    const percent = { stacking: { mode: 'percent', group: 'A' } };
    const model = plotModel([frame('a', [0, 1], [1, 0], percent), frame('b', [0, 1], [3, 0], percent)], 1, new Set());
    expect(model.series.map((one) => one.drawn)).toEqual([
      [0.25, 0],
      [1, 0],
    ]);
  });

  it('stacks negated series on their own side', () => {
    const negative = { ...stacked, transform: 'negative-Y' };
    const model = plotModel(
      [frame('in', [0], [1], stacked), frame('out', [0], [2], negative), frame('out2', [0], [3], negative)],
      1,
      new Set(),
    );
    expect(model.series.map((one) => one.drawn)).toEqual([[1], [-2], [-5]]);
    expect(model.bands).toEqual([{ upper: 2, lower: 1 }]);
  });

  it('puts series of another unit or limit on the other side', () => {
    const frames = [
      frame('a', [0], [1]),
      fakeFrame([fakeField('Time', 'time', [0]), { ...fakeField('b', 'number', [1]), unit: 'bytes' }]),
      frame('c', [0], [1], { axisPlacement: 'hidden' }),
    ];
    expect(plotModel(frames, 1, new Set()).scales.map((scale) => scale.side)).toEqual(['left', 'right', 'hidden']);
  });

  it('leaves hidden series out, also of the stack', () => {
    const frames = [frame('a', [0], [1], stacked), frame('b', [0], [2], stacked), frame('c', [0], [4], { hideFrom: { vis: true } })];
    const [first] = frames;
    const model = plotModel(frames, 1, new Set(first?.fields[1] === undefined ? [] : [seriesKey(first, first.fields[1])]));
    expect(model.series.map((one) => [one.label, one.drawn])).toEqual([['b', [2]]]);
  });

  it('fills to a named series', () => {
    expect(plotModel([frame('max', [0], [2], { fillBelowTo: 'min' }), frame('min', [0], [1])], 1, new Set()).bands).toEqual([
      { upper: 0, lower: 1 },
    ]);
  });

  it('reads styles with defaults for nonsense', () => {
    expect(
      styleOf(
        fakeField('a', 'number', [], {
          drawStyle: 'laser',
          lineWidth: 99,
          fillOpacity: '30',
          scaleDistribution: { type: 'log', log: 2 },
          lineStyle: { fill: 'dash' },
        }),
      ),
    ).toMatchObject({
      draw: 'line',
      lineWidth: 20,
      fillOpacity: 30,
      log: 2,
      dash: [10, 10],
      axis: 'auto',
      spanNulls: false,
    });
  });
});

describe('tooltip', () => {
  const model = plotModel(
    [
      frame('a', [0, 1], [1, 5]),
      frame('b', [0, 1], [3, 5]),
      frame('c', [0], [2]),
      frame('d', [0, 1], [9, 9], { hideFrom: { tooltip: true } }),
    ],
    1,
    new Set(),
  );
  const distance = (index: number): number | undefined => [4, 4.5, 30][index];
  it.each([
    ['multi', 'none', 0, ['a', 'b', 'c'], ['a', 'b']],
    ['multi', 'desc', 0, ['b', 'c', 'a'], ['b', 'a']],
    ['multi', 'asc', 0, ['a', 'c', 'b'], ['a', 'b']],
    ['single', 'none', 1, ['a', 'b'], ['a', 'b']],
  ])('%s sorted %s at %d: every series as near as the nearest is marked', (mode, sort, at, labels, near) => {
    const rows = tooltipRows(model, at, mode, sort, distance);
    expect(rows.map((row) => row.label)).toEqual(labels);
    expect(rows.filter((row) => row.near).map((row) => row.label)).toEqual(near);
  });
});

describe('ticks', () => {
  it.each([
    [0, 1, 4, false, [0, 0.25, 0.5, 0.75, 1]],
    [0, 100, 5, false, [0, 20, 40, 60, 80, 100]],
    [0, 4096, 4, true, [0, 1024, 2048, 3072, 4096]],
    [-5, 5, 4, false, [-5, -2.5, 0, 2.5, 5]],
    [3, 3, 4, false, [3]],
    [NaN, NaN, 4, false, []],
  ])('numbers from %d to %d', (min, max, count, binary, expected) => expect(numberTicks(min, max, count, binary)).toEqual(expected));

  it('gives neighbours texts of equal precision', () => {
    expect(tickTexts([0, 0.25, 0.5], fakeField('a', 'number', []))).toEqual(['0.00', '0.25', '0.50']);
    expect(tickTexts([0, 20, 40], fakeField('a', 'number', []))).toEqual(['0', '20', '40']);
  });

  it('puts instants on the zone’s round hours', () => {
    const from = Date.UTC(2024, 0, 1, 0, 30);
    const { ticks, step } = timeTicks(from, from + 6 * 3_600_000, 6, 'Asia/Kolkata');
    expect(step).toBe(3_600_000);
    expect(ticks.map((at) => timeTickText(at, step, 6 * 3_600_000, 'Asia/Kolkata'))).toEqual([
      '06:00',
      '07:00',
      '08:00',
      '09:00',
      '10:00',
      '11:00',
      '12:00',
    ]);
  });

  it.each([
    [1000, 60_000, '09:00:05'],
    [60_000, 3_600_000, '09:00'],
    [86_400_000, 864_000_000, '01/01'],
    [2_592_000_000, 31_536_000_000, '2024-01'],
  ])('text at steps of %d ms', (step, span, expected) => {
    expect(timeTickText(Date.UTC(2024, 0, 1, 0, 0, 5), step, span, 'Asia/Seoul')).toBe(expected);
  });
});
