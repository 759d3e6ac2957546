import { expect, it } from 'vitest';
import type { Route } from '../../api/alerting';
import { toRows } from './model';

const route = (receiver: string, children: number[] = []) => ({ receiver, children }) as unknown as Route;
const routes = [route('root', [1, 3]), route('a', [2]), route('b'), route('c')];

it.each([
  [null, [], []],
  [[2], ['b'], ['root', 'a', 'b']],
  [[2, 3], ['b', 'c'], ['root', 'a', 'b', 'c']],
  [[0], ['root'], ['root']],
])('matching %o', (matching, told, passed) => {
  const rows = toRows(routes, matching);
  expect(rows.map((row) => `${row.depth} ${row.route.receiver}`)).toEqual(['0 root', '1 a', '2 b', '1 c']);
  expect(rows.filter((row) => row.told).map((row) => row.route.receiver)).toEqual(told);
  expect(rows.filter((row) => row.passed).map((row) => row.route.receiver)).toEqual(passed);
});

it('is not led in circles', () => expect(toRows([route('a', [0, 1]), route('b', [0])], null)).toHaveLength(2));
