import { describe, expect, it } from 'vitest';
import type { ActiveTarget } from '../../api/status';
import { toPools } from './model';

const target = (scrapePool: string, health: ActiveTarget['health'], labels: Record<string, string>, lastError = ''): ActiveTarget => ({
  discoveredLabels: {}, labels, scrapePool, scrapeUrl: `http://${labels.instance}/metrics`, globalUrl: '', lastError, lastScrape: '',
  lastScrapeDuration: 0, health, scrapeInterval: '1s', scrapeTimeout: '1s',
});

const all = [
  target('node', 'up', { instance: 'a:1', 지역: '서울' }),
  target('node', 'down', { instance: 'b:1' }, 'connection refused'),
  target('api', 'up', { instance: 'c:1' }),
];

describe('toPools', () => {
  it.each([
    [[], '', '', [['api', 1, 1, 1], ['node', 2, 1, 2]]],
    [['down'], '', '', [['node', 1, 1, 2]]],
    [[], '서울', '', [['node', 1, 1, 2]]],
    [[], 'REFUSED b:1', '', [['node', 1, 1, 2]]],
    [[], '지역"="서', '', [['node', 1, 1, 2]]],
    [[], '', 'api', [['api', 1, 1, 1]]],
    [['unknown'], '', '', []],
  ])('%o %s %s', (health, search, pool, want) => {
    const got = toPools(all, new Set(health as never[]), search, pool).map((own) => [own.name, own.targets.length, own.up, own.total]);
    expect(got).toEqual(want);
  });
});
