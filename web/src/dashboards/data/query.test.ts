import { afterEach, describe, expect, it, vi } from 'vitest';

import { fakeField, fakeFrame } from '../../panels/testing';
import { belowBase } from '../../panels/url';
import { withFilters } from '../model/adhoc';
import { builtinLookup } from '../model/builtins';
import type { Lookup } from '../model/interpolate';
import { interpolate } from '../model/interpolate';
import { resolveLink, valueLookup } from '../model/links';
import type { Panel } from '../model/types';
import { marksOf } from './annotations';
import { frameOfJson, requestOf } from './on-server';
import { prepare, runQueries } from './query';
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

describe('addresses of ours below a prefix', () => {
  it.each([
    ['/d/abc/x?var-a=1', '/team/d/abc/x?var-a=1'],
    ['/dashboards', '/team/dashboards'],
    ['/explore?left=1', '/team/explore?left=1'],
    ['/team/d/abc', '/team/d/abc'],
    ['/docs/x', '/docs/x'],
    ['/dabc', '/dabc'],
    ['https://example.com/d/abc', 'https://example.com/d/abc'],
    ['d/abc', 'd/abc'],
  ])('%s', (written, expected) => {
    expect(belowBase(written, '/team')).toBe(expected);
    expect(belowBase(written, '')).toBe(written);
  });

  it('are links of documents, in new tabs too', () => {
    document.head.innerHTML = `<base href="${window.location.origin}/team/">`;
    const link = resolveLink({ url: '/d/$x', title: 'T', targetBlank: true }, (name) => (name === 'x' ? { value: 'a b', text: '' } : undefined));
    document.head.innerHTML = '';
    expect(link).toEqual({ url: '/team/d/a%20b', title: 'T', newTab: true });
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

describe('queries that the server runs', () => {
  const source = (type: string) => ({ uid: `${type}-1`, name: type, type, isDefault: false, scrapeMs: 15_000 });
  const values: Lookup = (name) =>
    name === 'host' ? { value: ["a'b", 'c.d'], text: 'x', multi: true } : name === 'table' ? { value: 'logs', text: 'logs' } : undefined;
  const lookup: Lookup = (name, path) => values(name, path) ?? builtinLookup({ ...context, stepMs: 30_000 })(name, path);

  it.each([
    ['mysql', 'rawSql', 'select * from $table where $__timeFilter(t) and host in ($host)', "select * from logs where $__timeFilter(t) and host in ('a''b','c.d')"],
    ['grafana-postgresql-datasource', 'rawSql', "$__timeGroup(t, '$__interval')", "$__timeGroup(t, '30s')"],
    ['influxdb', 'query', 'where $timeFilter and h =~ /^$host$/', "where time >= 0ms and time <= 3600000ms and h =~ /^(a'b|c\\.d)$/"],
    ['elasticsearch', 'query', 'host:$host', `host:("a'b" OR "c.d")`],
    ['loki', 'expr', '{host=~"$host"}', `{host=~"(a\\\\'b|c\\\\.d)"}`],
  ])('%s: %s', (type, key, text, expected) => {
    const sent = requestOf({ target: { refId: 'B', [key]: text, odd: { kept: 1 } }, source: source(type), stepMs: 30_000, lookup }, 500);
    expect(sent).toEqual({
      refId: 'B',
      [key]: expected,
      odd: { kept: 1 },
      datasource: { uid: `${type}-1`, type },
      intervalMs: 30_000,
      maxDataPoints: 500,
    });
  });

  const answers = (results: object): string[] => {
    const bodies: string[] = [];
    vi.stubGlobal('fetch', async (_address: string, options: RequestInit) => {
      bodies.push(String(options.body));
      return new Response(JSON.stringify({ results }), { headers: { 'Content-Type': 'application/json' } });
    });
    return bodies;
  };
  const frame = (value: number) => ({ schema: { fields: [{ name: 'v', type: 'number' }] }, data: { values: [[value]] } });
  const run = (targets: object[], datasource: object) =>
    runQueries(
      {
        panel: { datasource, targets } as unknown as Panel,
        span: { from: 0, to: 60_000 },
        width: 300,
        lookup: () => () => undefined,
        filters: () => [],
        sources: [{ ...source('mysql') }, { ...source('prometheus'), isDefault: true }],
        panels: [],
      },
      new AbortController().signal,
    );
  afterEach(() => vi.unstubAllGlobals());

  it('go in one request, and one that fails leaves the others', async () => {
    const bodies = answers({ A: { frames: [frame(1)] }, B: { error: 'no such table' } });
    const mixed = { type: 'datasource', uid: '-- Mixed --' };
    const mysql = { type: 'mysql', uid: 'mysql-1' };
    const { frames, errors } = await run(
      [
        { refId: 'A', datasource: mysql, rawSql: 'select 1' },
        { refId: 'B', datasource: mysql, rawSql: 'select 2' },
      ],
      mixed,
    );
    expect(bodies).toHaveLength(1);
    expect(frames.map(({ fields }) => fields[0]?.values)).toEqual([[1]]);
    expect(errors).toEqual(['B: no such table']);
  });

  it('take along what expressions name, hidden or not', async () => {
    const bodies = answers({ A: { frames: [frame(1)] }, C: { frames: [frame(2)] } });
    const { frames } = await run(
      [
        { refId: 'A', hide: true, expr: 'up' },
        { refId: 'C', datasource: { type: '__expr__', uid: '__expr__' }, type: 'math', expression: '$A * 2' },
      ],
      { type: 'prometheus', uid: 'prometheus-1' },
    );
    const { queries } = JSON.parse(bodies[0] ?? '{}') as { queries: { refId: string; expr?: string; expression?: string }[] };
    expect(queries.map(({ refId, expr, expression }) => [refId, expr ?? expression])).toEqual([
      ['A', 'up'],
      ['C', '$A * 2'],
    ]);
    expect(frames.map(({ fields }) => fields[0]?.values)).toEqual([[2]]);
  });

  it('tell once that the server could not be asked', async () => {
    vi.stubGlobal('fetch', async () => new Response('{"message":"no"}', { status: 502, headers: { 'Content-Type': 'application/json' } }));
    const { errors } = await run([{ refId: 'A' }, { refId: 'B' }], { type: 'mysql', uid: 'mysql-1' });
    expect(errors).toEqual(['no']);
  });
});
