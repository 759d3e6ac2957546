import { describe, expect, it } from 'vitest';
import { rank, score } from './rank';

describe('rank', () => {
  const items = ['Service discovery 서비스 검색', 'Targets 대상', 'Alerts 알림', 'Routing 알림 경로'];
  it.each([
    ['', items],
    ['targ', ['Targets 대상']],
    ['알림', ['Alerts 알림', 'Routing 알림 경로']],
    ['sdis', ['Service discovery 서비스 검색']],
    ['zzz', []],
  ])('%s', (wanted, want) => expect(rank(items, wanted, (x) => x)).toEqual(want));

  it('prefers the beginning of a word', () => {
    expect(score('rules', 'rul')).toBeGreaterThan(score('overruled', 'rul') ?? 0);
  });
});
