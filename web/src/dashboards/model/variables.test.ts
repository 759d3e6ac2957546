import { describe, expect, it } from 'vitest';

import { interpolate, plainText, promqlFormat } from './interpolate';
import { viewItems } from './repeat';
import type { Panel, VariableDoc } from './types';
import { ALL, choose, customOptions, intervalOptions, optionsFromStrings, parseVariableQuery, queryText } from './variable-options';
import type { VariableQuery } from './variable-options';
import { dataSourceRef, filterText, initialVariables, repeatValues, resolutionOrder, resolveVariables, variableLookup } from './variables';
import type { DataSourceInfo, Variable, VariableSource } from './variables';

const doc = (name: string, more: Partial<VariableDoc> = {}): VariableDoc => ({ name, type: 'query', ...more });
const sources: DataSourceInfo[] = [
  { uid: 'loki', name: 'Logs', type: 'loki', isDefault: false, scrapeMs: 15_000 },
  { uid: 'bongsu', name: 'Bongsu', type: 'prometheus', isDefault: true, scrapeMs: 15_000 },
  { uid: 'other', name: 'Prom-2', type: 'prometheus', isDefault: false, scrapeMs: 15_000 },
];

class Fake implements VariableSource {
  readonly asked: { uid: string | undefined; query: VariableQuery }[] = [];
  constructor(private readonly answer: (query: VariableQuery) => string[]) {}
  dataSources(): readonly DataSourceInfo[] {
    return sources;
  }
  async strings(source: { uid?: string } | undefined, query: VariableQuery): Promise<string[]> {
    this.asked.push({ uid: source?.uid, query });
    return this.answer(query);
  }
}

const resolve = (variables: Variable[], source: VariableSource, changed?: string[], keep: string[] = []): Promise<Variable[]> =>
  resolveVariables(variables, source, {
    keepUnknown: new Set(keep),
    changed: changed === undefined ? undefined : new Set(changed),
    builtin: () => undefined,
    signal: new AbortController().signal,
  });

describe('query texts', () => {
  it.each([
    ['label_values(up, job)', { kind: 'label-values', match: 'up', label: 'job' }],
    ['label_values(job)', { kind: 'label-values', match: '', label: 'job' }],
    ['label_values(up, 지역)', { kind: 'label-values', match: 'up', label: '지역' }],
    ['label_values(up{a=~"x,y", b="(z)"}, instance)', { kind: 'label-values', match: 'up{a=~"x,y", b="(z)"}', label: 'instance' }],
    ['label_values({__name__=~"a|b"}, "service.name")', { kind: 'label-values', match: '{__name__=~"a|b"}', label: 'service.name' }],
    ['label_names()', { kind: 'label-names', match: '' }],
    ['metrics(node_.*)', { kind: 'metrics', pattern: 'node_.*' }],
    ['query_result(topk(5, sum by (a) (up)))', { kind: 'query-result', expr: 'topk(5, sum by (a) (up))' }],
    ['up{job="x"}', { kind: 'series', match: 'up{job="x"}' }],
  ])('%s', (text, expected) => expect(parseVariableQuery(text)).toEqual(expected));

  it.each([
    ['text', doc('a', { query: 'label_values(x)' }), 'label_values(x)'],
    ['object', doc('a', { query: { query: 'label_values(x)', refId: 'S' } }), 'label_values(x)'],
    ['structured', doc('a', { query: { qryType: 1, metric: 'up', label: 'job' } }), 'label_values(up, job)'],
    ['definition only', doc('a', { definition: 'label_values(y)' }), 'label_values(y)'],
  ])('%s form', (_name, variable, expected) => expect(queryText(variable)).toBe(expected));
});

