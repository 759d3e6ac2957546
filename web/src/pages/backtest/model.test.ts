import { describe, expect, it } from 'vitest';
import { EXAMPLE, bandsOf, drawnExpr, expressionsOf, ruleFile } from './model';

it('writes a file that cannot be broken out of', () => {
  const text = ruleFile(
    { name: 'a"\n- alert: evil', query: 'up{x="y"} == 0', duration: 90, keepFiringFor: 60, labels: { 팀: 'a: b' }, annotations: {} },
    15,
  );
  expect(text.split('\n')).toEqual([
    'groups:', '  - name: backtest', '    interval: 15s', '    rules:',
    '      - alert: "a\\"\\n- alert: evil"', '        expr: "up{x=\\"y\\"} == 0"', '        for: 1m30s', '        keep_firing_for: 1m',
    '        labels:', '          "팀": "a: b"', '',
  ]);
  expect(expressionsOf(text)).toEqual(['up{x="y"} == 0']);
  expect(expressionsOf(EXAMPLE)).toEqual(['up == 0']);
});

it.each([
  ["  expr: up > 1", ['up > 1']],
  ["- expr: 'it''s'", ["it's"]],
  ['expr: |\n  up', []],
  ['expr: "broken', []],
])('%s', (text, want) => expect(expressionsOf(text)).toEqual(want));

describe('drawnExpr', () => {
  it.each([
    ['up == 0', 'up'],
    ['rate(a[5m]) > 0.5', 'rate(a[5m])'],
    ['sum(x) / sum(y) >= 1e-3', 'sum(x) / sum(y)'],
    ['up == 0 and on() x > 1', 'up == 0 and on() x > 1'],
    ['a > b', 'a > b'],
    ['(a > 1)', '(a > 1)'],
    ['vector(1)', 'vector(1)'],
    ['a{b!="c"} != 0', 'a{b!="c"}'],
  ])('%s', (expr, want) => expect(drawnExpr(expr)).toBe(want));
});

it('draws spans', () => {
  const spans = [
    { state: 'pending', from: '2026-01-01T00:00:00Z', to: '2026-01-01T00:01:00Z' },
    { state: 'firing', from: '2026-01-01T00:01:00Z', to: '2026-01-01T00:02:00Z' },
    { state: 'inactive', from: '2026-01-01T00:02:00Z', to: '2026-01-01T00:03:00Z' },
  ];
  const bands = bandsOf({ rules: [{ group: 'g', name: 'n', alerts: [{ labels: {}, spans }] }] });
  expect(bands.map((band) => band.toMs - band.fromMs)).toEqual([60_000, 60_000]);
});
