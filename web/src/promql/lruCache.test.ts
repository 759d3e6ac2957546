import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LRUCache } from './lruCache';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

it('forgets after its time, and sooner what is oldest', () => {
  const cache = new LRUCache<string, number>({ ttl: 100 });
  cache.set('a', 1);
  expect(cache.get('a')).toBe(1);
  vi.advanceTimersByTime(99);
  cache.set('b', 2);
  expect(cache.get('a')).toBe(1);
  vi.advanceTimersByTime(1);
  expect([cache.get('a'), cache.get('b')]).toEqual([undefined, 2]);
});

it('holds no more than its bound', () => {
  const cache = new LRUCache<number, number>({ ttl: 100 });
  for (let i = 0; i < 1001; i += 1) cache.set(i, i);
  expect([cache.get(0), cache.get(1), cache.get(1000)]).toEqual([undefined, 1, 1000]);
});