describe('options', () => {
  it.each<[string, string[], Partial<VariableDoc>, [string, string][]]>([
    [
      'as found',
      ['b', 'a', 'b'],
      {},
      [
        ['b', 'b'],
        ['a', 'a'],
      ],
    ],
    [
      'group',
      ['up{job="x"}', 'up{job="y"}', 'none'],
      { regex: '/job="([^"]+)"/' },
      [
        ['x', 'x'],
        ['y', 'y'],
      ],
    ],
    ['named groups', ['a{id="1",n="one"}'], { regex: '/id="(?<value>[^"]+)",n="(?<text>[^"]+)"/' }, [['one', '1']]],
    ['filter without group', ['web-1', 'db-1'], { regex: '/^web/' }, [['web-1', 'web-1']]],
    ['plain pattern matches whole', ['web-1', 'xweb-1'], { regex: 'web.*' }, [['web-1', 'web-1']]],
    [
      'sort letters',
      ['b', 'a', 'B'],
      { sort: 1 },
      [
        ['B', 'B'],
        ['a', 'a'],
        ['b', 'b'],
      ],
    ],
    [
      'sort numbers down',
      ['n2', 'n10', 'n1'],
      { sort: 4 },
      [
        ['n10', 'n10'],
        ['n2', 'n2'],
        ['n1', 'n1'],
      ],
    ],
    [
      'sort without case',
      ['b', 'A'],
      { sort: 5 },
      [
        ['A', 'A'],
        ['b', 'b'],
      ],
    ],
    [
      'natural',
      ['n10', 'n2'],
      { sort: 7 },
      [
        ['n2', 'n2'],
        ['n10', 'n10'],
      ],
    ],
    ['broken pattern keeps all', ['a'], { regex: '/(/' }, [['a', 'a']]],
  ])('%s', (_name, found, more, expected) =>
    expect(optionsFromStrings(found, doc('v', more)).map(({ text, value }) => [text, value])).toEqual(expected),
  );

  it('reads custom lists', () =>
    expect(customOptions('a, b : c ,d\\,e,,')).toEqual([
      { text: 'a', value: 'a' },
      { text: 'b', value: 'c' },
      { text: 'd,e', value: 'd,e' },
    ]));
  it('reads intervals', () =>
    expect(intervalOptions(doc('i', { query: '1m,10m,bad,1h', auto: true })).map((option) => option.value)).toEqual([
      '$__auto_interval_i',
      '1m',
      '10m',
      '1h',
    ]));

  it.each<[string, string[], Partial<VariableDoc>, boolean, string[]]>([
    ['wanted exists', ['b'], {}, false, ['b']],
    ['wanted is gone', ['z'], {}, false, ['a']],
    ['wanted is gone but all is offered', ['z'], { includeAll: true }, false, [ALL]],
    ['from the URL', ['z'], {}, true, ['z']],
    ['all without includeAll falls to the first option', [ALL], {}, false, ['a']],
    ['all', [ALL, 'b'], { includeAll: true, multi: true }, false, [ALL]],
    ['several', ['b', 'a', 'z'], { multi: true }, false, ['b', 'a']],
    ['several on a single', ['b', 'a'], {}, false, ['b']],
    ['by text', ['Bee'], {}, false, ['b']],
  ])('%s', (_name, wanted, more, keep, expected) =>
    expect(
      choose(
        [
          { text: 'a', value: 'a' },
          { text: 'Bee', value: 'b' },
        ],
        wanted,
        doc('v', more),
        keep,
      ),
    ).toEqual(expected),
  );
});

