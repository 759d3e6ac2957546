import { describe, expect, it } from 'vitest';

import { fullText } from '../../panels/contract';
import type { JsonObject } from '../../panels/json';
import { decorate, namedColor, reducers, transform, transformationIds, units } from './engine';
import type { DecorateOptions } from './engine';
import type { RawFrame } from './frames';
import { framesOf } from './prometheus';

const target = { refId: 'A', expr: 'up', legendFormat: '', format: 'time_series', queries: 1, stepMs: 60_000 } as const;
const vector = (...items: [Record<string, string>, string][]): JsonObject => ({
  resultType: 'vector',
  result: items.map(([metric, value]) => ({ metric, value: [1700000000, value] })),
});
const matrix = (...items: [Record<string, string>, string[]][]): JsonObject => ({
  resultType: 'matrix',
  result: items.map(([metric, values]) => ({ metric, values: values.map((value, index) => [1700000000 + index * 60, value]) })),
});
const config = (defaults: JsonObject, overrides: JsonObject[] = []): DecorateOptions => ({
  fieldConfig: { defaults, overrides },
  defaults: { color: { mode: 'palette-classic' } },
  dark: true,
  zone: 'utc',
  replace: (text) => text,
  links: () => [],
});

describe('frames of Prometheus answers', () => {
  it.each([
    ['', { __name__: 'up', job: 'a', b: 'c' }, 'up{b="c", job="a"}'],
    ['', {}, 'up'],
    ['{{job}}/{{ b }}{{none}}', { job: 'a', b: 'c' }, 'a/c'],
    ['__auto', {}, 'up'],
    ['fixed', { job: 'a' }, 'fixed'],
  ])('legend %s', (legendFormat, labels, expected) => {
    const [frame] = framesOf(matrix([labels as Record<string, string>, ['1']]), { ...target, legendFormat });
    expect(frame?.fields[1]?.config['displayNameFromDS']).toBe(expected);
  });

  it('keeps special numbers', () => {
    const [frame] = framesOf(matrix([{}, ['NaN', '+Inf', '-Inf', '1e3']]), target);
    expect(frame?.fields[1]?.values).toEqual([NaN, Infinity, -Infinity, 1000]);
    expect(frame?.fields[0]?.values[1]).toBe(1700000060000);
  });

  it.each([
    [1, 'Value'],
    [2, 'Value #A'],
  ])('a table of %d queries', (queries, name) => {
    const [frame] = framesOf(vector([{ b: '1', a: 'x' }, '5'], [{ c: '2' }, '6']), { ...target, format: 'table', queries });
    expect(frame?.fields.map((field) => field.name)).toEqual(['Time', 'a', 'b', 'c', name]);
    expect(frame?.fields.map((field) => field.values)).toEqual([
      [1700000000000, 1700000000000],
      ['x', ''],
      ['1', ''],
      ['', '2'],
      [5, 6],
    ]);
  });

  it('takes the lower buckets off cumulative ones, in order of bounds', () => {
    const [frame] = framesOf(matrix([{ le: '+Inf' }, ['10']], [{ le: '1' }, ['4']], [{ le: '5' }, ['7']]), {
      ...target,
      format: 'heatmap',
    });
    expect(frame?.fields.slice(1).map((field) => [field.name, field.values[0]])).toEqual([
      ['1', 4],
      ['5', 3],
      ['+Inf', 3],
    ]);
  });

  it('reads native histograms', () => {
    const data: JsonObject = {
      resultType: 'matrix',
      result: [
        {
          metric: {},
          histograms: [
            [
              1700000000,
              {
                count: '3',
                sum: '1',
                buckets: [
                  [0, '0.5', '1', '2'],
                  [0, '1', '2', '1'],
                ],
              },
            ],
          ],
        },
      ],
    };
    expect(
      framesOf(data, { ...target, format: 'heatmap' })[0]
        ?.fields.slice(1)
        .map((field) => [field.name, field.values[0]]),
    ).toEqual([
      ['1', 2],
      ['2', 1],
    ]);
    expect(framesOf(data, target)[0]?.fields[1]?.values).toEqual([3]);
  });

  it('reads scalars, and nothing from nonsense', () => {
    expect(framesOf({ resultType: 'scalar', result: [1, '2'] }, target)[0]?.fields[1]?.values).toEqual([2]);
    expect(framesOf({ resultType: 'matrix', result: 'no' }, target)).toEqual([]);
    expect(framesOf(undefined, target)).toEqual([]);
  });
});

