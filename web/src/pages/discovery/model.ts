/** What service discovery found, by pool: kept and dropped. */
import type { ActiveTarget, Labels, Targets } from '../../api/status';

export interface Found {
  discovered: Labels;
  /** Missing for what relabelling dropped. */
  labels?: Labels;
}

export interface FoundPool {
  name: string;
  found: Found[];
  active: number;
  /** All that were dropped; the server lists only some of very many. */
  dropped: number;
}

export function toFoundPools({ activeTargets, droppedTargets, droppedTargetCounts }: Targets, search: string): FoundPool[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const pools = new Map<string, FoundPool>();
  const add = (name: string, one: Found) => {
    const pool = pools.get(name) ?? { name, found: [], active: 0, dropped: 0 };
    pools.set(name, pool);
    if (one.labels) pool.active += 1;
    else pool.dropped += 1;
    const text = JSON.stringify([name, one.discovered, one.labels]).toLowerCase();
    if (words.every((word) => text.includes(word))) pool.found.push(one);
  };
  activeTargets.forEach((target: ActiveTarget) => add(target.scrapePool, { discovered: target.discoveredLabels, labels: target.labels }));
  droppedTargets.forEach((target) => add(target.scrapePool, { discovered: target.discoveredLabels }));
  for (const [name, count] of Object.entries(droppedTargetCounts ?? {})) {
    const pool = pools.get(name);
    if (pool) pool.dropped = Math.max(pool.dropped, count);
    else if (words.length === 0) pools.set(name, { name, found: [], active: 0, dropped: count });
  }
  return [...pools.values()].filter((pool) => words.length === 0 || pool.found.length > 0).sort((a, b) => a.name.localeCompare(b.name));
}

/** How a step changed labels: what it added, changed, removed. */
export function difference(before: Labels, after: Labels): { name: string; from?: string; to?: string }[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.filter((name) => before[name] !== after[name]).map((name) => ({ name, from: before[name], to: after[name] }));
}