describe('resolution', () => {
  const chain = [
    doc('pod', { query: 'label_values(x{ns=~"$ns"}, pod)', datasource: { uid: '$ds' }, multi: true, includeAll: true }),
    doc('ns', { query: 'label_values(x{c="$cluster"}, ns)', datasource: { uid: '${ds}', type: 'prometheus' } }),
    doc('cluster', { query: 'label_values(x, c)', datasource: '$ds' }),
    doc('ds', { type: 'datasource', query: 'prometheus', regex: '/Prom/' }),
  ];

  it('orders by what mentions what, and survives cycles', () => {
    expect(resolutionOrder(chain).map((batch) => batch.map(({ name }) => name))).toEqual([['ds'], ['cluster'], ['ns'], ['pod']]);
    const cycle = [doc('a', { query: '$b' }), doc('b', { query: '$a' }), doc('c', { query: 'x' })];
    expect(resolutionOrder(cycle).map((batch) => batch.map(({ name }) => name))).toEqual([['c'], ['a', 'b']]);
  });

  it('fills queries with what was chosen before', async () => {
    const fake = new Fake((query) => (query.kind === 'label-values' ? [`${query.label}-1`, `${query.label}-2`] : []));
    const resolved = await resolve(initialVariables(chain, new Map([['ns', ['ns-2']]])), fake);
    expect(fake.asked.map(({ uid, query }) => [uid, query.kind === 'label-values' ? query.match : ''])).toEqual([
      ['other', 'x'],
      ['other', 'x{c="c-1"}'],
      ['other', 'x{ns=~"ns-2"}'],
    ]);
    expect(resolved.map(({ name, selected }) => [name, selected])).toEqual([
      ['pod', [ALL]],
      ['ns', ['ns-2']],
      ['cluster', ['c-1']],
      ['ds', ['other']],
    ]);
    const lookup = variableLookup(resolved);
    expect(interpolate('{p=~"$pod"} $ns', lookup, promqlFormat)).toBe('{p=~"(pod-1|pod-2)"} ns-2');
    expect(interpolate('$pod in ${ds:text}', lookup, plainText)).toBe('All in Prom-2');
  });

  it('asks again only what depends on a change', async () => {
    const fake = new Fake((query) => (query.kind === 'label-values' ? [`${query.label}-1`] : []));
    const resolved = await resolve(initialVariables(chain, new Map()), fake);
    fake.asked.length = 0;
    await resolve(resolved, fake, ['ns']);
    expect(fake.asked.map(({ query }) => (query.kind === 'label-values' ? query.label : ''))).toEqual(['pod']);
  });

  it('keeps the rest when one query fails', async () => {
    const failing: VariableSource = {
      dataSources: () => sources,
      strings: async (_source, query) => {
        if (query.kind === 'label-values' && query.label === 'c') throw new Error('bad query');
        return ['v'];
      },
    };
    const resolved = await resolve(initialVariables(chain, new Map()), failing);
    expect(resolved.find(({ name }) => name === 'cluster')?.error).toBe('bad query');
    expect(resolved.find(({ name }) => name === 'ns')?.selected).toEqual(['v']);
  });

  it('puts a written "all" value in as it is', async () => {
    const fake = new Fake(() => ['a.b', 'c']);
    const [all] = await resolve(initialVariables([doc('v', { includeAll: true, allValue: '.+', query: 'x' })], new Map()), fake);
    expect(interpolate('{a=~"$v"}', variableLookup(all === undefined ? [] : [all]), promqlFormat)).toBe('{a=~".+"}');
  });

  it.each<[string, VariableDoc, string]>([
    ['constant', doc('v', { type: 'constant', query: 'k' }), 'k'],
    ['textbox', doc('v', { type: 'textbox', query: 'default' }), 'default'],
    ['textbox saved', doc('v', { type: 'textbox', query: 'default', current: { value: 'typed' } }), 'typed'],
    ['custom', doc('v', { type: 'custom', query: 'a,b', current: { value: 'b' } }), 'b'],
    ['interval auto', doc('v', { type: 'interval', query: '1m,1h', auto: true, auto_count: 10, auto_min: '1m' }), '5m'],
  ])('%s', async (_name, variable, expected) => {
    const resolved = await resolve(initialVariables([variable], new Map()), new Fake(() => []));
    expect(
      interpolate(
        '$v',
        variableLookup(resolved, (name) => (name === '__range_ms' ? { value: '3600000', text: '' } : undefined)),
      ),
    ).toBe(expected);
  });

  it('reads ad hoc filters from document and URL', () => {
    const adhoc = doc('f', { type: 'adhoc', filters: [{ key: 'a', operator: '=', value: 'b' }] });
    expect(initialVariables([adhoc], new Map())[0]?.filters).toEqual([{ key: 'a', operator: '=', value: 'b' }]);
    const filter = { key: 'a', operator: '=~', value: 'x|y' };
    expect(initialVariables([adhoc], new Map([['f', [filterText(filter)]]]))[0]?.filters).toEqual([filter]);
  });
});

