import { describe, expect, it } from 'vitest';
import type { ListedAck } from '../../api/alerting';
import { filterText } from '../../lib/labels';
import { findAcks, isForever } from './model';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const set = [{ name: 'alertname', value: 'Down', isRegex: false, isEqual: true }, { name: '팀', value: '인프라', isRegex: false, isEqual: true }];
const acks: ListedAck[] = [{ id: '1', owner: '김하늘', note: '보는 중', at: '', matcherSets: [set] }];

describe('the list', () => {
  it('writes matchers so that they can be asked for again', () => {
    expect(filterText(set)).toBe('{alertname="Down", "팀"="인프라"}');
  });
  it.each([['', 1], ['하늘', 1], ['인프라 down', 1], ['보는', 1], ['lee', 0]])('finds by %j: %i', (search, n) => {
    expect(findAcks(acks, search)).toHaveLength(n);
  });
  it.each([[undefined, true], [null, true], ['2026-11-21T13:00:00Z', false], ['2126-11-21T13:00:00Z', true]])('until %s is for ever: %s', (until, is) => {
    expect(isForever(until, NOW)).toBe(is);
  });
});
