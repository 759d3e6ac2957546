import { describe, expect, it } from 'vitest';

import { barGroups, barRange, histogramGroups } from './barchart/model';
import type { AlertRow } from './contract';
import { HEATMAP_SCHEMES, heatmapColor, heatmapOf } from './heatmap/model';
import { chosenAlerts, labelMatchers } from './lists/model';
import { levelOf, logLines } from './logs/model';
import { stateRows, statesOf } from './state-timeline/model';
import { fakeField, fakeFrame } from './testing';

const span = { from: 0, to: 100 };

describe('state timeline', () => {
  const frame = fakeFrame([fakeField('Time', 'time', [0, 10, 20, 60, 70]), fakeField('s', 'number', [1, 1, null, 2, 2])]);
  it('merges equal neighbours; missing values and late samples end a run', () => {
    expect(stateRows([frame], span, 10, true)[0]?.runs.map(({ from, to, text }) => [from, to, text])).toEqual([
      [0, 20, '1'],
      [60, 80, '2'],
    ]);
  });
  it('keeps samples apart when told', () =>
    expect(stateRows([frame], span, 10, false)[0]?.runs.map(({ from, to }) => [from, to])).toEqual([
      [0, 10],
      [10, 20],
      [60, 70],
      [70, 80],
    ]));
  it('lists each state once', () => expect(statesOf(stateRows([frame], span, 10, true)).map((state) => state.text)).toEqual(['1', '2']));
});

describe('heatmap', () => {
  const text = (value: number): string => String(value);
  it('orders buckets by bound, leaves zeros to the background', () => {
    const frame = fakeFrame([
      fakeField('Time', 'time', [0, 10]),
      fakeField('+Inf', 'number', [1, 2]),
      fakeField('0.5', 'number', [0, null]),
      fakeField('10', 'number', [5, 6]),
    ]);
    const map = heatmapOf([frame], {}, span, 10, text);
    expect(map?.rows).toEqual(['0.5', '10', '+Inf']);
    expect(map?.counts).toEqual([
      [0, null],
      [5, 6],
      [1, 2],
    ]);
    expect([map?.min, map?.max, map?.stepMs]).toEqual([1, 6, 10]);
  });
  it('counts samples into buckets', () => {
    const frame = fakeFrame([fakeField('Time', 'time', [0, 50, 99]), fakeField('v', 'number', [0, 10, 10])]);
    const map = heatmapOf([frame], { calculate: true, calculation: { yBuckets: { mode: 'size', value: '5' } } }, span, 50, text);
    expect(map?.rows).toEqual(['5', '10', '15']);
    expect(map?.counts).toEqual([
      [1, null],
      [null, null],
      [null, 2],
    ]);
  });
  it('survives equal values and none', () => {
    expect(
      heatmapOf([fakeFrame([fakeField('Time', 'time', [0]), fakeField('v', 'number', [3])])], { calculate: true }, span, 0, text)
        ?.counts.flat()
        .filter((count) => count === 1),
    ).toHaveLength(1);
    expect(heatmapOf([], {}, span, 10, text)).toBeUndefined();
  });
  it('colours from least to greatest', () => {
    const color = heatmapColor({ color: { scheme: 'Blues' } }, { min: 0, max: 10 }, false, (name) => name);
    expect([color(0), color(10), color(99)]).toEqual(['rgb(247, 251, 255)', 'rgb(8, 48, 107)', 'rgb(8, 48, 107)']);
    expect(heatmapColor({ color: { scheme: 'Blues' } }, { min: 0, max: 10 }, true, (name) => name)(0)).toBe('rgb(8, 48, 107)');
    expect(heatmapColor({ color: { mode: 'opacity', fill: 'red', exponent: 1 } }, { min: 0, max: 10 }, true, (name) => name)(5)).toBe(
      'color-mix(in srgb, red 50.0%, transparent)',
    );
    for (const scheme of HEATMAP_SCHEMES)
      expect(heatmapColor({ color: { scheme } }, { min: 0, max: 1 }, false, (name) => name)(0.5)).toMatch(/^rgb\(\d+, \d+, \d+\)$/);
  });
});

