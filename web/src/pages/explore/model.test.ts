import { describe, expect, it } from 'vitest';
import { NEW_PANEL, readOldRange, readPanels, stepFor, writePanels } from './model';

const read = (text: string) => readPanels(new URLSearchParams(text));

describe('links of Prometheus', () => {
  it.each([
    ['g0.expr=up&g0.tab=1', [{ ...NEW_PANEL, expr: 'up', tab: 'table' }]],
    ['g0.expr=up&g0.tab=0&g0.stacked=1', [{ ...NEW_PANEL, expr: 'up', tab: 'graph', mode: 'stacked' }]],
    ['g0.expr=up&g0.tab=graph&g0.display_mode=heatmap&g0.show_exemplars=1', [{ ...NEW_PANEL, expr: 'up', tab: 'graph', mode: 'heatmap', exemplars: true }]],
    ['g0.expr=a&g1.expr=b&g3.expr=lost', [{ ...NEW_PANEL, expr: 'a' }, { ...NEW_PANEL, expr: 'b' }]],
    ['g0.expr=a&g0.step_input=30', [{ ...NEW_PANEL, expr: 'a', resolution: 30 }]],
    ['g0.expr=a&g0.res_type=fixed&g0.res_step=15', [{ ...NEW_PANEL, expr: 'a', resolution: 15 }]],
    ['g0.expr=a&g0.res_type=auto&g0.res_density=high', [{ ...NEW_PANEL, expr: 'a', resolution: 'high' }]],
    ['g0.expr=a&g0.tab=nonsense&g0.step_input=-1', [{ ...NEW_PANEL, expr: 'a' }]],
    ['', [NEW_PANEL]],
  ])('%s', (text, want) => expect(read(text)).toEqual(want));

  it.each([
    ['g0.expr=up&g0.range_input=6h', { from: 'now-6h', to: 'now' }],
    ['g0.expr=up&g0.range_input=1h&from=now-5m', undefined],
    ['g0.expr=up', undefined],
    ['g0.expr=up&g0.range_input=2h&g0.end_input=2026-11-21+10:00:00', { from: String(Date.UTC(2026, 10, 21, 8)), to: String(Date.UTC(2026, 10, 21, 10)) }],
  ])('%s tells its range', (text, want) => expect(readOldRange(new URLSearchParams(text))).toEqual(want));
});

it('writes what it reads, and keeps the rest of the address', () => {
  const panels = [
    { ...NEW_PANEL, expr: 'rate(a{b="한국"}[5m])', tab: 'graph' as const, mode: 'stacked' as const, log: true, cached: true },
    { ...NEW_PANEL, expr: 'b', exemplars: true, resolution: 30 },
    { ...NEW_PANEL, expr: 'c', resolution: 'high' as const, tab: 'explain' as const },
  ];
  const written = writePanels(new URLSearchParams('from=now-6h&g7.expr=gone'), panels);
  expect(readPanels(written)).toEqual(panels);
  expect(written.get('from')).toBe('now-6h');
  expect(written.has('g7.expr')).toBe(false);
});

it.each([
  ['medium', 3_600_000, 14_000],
  ['low', 3_600_000, 36_000],
  ['high', 3_600_000, 4_000],
  ['medium', 10_000, 1000],
  [30, 3_600_000, 30_000],
  [0.5, 10_000, 500],
  [1, 30 * 86_400_000, 235_637],
])('%s over %d ms steps by %d', (resolution, length, want) => {
  expect(stepFor(resolution as never, 0, length)).toBe(want);
});
