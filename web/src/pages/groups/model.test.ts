import { describe, expect, it } from 'vitest';
import type { Alert } from '../../api/alerting';
import { exprOf, stateOf, statesOf } from './model';

const alert = (status: Partial<Alert['status']>, more: Partial<Alert> = {}): Alert => ({
  fingerprint: '', labels: {}, annotations: {}, startsAt: '', endsAt: '', updatedAt: '', receivers: [],
  status: { state: 'active', silencedBy: [], inhibitedBy: [], mutedBy: [], ...status }, ...more,
});

describe('stateOf', () => {
  it.each([
    [{}, {}, 'active'],
    [{ state: 'suppressed', silencedBy: ['x'] }, {}, 'silenced'],
    [{ state: 'suppressed', inhibitedBy: ['x'] }, {}, 'inhibited'],
    [{ state: 'suppressed', mutedBy: ['x'] }, {}, 'muted'],
    [{ state: 'unprocessed' }, {}, 'unprocessed'],
    [{ silencedBy: ['x'] }, { acknowledged: { id: '1', owner: 'kim', note: '', at: '' } }, 'acknowledged'],
  ])('%o', (status, more, want) => expect(stateOf(alert(status as never, more))).toBe(want));
});

it('counts states, loudest first', () => {
  const group = { labels: {}, receiver: { name: 'r' }, alerts: [alert({ silencedBy: ['x'] }), alert({}), alert({})] };
  expect(statesOf(group)).toEqual([['active', 2], ['silenced', 1]]);
});

it.each([
  ['http://h/graph?g0.expr=up+%3D%3D+0&g0.tab=1', 'up == 0'],
  ['http://h/other', undefined],
  ['not a url', undefined],
  [undefined, undefined],
])('%s', (address, want) => expect(exprOf(address)).toBe(want));
