import { expect, it } from 'vitest';
import { exploreLink, ownPath, safeLink } from './links';

it.each([
  ['https://example.com/a?b=c', 'https://example.com/a?b=c'],
  [' http://h:1/ ', 'http://h:1/'],
  ['mailto:a@b', 'mailto:a@b'],
  ['javascript:alert(1)', undefined],
  ['JaVaScRiPt:alert(1)', undefined],
  ['data:text/html,x', undefined],
  ['//evil.example', undefined],
  ['http://a b', undefined],
  ['', undefined],
])('%s', (text, want) => expect(safeLink(text)).toBe(want));

it('leads to Explore', () => {
  expect(exploreLink('up{지역="서울"} > 0', 'table')).toBe('/query?g0.expr=up%7B%EC%A7%80%EC%97%AD%3D%22%EC%84%9C%EC%9A%B8%22%7D%20%3E%200&g0.tab=table');
});

it.each([
  ['/d/abc?x=1', '/d/abc?x=1'],
  ['//evil.example', undefined],
  ['/\\evil.example', undefined],
  ['https://evil.example', undefined],
  ['', undefined],
])('%s is followed after a login: %s', (path, want) => expect(ownPath(path)).toBe(want));