describe('bars', () => {
  it('groups by the text column, or the wanted one', () => {
    const frame = fakeFrame([
      fakeField('pod', 'string', ['a', 'b']),
      fakeField('ns', 'string', ['x', 'x']),
      fakeField('v', 'number', [1, -2]),
    ]);
    expect(barGroups([frame], {}, 'utc').map((group) => [group.name, group.bars.map((bar) => bar.value)])).toEqual([
      ['a', [1]],
      ['b', [-2]],
    ]);
    expect(barGroups([frame], { xField: 'ns' }, 'utc').map((group) => [group.name, group.bars.map((bar) => bar.value)])).toEqual([
      ['x', [1, -2]],
    ]);
  });
  it('names by time without a text', () =>
    expect(barGroups([fakeFrame([fakeField('Time', 'time', [0]), fakeField('v', 'number', [1])])], {}, 'utc')[0]?.name).toBe(
      '01/01 00:00',
    ));
  it.each([
    ['none', -2, 3],
    ['normal', -2, 4],
    ['percent', 0, 1],
  ] as const)('range %s', (stacked, min, max) => {
    const group = { name: 'g', bars: [1, 3, -2].map((value) => ({ field: fakeField('v', 'number', []), value, color: '', text: '' })) };
    expect(barRange([group], stacked)).toEqual({ min, max });
  });
  it('counts a histogram in buckets of a size, of each series or of all', () => {
    const frames = [fakeFrame([fakeField('a', 'number', [0, 1, 5])]), fakeFrame([fakeField('b', 'number', [5, 6, NaN])])];
    expect(histogramGroups(frames, { bucketSize: 5 }).map((group) => group.bars.map((bar) => bar.value))).toEqual([
      [2, 0],
      [1, 2],
    ]);
    expect(histogramGroups(frames, { bucketSize: 5, combine: true }).map((group) => group.bars.map((bar) => bar.value))).toEqual([
      [2],
      [3],
    ]);
    expect(histogramGroups(frames, { bucketSize: 1e-9 }).length).toBeLessThanOrEqual(201);
    expect(histogramGroups([], {})).toEqual([]);
  });
});

describe('logs', () => {
  it('finds the line, its labels and its level; newest first', () => {
    const frame = fakeFrame([
      fakeField('Time', 'time', [1, 2]),
      fakeField('app', 'string', ['x', 'y']),
      fakeField('Line', 'string', ['level=warn a', 'plain']),
    ]);
    expect(logLines([frame], false)).toEqual([
      { time: 2, text: 'plain', labels: { app: 'y' }, level: '' },
      { time: 1, text: 'level=warn a', labels: { app: 'x' }, level: 'warning' },
    ]);
    expect(logLines([frame], true)[0]?.time).toBe(1);
  });
  it.each([
    [{ level: 'ERR' }, '', 'error'],
    [{}, '"severity": "CRITICAL"', 'critical'],
    [{}, '2024 INFO started', 'info'],
    [{}, 'information', ''],
  ])('level of %j %s', (labels, text, level) => expect(levelOf(labels as Record<string, string>, text)).toBe(level));
});

describe('alert list', () => {
  const alert = (name: string, state: string, since: number, labels = {}): AlertRow => ({
    name,
    state,
    since,
    labels: { alertname: name, ...labels },
    annotations: {},
    value: '1',
  });
  const alerts = [alert('B', 'firing', 5, { team: 'db' }), alert('A', 'pending', 9), alert('C', 'inactive', 1)];
  it.each<[string, object, string[]]>([
    ['defaults', {}, ['A', 'B']],
    ['only firing', { stateFilter: { firing: true, pending: false } }, ['B']],
    ['by name', { alertName: '$n' }, ['B']],
    ['by label', { alertInstanceLabelFilter: '{team=~"d.*"}' }, ['B']],
    ['newest first', { sortOrder: 5 }, ['A', 'B']],
    ['by state', { sortOrder: 3, stateFilter: { normal: true } }, ['B', 'A', 'C']],
  ])('%s', (_name, options, expected) =>
    expect(chosenAlerts(alerts, options as never, (text) => text.replace('$n', 'b')).map((row) => row.name)).toEqual(expected),
  );
  it('leaves out what is no matcher', () => expect(labelMatchers('{a="b", c=~"(", rubbish}')).toHaveLength(1));
});
