import { describe, expect, it } from 'vitest';
import { fromAlertmanagerHash, matches, pageAt, timeParams } from './paths';
import { PAGES } from './pages';

describe('pageAt', () => {
  it.each([
    ['/flags', '/flags'],
    ['/flags/', '/flags'],
    ['/d/abc/some-name', '/dashboards'],
    ['/dashboards', '/dashboards'],
    ['/nowhere', undefined],
  ])('%s', (path, want) => expect(pageAt(path)?.path).toBe(want));

  it('has each path once', () => {
    const all = PAGES.flatMap((page) => [page.path, ...(page.aliases ?? [])]);
    expect(new Set(all).size).toBe(all.length);
  });
});

it.each([
  ['/d/*', '/d/x', true],
  ['/d/*', '/dashboards', false],
  ['/d', '/d/x', false],
])('%s has %s: %s', (pattern, path, want) => expect(matches(pattern, path)).toBe(want));

it('keeps the time range from page to page', () => {
  expect(timeParams('?from=now-6h&to=now&g0.expr=up&refresh=5s')).toBe('?from=now-6h&to=now&refresh=5s');
  expect(timeParams('?g0.expr=up')).toBe('');
});

it.each([
  ['#/alerts?receiver=team', '/groups?receiver=team'],
  ['#/silences/new?filter=%7Ba%3D%22b%22%7D', '/silences/new?filter=%7Ba%3D%22b%22%7D'],
  ['#/silences', '/silences'],
  ['#/silences/4b0f-1', '/silences/4b0f-1'],
  ['#/status', '/status'],
  ['#content', undefined],
  ['', undefined],
])('%s leads to %s', (hash, want) => expect(fromAlertmanagerHash(hash)).toBe(want));