describe('field config', () => {
  const frames = (): RawFrame[] =>
    framesOf(matrix([{ job: 'a' }, ['1', '3']], [{ job: 'b' }, ['10', '20']]), { ...target, legendFormat: '{{job}}' });

  it.each<[string, JsonObject, unknown, string]>([
    ['bytes', { unit: 'bytes' }, 1536, '1.50 KiB'],
    ['percent', { unit: 'percentunit', decimals: 1 }, 0.256, '25.6%'],
    ['suffix', { unit: 'req/s' }, 3, '3 req/s'],
    ['seconds', { unit: 's' }, 90, '1.50 mins'],
    ['value mapping', { mappings: [{ type: 'value', options: { '0': { text: 'DOWN', color: 'red' } } }] }, 0, 'DOWN'],
    ['null mapping', { mappings: [{ type: 'special', options: { match: 'null', result: { text: 'N/A' } } }] }, null, 'N/A'],
    ['range mapping', { mappings: [{ type: 'range', options: { from: 1, to: 5, result: { text: 'low' } } }] }, 3, 'low'],
    ['no value', { noValue: 'none' }, null, 'none'],
  ])('%s', (_name, defaults, value, expected) => {
    const [frame] = decorate(frames(), config(defaults));
    const field = frame?.fields[1];
    expect(field === undefined ? '' : fullText(field.display(value))).toBe(expected);
  });

  it('applies overrides of every matcher and property, dotted ones too, without touching the document', () => {
    const defaults: JsonObject = { custom: { hideFrom: { legend: false, viz: false } }, unit: 'short' };
    const overrides: JsonObject[] = [
      {
        matcher: { id: 'byName', options: 'a' },
        properties: [
          { id: 'custom.hideFrom.viz', value: true },
          { id: 'displayName', value: 'first' },
          { id: 'custom.anything', value: { x: 1 } },
        ],
      },
      {
        matcher: { id: 'byRegexp', options: '/^b$/' },
        properties: [
          { id: 'unit', value: 's' },
          { id: 'color', value: { mode: 'fixed', fixedColor: 'semi-dark-red' } },
        ],
      },
      { matcher: { id: 'byFrameRefID', options: 'A' }, properties: [{ id: 'min', value: 0 }] },
      {
        matcher: { id: 'byNames', options: { mode: 'exclude', names: ['first'], prefix: 'All except:', readOnly: true } },
        properties: [{ id: 'max', value: 99 }],
      },
      { matcher: { id: 'noSuchMatcher' }, properties: [{ id: 'unit', value: 'x' }] },
    ];
    const before = JSON.stringify([defaults, overrides]);
    const [a, b] = decorate(frames(), config(defaults, overrides)).map((frame) => frame.fields[1]);
    expect(a?.custom).toEqual({ hideFrom: { legend: false, viz: true }, anything: { x: 1 } });
    expect(b?.custom).toEqual({ hideFrom: { legend: false, viz: false } });
    expect([a?.title, b?.title]).toEqual(['first', 'b']);
    expect([a?.unit, b?.unit]).toEqual(['short', 's']);
    expect(b?.color).toBe(namedColor('semi-dark-red', true));
    expect([a?.min, b?.min, b?.max]).toEqual([0, 0, 99]);
    expect(JSON.stringify([defaults, overrides])).toBe(before);
  });

  it('reads a threshold base of null as minus infinity, percentages as shares of the range', () => {
    const [frame] = decorate(
      frames(),
      config({
        color: { mode: 'thresholds' },
        thresholds: {
          mode: 'absolute',
          steps: [
            { color: 'green', value: null },
            { color: 'red', value: 5 },
          ],
        },
      }),
    );
    expect(frame?.fields[1]?.display(3).color).toBe(namedColor('green', true));
    expect(frame?.fields[1]?.display(7).color).toBe(namedColor('red', true));
    expect(frame?.fields[1]?.thresholds.map((step) => step.value)).toEqual([-Infinity, 5]);
    const [percent] = decorate(
      frames(),
      config({
        min: 0,
        max: 50,
        thresholds: {
          mode: 'percentage',
          steps: [
            { color: 'green', value: null },
            { color: 'red', value: 80 },
          ],
        },
      }),
    );
    expect(percent?.fields[1]?.thresholds.map((step) => step.value)).toEqual([-Infinity, 40]);
  });

  it('reduces', () => {
    const field = decorate(frames(), config({}))[1]?.fields[1];
    expect(['mean', 'max', 'lastNotNull', 'sum', 'count', 'range', 'nonsense', 'avg', 'p95'].map((id) => field?.calc(id))).toEqual([
      15,
      20,
      20,
      30,
      2,
      10,
      null,
      15,
      20,
    ]);
  });

  it('gives series the colours of the palette in order', () => {
    const colors = decorate(frames(), config({})).map((frame) => frame.fields[1]?.color);
    expect(colors).toEqual(
      [namedColor('#73BF69', true), namedColor('#F2CC0C', true)].map((color) => expect.stringMatching(new RegExp(color, 'i'))),
    );
  });

  it('survives nonsense', () => {
    const overrides = [
      { matcher: { id: 'byName' }, properties: 'none' },
      {},
      { matcher: { id: 'byRegexp', options: '/(/' }, properties: [{ id: 'unit', value: 3 }] },
    ] as unknown as JsonObject[];
    expect(() =>
      decorate(
        frames(),
        config(
          { unit: 7, thresholds: 'x', mappings: [{ type: 'regex', options: { pattern: '(', result: {} } }], links: 'x' } as JsonObject,
          overrides,
        ),
      ),
    ).not.toThrow();
  });
});

