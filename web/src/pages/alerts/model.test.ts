import { describe, expect, it } from 'vitest';
import type { RuleGroup } from '../../api/status';
import { countStates, toRows } from './model';

const alert = (labels: Record<string, string>) => ({ labels, annotations: {}, state: 'firing', activeAt: '', value: '1' });
const groups = [
  {
    name: 'g', file: 'f',
    rules: [
      { type: 'alerting', name: 'Quiet', state: 'inactive', labels: {}, alerts: [] },
      { type: 'alerting', name: 'Down', state: 'firing', labels: { team: '인프라' }, alerts: [alert({ instance: 'a' }), alert({ instance: 'b' })] },
      { type: 'alerting', name: 'Slow', state: 'pending', labels: {}, alerts: [alert({ instance: 'c' })] },
      { type: 'recording', name: 'r' },
    ],
  },
] as unknown as RuleGroup[];

describe('toRows', () => {
  it.each([
    [[], '', [['Down', 2], ['Slow', 1], ['Quiet', 0]]],
    [['firing'], '', [['Down', 2]]],
    [[], '인프라', [['Down', 2]]],
    [[], '"instance":"b"', [['Down', 1]]],
    [[], 'zzz', []],
  ])('%o %s', (states, search, want) => {
    expect(toRows(groups, new Set(states as never[]), search).map((row) => [row.rule.name, row.alerts.length])).toEqual(want);
  });
});

it('counts states', () => expect(countStates(groups)).toEqual({ firing: 1, pending: 1, inactive: 1, unknown: 0 }));
