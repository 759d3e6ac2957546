import { expect, it } from 'vitest';
import { changeParams } from './urlParams';

it.each([
  ['', { a: '1' }, '?a=1'],
  ['?a=1&b=2', { a: undefined }, '?b=2'],
  ['?a=1&a=2', { a: '3' }, '?a=3'],
  ['?a=1', { a: '' }, ''],
  ['?x=1', { a: ['p', 'q'] }, '?x=1&a=p&a=q'],
  ['?g0.expr=up', { from: 'now-1h' }, '?g0.expr=up&from=now-1h'],
])('%s with %o', (search, changes, want) => {
  expect(changeParams(search, changes)).toBe(want);
});