describe('data sources', () => {
  it.each([
    ['none', undefined, 'bongsu'],
    ['by uid', { uid: 'other', type: 'prometheus' }, 'other'],
    ['by name', 'Prom-2', 'other'],
    ['by variable', '$ds', 'other'],
    ['of another installation', { uid: 'P1809F7CD0C75ACF3', type: 'prometheus' }, 'bongsu'],
    ['of a type we lack', { uid: 'x', type: 'mssql' }, undefined],
    ['default', 'default', 'bongsu'],
    ['mixed', { uid: '-- Mixed --' }, undefined],
  ])('%s', (_name, written, expected) => {
    const lookup = variableLookup([
      { ...(initialVariables([doc('ds', { type: 'datasource' })], new Map([['ds', ['other']]]))[0] as Variable) },
    ]);
    expect(dataSourceRef(written as never, lookup, sources)?.uid).toBe(expected);
  });
});

describe('repeats', () => {
  const variables = (): Variable[] => initialVariables([doc('node', { multi: true })], new Map([['node', ['a', 'b', 'c']]]));
  const panel = (id: number, type: string, gridPos: Panel['gridPos'], more: object = {}): Panel => ({
    id,
    type,
    title: '',
    gridPos,
    targets: [],
    fieldConfig: { defaults: {}, overrides: [] },
    options: {},
    transformations: [],
    ...more,
  });
  const shown = (panels: Panel[], collapsed = new Map<string, boolean>()): unknown[] =>
    viewItems(panels, (name) => repeatValues(variables(), name), collapsed).map(({ key, pos, scope }) => [
      key,
      pos.x,
      pos.y,
      pos.w,
      scope.get('node')?.value,
    ]);

  it('repeats a panel across and pushes what is below down', () => {
    expect(
      shown([
        panel(1, 'stat', { x: 0, y: 0, w: 24, h: 4 }, { repeat: 'node', maxPerRow: 2 }),
        panel(2, 'text', { x: 0, y: 4, w: 24, h: 2 }),
      ]),
    ).toEqual([
      ['panel-1', 0, 0, 12, 'a'],
      ['panel-1-node-b', 12, 0, 12, 'b'],
      ['panel-1-node-c', 0, 4, 12, 'c'],
      ['panel-2', 0, 8, 24, undefined],
    ]);
  });

  it('repeats a panel down', () => {
    expect(shown([panel(1, 'stat', { x: 3, y: 0, w: 6, h: 4 }, { repeat: 'node', repeatDirection: 'v' })])).toEqual([
      ['panel-1', 3, 0, 6, 'a'],
      ['panel-1-node-b', 3, 4, 6, 'b'],
      ['panel-1-node-c', 3, 8, 6, 'c'],
    ]);
  });

  it('repeats a row with its panels; a collapsed one hides them', () => {
    const panels = [
      panel(1, 'row', { x: 0, y: 0, w: 24, h: 1 }, { repeat: 'node', collapsed: false, panels: [] }),
      panel(2, 'stat', { x: 0, y: 1, w: 24, h: 3 }),
    ];
    expect(shown(panels, new Map([['row-1-node-b', true]]))).toEqual([
      ['row-1', 0, 0, 24, 'a'],
      ['panel-2', 0, 1, 24, 'a'],
      ['row-1-node-b', 0, 4, 24, 'b'],
      ['row-1-node-c', 0, 5, 24, 'c'],
      ['panel-2-node-c', 0, 6, 24, 'c'],
    ]);
  });

  it('shows a panel once when its variable does not exist', () => {
    expect(shown([panel(1, 'stat', { x: 0, y: 0, w: 6, h: 4 }, { repeat: 'gone' })])).toEqual([['panel-1', 0, 0, 6, undefined]]);
  });
});
