import { describe, expect, it } from 'vitest';
import type { Targets } from '../../api/status';
import { difference, toFoundPools } from './model';

const targets = {
  activeTargets: [{ scrapePool: 'b', discoveredLabels: { __address__: 'x:1' }, labels: { job: 'b' } }],
  droppedTargets: [{ scrapePool: 'b', discoveredLabels: { __address__: 'y:1' } }],
  droppedTargetCounts: { b: 7, a: 0 },
} as unknown as Targets;

describe('toFoundPools', () => {
  it('counts all that were dropped, listed or not, and shows empty pools', () => {
    expect(toFoundPools(targets, '')).toMatchObject([
      { name: 'a', active: 0, dropped: 0, found: [] },
      { name: 'b', active: 1, dropped: 7 },
    ]);
  });
  it('searches both sets of labels', () => {
    expect(toFoundPools(targets, 'Y:1')[0]?.found).toEqual([{ discovered: { __address__: 'y:1' } }]);
    expect(toFoundPools(targets, 'nothing')).toEqual([]);
  });
});

it.each([
  [{ a: '1' }, { a: '1' }, []],
  [{ a: '1', b: '2' }, { a: '3', c: '4' }, [{ name: 'a', from: '1', to: '3' }, { name: 'b', from: '2', to: undefined }, { name: 'c', from: undefined, to: '4' }]],
])('%o to %o', (before, after, want) => expect(difference(before as never, after as never)).toEqual(want));
