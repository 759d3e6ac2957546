/**
 * What the PromQL extension asks of the package `lru-cache`, which is twenty times as large: values that are forgotten after a while.
 *
 * It holds the values of a server's labels, so it is bounded by what people type.
 */

/** Entries beyond this push the oldest out. */
const ENTRIES_MAX = 1000;

interface Entry<V> {
  value: V;
  untilMs: number;
}

export class LRUCache<K, V> {
  private readonly entries = new Map<K, Entry<V>>();
  private readonly ttlMs: number;

  constructor({ ttl }: { ttl: number }) {
    this.ttlMs = ttl;
  }

  get(key: K): V | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.untilMs > performance.now()) return entry.value;
    this.entries.delete(key);
    return undefined;
  }

  set(key: K, value: V): this {
    this.entries.delete(key);
    this.entries.set(key, { value, untilMs: performance.now() + this.ttlMs });
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= ENTRIES_MAX) break;
      this.entries.delete(oldest);
    }
    return this;
  }
}
