import { describe, expect, it } from 'vitest';

import { fakeField, fakeFrame } from '../../panels/testing';
import { withFilters } from '../model/adhoc';
import { builtinLookup } from '../model/builtins';
import type { Lookup } from '../model/interpolate';
import { interpolate } from '../model/interpolate';
import { resolveLink, valueLookup } from '../model/links';
import type { Panel } from '../model/types';
import { marksOf } from './annotations';
import { frameOfJson, prepare } from './query';
import { resultTexts } from './source';

const context = {
  span: { from: 0, to: 3_600_000 },
  text: { from: 'now-1h', to: 'now' },
  scrapeMs: 15_000,
  zone: 'utc',
  dashboard: { uid: 'abc', title: 'D' },
  user: { login: 'kim', email: 'k@x', id: 3 },
  allVariables: () => 'var-a=1',
};

describe('built-ins', () => {
  it.each([
    ['rate(x[$__rate_interval])', 'rate(x[1m])'],
    ['$__interval ${__interval_ms}', '30s 30000'],
    ['$__range $__range_s $__range_ms', '3600s 3600 3600000'],
    ['${__from} ${__to:date:seconds}', '0 3600'],
    ['${__dashboard.uid} ${__dashboard}', 'abc D'],
    ['${__user.login} ${__user.email} ${__org.name}', 'kim k@x Main Org.'],
    ['?${__url_time_range}&${__all_variables}', '?from=now-1h&to=now&var-a=1'],
    ['$__timezone', 'utc'],
    ['$__nothing', '$__nothing'],
  ])('%s', (text, expected) => expect(interpolate(text, builtinLookup({ ...context, stepMs: 30_000 }))).toBe(expected));
});

describe('ad hoc filters', () => {
  const filters = [{ key: 'job', operator: '=', value: 'a"b' }];
  const put = '{job="a\\"b"}';
  it.each([
    ['up', `up${put}`],
    ['up{x="{y}"}', 'up{x="{y}",job="a\\"b"}'],
    ['up{}', `up${put}`],
    ['rate(a:b[5m] offset 1h) / on (x, y) group_left (z) c', `rate(a:b${put}[5m] offset 1h) / on (x, y) group_left (z) c${put}`],
    ['sum by (job) (up)', `sum by (job) (up${put})`],
    ['sum(up) without (a, b)', `sum(up${put}) without (a, b)`],
    ['{__name__=~"a|b"}', '{__name__=~"a|b",job="a\\"b"}'],
    ['label_replace(up, "a", "$1", "b", "up(.*)") # up', `label_replace(up${put}, "a", "$1", "b", "up(.*)") # up`],
    ['topk(5, up) > 1e3 and time() - up @ 1609746000 > bool 2', `topk(5, up${put}) > 1e3 and time() - up${put} @ 1609746000 > bool 2`],
    ['up @ start()', `up${put} @ start()`],
  ])('%s', (expr, expected) => expect(withFilters(expr, filters)).toBe(expected));
  it('does nothing without filters, and quotes odd names', () => {
    expect(withFilters('up', [])).toBe('up');
    expect(withFilters('up', [{ key: 'a.b', operator: '=~', value: 'x' }])).toBe('up{"a.b"=~"x"}');
  });
});

describe('links', () => {
  const lookup: Lookup = (name) =>
    name === 'ns'
      ? { value: ['a&b', 'c d'], text: ['a', 'c'], multi: true }
      : name === 'evil'
        ? { value: 'javascript:alert(1)', text: '' }
        : builtinLookup({ ...context, stepMs: 0 })(name, undefined);
  it.each<[string, string | undefined]>([
    ['/d/x?var-ns=$ns', '/d/x?var-ns=a%26b,c%20d'],
    ['/d/x?${ns:queryparam}&${__url_time_range}', '/d/x?var-ns=a%26b&var-ns=c%20d&from=now-1h&to=now'],
    ['https://wiki/$ns', 'https://wiki/a&b,c%20d'],
    ['javascript:alert(1)', undefined],
    ['$evil', undefined],
    ['${evil:raw}', undefined],
    ['java\nscript:alert(1)', undefined],
    ['', undefined],
  ])('%s', (url, expected) => expect(resolveLink({ url, title: 't' }, lookup)?.url).toBe(expected));

  it('reads values, labels and the row', () => {
    const field = { ...fakeField('v', 'number', [1, 2]), labels: { pod: 'p', 'a.b': 'c' } };
    const frame = fakeFrame([fakeField('Time', 'time', [10, 20]), fakeField('Pod Name', 'string', ['x', 'y z']), field]);
    const text =
      '${__value.raw} ${__value.time} ${__field.name} ${__field.labels.pod} ${__field.labels["a.b"]} ${__data.fields["Pod Name"]} ${__data.fields[1]} ${__data.fields.Time} ${__series.name} ${__data.fields.none}|';
    expect(
      interpolate(
        text,
        valueLookup(frame, field, 1, () => undefined),
      ),
    ).toBe('2 20 v p c y z y z 20 v |');
  });
});

