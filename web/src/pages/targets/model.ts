/** Targets by pool, filtered by health and words. */
import type { ActiveTarget } from '../../api/status';
import { quote, quoteName } from '../../lib/labels';

export type Health = ActiveTarget['health'];

export interface Pool {
  name: string;
  targets: ActiveTarget[];
  /** All of the pool, whatever is filtered. */
  up: number;
  total: number;
}

/** What a search looks through: address, labels, error. */
export function searchText(target: ActiveTarget): string {
  const labels = Object.entries(target.labels).map(([name, value]) => `${quoteName(name)}=${quote(value)} ${value}`);
  return [target.scrapePool, target.scrapeUrl, ...labels, target.lastError].join(' ').toLowerCase();
}

/** Pools in the order of their names; those of which nothing is left are dropped. */
export function toPools(targets: readonly ActiveTarget[], health: ReadonlySet<Health>, search: string, pool = ''): Pool[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const pools = new Map<string, Pool>();
  for (const target of targets) {
    const own = pools.get(target.scrapePool) ?? { name: target.scrapePool, targets: [], up: 0, total: 0 };
    pools.set(target.scrapePool, own);
    own.total += 1;
    if (target.health === 'up') own.up += 1;
    const text = searchText(target);
    if ((health.size === 0 || health.has(target.health)) && words.every((word) => text.includes(word))) own.targets.push(target);
  }
  return [...pools.values()]
    .filter((own) => own.targets.length > 0 && (pool === '' || own.name === pool))
    .sort((a, b) => a.name.localeCompare(b.name));
}