describe('transformations', () => {
  const table = (refId: string, value: string): RawFrame[] =>
    framesOf(vector([{ pod: 'a' }, value], [{ pod: 'b' }, value]), { ...target, refId, format: 'table', queries: 2 });
  const names = async (frames: RawFrame[], steps: { id: string; options: JsonObject }[]): Promise<unknown> => {
    const result = await transform(frames, steps, (text) => text);
    expect(result.problems).toEqual([]);
    return result.frames.map((frame) => frame.fields.map((field) => [field.config['displayName'] ?? field.name, [...field.values]]));
  };

  it('joins tables as the Kubernetes dashboards do', async () => {
    expect(
      await names(
        [...table('A', '1'), ...table('B', '2')],
        [
          { id: 'joinByField', options: { byField: 'pod', mode: 'outer' } },
          {
            id: 'organize',
            options: {
              excludeByName: { Time: true, 'Time 1': true, 'Time 2': true },
              indexByName: { 'Value #B': 0, pod: 1 },
              renameByName: { 'Value #A': 'CPU' },
            },
          },
        ],
      ),
    ).toEqual([
      [
        ['Value #B', [2, 2]],
        ['pod', ['a', 'b']],
        ['CPU', [1, 1]],
      ],
    ]);
  });

  it('reduces series to rows', async () => {
    expect(
      await names(framesOf(matrix([{ job: 'a' }, ['1', '3']]), { ...target, legendFormat: '{{job}}' }), [
        { id: 'reduce', options: { reducers: ['max', 'mean'] } },
      ]),
    ).toEqual([
      [
        ['Field', ['a']],
        ['Max', [3]],
        ['Mean', [2]],
      ],
    ]);
  });

  it('calculates, filters, groups, sorts', async () => {
    expect(
      await names(table('A', '4'), [
        {
          id: 'calculateField',
          options: { mode: 'binary', alias: 'twice', binary: { left: 'Value #A', operator: '*', right: '2' }, reduce: { reducer: 'sum' } },
        },
        { id: 'filterFieldsByName', options: { include: { names: ['pod', 'twice'] } } },
        {
          id: 'groupBy',
          options: {
            fields: { pod: { aggregations: [], operation: 'groupby' }, twice: { aggregations: ['sum'], operation: 'aggregate' } },
          },
        },
        { id: 'sortBy', options: { sort: [{ field: 'pod', desc: true }] } },
      ]),
    ).toEqual([
      [
        ['pod', ['b', 'a']],
        ['twice (sum)', [8, 8]],
      ],
    ]);
  });

  it('names what it cannot apply and goes on', async () => {
    const { frames, problems } = await transform(
      table('A', '1'),
      [
        { id: 'spatialMagic', options: {} },
        { id: 'merge', options: {} },
      ],
      (text) => text,
    );
    expect(problems).toEqual(['spatialMagic']);
    expect(frames).toHaveLength(1);
  });

  it('extracts fields from JSON, pairs and patterns', async () => {
    const frame = (text: string): RawFrame[] => [
      {
        refId: 'A',
        length: 1,
        fields: [
          { name: 'Time', type: 'time', values: [1], config: {} },
          { name: 'line', type: 'string', values: [text], config: {} },
        ],
      },
    ];
    expect(
      await names(frame('{"a":1,"b":{"c":"x"}}'), [{ id: 'extractFields', options: { source: 'line', format: 'json', replace: true } }]),
    ).toEqual([
      [
        ['a', [1]],
        ['b', ['{"c":"x"}']],
      ],
    ]);
    expect(
      await names(frame('{"b":{"c":"x"}}'), [
        {
          id: 'extractFields',
          options: { source: 'line', format: 'json', replace: true, keepTime: true, jsonPaths: [{ path: 'b.c', alias: 'deep' }] },
        },
      ]),
    ).toEqual([
      [
        ['Time', [1]],
        ['deep', ['x']],
      ],
    ]);
    expect(
      await names(frame('level=info msg="hello there"'), [
        { id: 'extractFields', options: { source: 'line', format: 'kvp', replace: true } },
      ]),
    ).toEqual([
      [
        ['level', ['info']],
        ['msg', ['hello there']],
      ],
    ]);
    expect(
      await names(frame('GET /x 200'), [
        { id: 'extractFields', options: { source: 'line', format: 'regexp', regExp: '/(?<status>\\d+)$/', replace: true } },
      ]),
    ).toEqual([[['status', ['200']]]]);
  });

  it('prepares time series of all three shapes', async () => {
    const series = framesOf(matrix([{ job: 'a' }, ['1', '2']], [{ job: 'b' }, ['3']]), target);
    const wide = await transform(series, [{ id: 'prepareTimeSeries', options: { format: 'wide' } }], (text) => text);
    expect(wide.frames[0]?.fields.map((field) => field.values)).toEqual([
      [1700000000000, 1700000060000],
      [1, 2],
      [3, null],
    ]);
    const long = await transform(series, [{ id: 'prepareTimeSeries', options: { format: 'long' } }], (text) => text);
    expect(long.frames[0]?.fields.map((field) => [field.name, field.values.length])).toEqual([
      ['Time', 3],
      ['job', 3],
      ['Value', 3],
    ]);
    const multi = await transform(long.frames, [{ id: 'prepareTimeSeries', options: { format: 'multi' } }], (text) => text);
    expect(multi.frames.map((frame) => frame.fields[1]?.labels)).toEqual([{ job: 'a' }, { job: 'b' }]);
  });

  it('offers lists for menus', () => {
    expect(transformationIds()).toEqual(
      expect.arrayContaining([
        'organize',
        'merge',
        'joinByField',
        'groupBy',
        'extractFields',
        'prepareTimeSeries',
        'labelsToFields',
        'reduce',
      ]),
    );
    expect(reducers().length).toBeGreaterThan(20);
    expect(units().flatMap((group) => group.units.map((unit) => unit.id))).toEqual(
      expect.arrayContaining(['bytes', 's', 'percentunit', 'reqps']),
    );
  });
});