describe('prepared queries', () => {
  const sources = [
    { uid: 'bongsu', name: 'Bongsu', type: 'prometheus', isDefault: true, scrapeMs: 15_000 },
    { uid: 'two', name: 'Two', type: 'prometheus', isDefault: false, scrapeMs: 60_000 },
  ];
  const panel = (more: object): Panel => ({
    id: 1,
    type: 'timeseries',
    title: '',
    gridPos: { x: 0, y: 0, w: 1, h: 1 },
    targets: [],
    fieldConfig: { defaults: {}, overrides: [] },
    options: {},
    transformations: [],
    ...more,
  });
  const run = (more: object, width = 1000) =>
    prepare({
      panel: panel(more),
      span: { from: 0, to: 6 * 3_600_000 },
      width,
      lookup: (stepMs, scrapeMs) => builtinLookup({ ...context, stepMs, scrapeMs }),
      filters: () => [],
      sources,
      panels: [],
    });

  it.each<[string, object, number, string]>([
    ['by width', { targets: [{ refId: 'A', expr: 'x[$__interval]' }] }, 20_000, 'x[20s]'],
    ['by points of the panel', { maxDataPoints: 100, targets: [{ refId: 'A', expr: 'x[$__rate_interval]' }] }, 300_000, 'x[315s]'],
    ['by the panel’s interval', { interval: '1m', targets: [{ refId: 'A', expr: 'x[$__rate_interval]' }] }, 60_000, 'x[4m]'],
    ['by the target’s interval', { interval: '1m', targets: [{ refId: 'A', expr: 'x', interval: '2m' }] }, 120_000, 'x'],
    ['by the factor', { targets: [{ refId: 'A', expr: 'x', intervalFactor: 2 }] }, 40_000, 'x'],
    [
      'by the source’s scrape interval',
      { datasource: { uid: 'two' }, targets: [{ refId: 'A', expr: 'x[$__rate_interval]' }] },
      60_000,
      'x[4m]',
    ],
  ])('step %s', (_name, more, step, expr) => expect(run(more).map((one) => [one.stepMs, one.expr])).toEqual([[step, expr]]));

  it('chooses the source of target or panel, leaves hidden ones out, names missing ones', () => {
    const found = run({
      datasource: { uid: '-- Mixed --' },
      targets: [
        { refId: 'A', expr: 'x', datasource: { uid: 'two' } },
        { refId: 'B', expr: 'x', hide: true },
        { refId: 'C', expr: 'x', datasource: { uid: 'gone', type: 'mysql' } },
      ],
    });
    expect(found.map((one) => [one.target.refId, one.source?.uid, one.problem])).toEqual([
      ['A', 'two', undefined],
      ['C', undefined, 'there is no data source "gone"'],
    ]);
    expect(run({ targets: [{ refId: 'A', expr: 'x' }] })[0]?.source?.uid).toBe('bongsu');
  });
});

describe('answers', () => {
  it('reads frames of Grafana’s JSON', () => {
    const frame = frameOfJson(
      {
        schema: {
          refId: 'B',
          name: 'n',
          fields: [
            { name: 'time', type: 'time' },
            { name: 'v', type: 'number', labels: { a: 'b' } },
            { name: 'odd', type: 'geo' },
          ],
        },
        data: {
          values: [
            [1, 2],
            [3, null],
          ],
        },
      },
      'A',
    );
    expect(frame).toMatchObject({ refId: 'B', name: 'n', length: 2 });
    expect(frame.fields.map((field) => [field.name, field.type, field.values, field.labels])).toEqual([
      ['time', 'time', [1, 2], undefined],
      ['v', 'number', [3, null], { a: 'b' }],
      ['odd', 'other', [], undefined],
    ]);
  });
  it('writes query_result as patterns expect it', () => {
    expect(resultTexts({ resultType: 'vector', result: [{ metric: { __name__: 'up', a: 'b', c: 'd' }, value: [1.5, '1'] }] })).toEqual([
      'up{a="b",c="d"} 1 1500',
    ]);
    expect(resultTexts({ resultType: 'scalar', result: [1, '42'] })).toEqual(['42']);
  });
  it('makes marks of runs above zero', () => {
    const series = [
      {
        metric: { app: 'x' },
        values: [
          [0, '0'],
          [60, '1'],
          [120, '1'],
          [240, '1'],
          [300, 'NaN'],
        ],
      },
    ];
    expect(marksOf(series as never, { titleFormat: 'Deploy {{app}}', tagKeys: 'app,none' }, 60_000, 'red')).toEqual([
      { title: 'Deploy x', text: '', tags: ['x'], color: 'red', time: 60_000, timeEnd: 120_000 },
      { title: 'Deploy x', text: '', tags: ['x'], color: 'red', time: 240_000, timeEnd: undefined },
    ]);
    expect(
      marksOf(
        [
          {
            metric: {},
            values: [
              [0, '5000'],
              [60, '5000'],
            ],
          },
        ] as never,
        { useValueForTime: true },
        60_000,
        'red',
      ).map((mark) => mark.time),
    ).toEqual([5000]);
  });
});
