import { expect, it } from 'vitest';
import type { RuleGroup } from '../../api/status';
import { filterGroups, healthOf } from './model';

const groups = [
  {
    name: 'g', file: 'a.yml', interval: 1, evaluationTime: 0, lastEvaluation: '',
    rules: [
      { type: 'recording', name: 'job:x', query: 'sum(x)', health: 'ok' },
      { type: 'alerting', name: '디스크', query: 'disk > 1', health: 'err', lastError: 'many-to-many' },
    ],
  },
] as unknown as RuleGroup[];

it.each([
  ['', '', false, ['job:x', '디스크']],
  ['디스크', '', false, ['디스크']],
  ['a.yml SUM', '', false, ['job:x']],
  ['', 'recording', false, ['job:x']],
  ['', '', true, ['디스크']],
  ['many-to-many', '', false, ['디스크']],
  ['nothing', '', false, []],
])('%s %s errors=%s', (search, kind, errors, want) => {
  expect(filterGroups(groups, search, kind as never, errors).flatMap((group) => group.rules.map((rule) => rule.name))).toEqual(want);
});

it('counts health', () => expect(healthOf(groups[0] as RuleGroup)).toEqual({ ok: 1, err: 1, unknown: 0 }));
