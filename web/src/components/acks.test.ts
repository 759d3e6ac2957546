import { describe, expect, it } from 'vitest';
import type { ListedAck } from '../api/alerting';
import { untilOf } from './Acknowledge';
import { ackOf } from './acks';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const matcher = (name: string, value: string) => ({ name, value, isRegex: false, isEqual: true });
const ack = (id: string, sets: ListedAck['matcherSets'], until?: string): ListedAck => ({ id, owner: 'kim', note: '', at: '', until, matcherSets: sets });

describe('an acknowledgement', () => {
  const acks = [
    ack('over', [[matcher('job', 'a')]], '2026-11-21T11:59:59Z'),
    ack('one', [[matcher('job', 'a'), matcher('팀', '인프라')]], '2026-11-21T13:00:00Z'),
    ack('group', [[matcher('job', 'b')], [matcher('job', 'c')]]),
  ];
  it.each([
    [{ job: 'a', 팀: '인프라' }, 'one'],
    [{ job: 'a', 팀: '앱' }, undefined],
    [{ job: 'c' }, 'group'],
    [{ job: 'd' }, undefined],
  ])('of %j is %s', (labels, id) => {
    expect(ackOf(labels as unknown as Record<string, string>, acks, NOW)?.id).toBe(id);
  });

  it.each([
    ['', undefined],
    ['now+2h', '2026-11-21T14:00:00.000Z'],
    ['now-2h', null],
    ['soon', null],
  ])('until %j is posted as %s', (text, posted) => {
    expect(untilOf(text, NOW)).toBe(posted);
  });
});
