import { describe, expect, it } from 'vitest';

import { KNOWN_RENAMES, renamesIn } from './renames';

describe('known renames', () => {
  it.each([
    ['100 - avg(irate(node_cpu{mode="idle"}[5m])) * 100', 'node_cpu node_cpu_seconds_total'],
    ['node_memory_MemTotal - node_memory_MemFree', 'node_memory_MemFree node_memory_MemFree_bytes\nnode_memory_MemTotal node_memory_MemTotal_bytes'],
    ['rate(node_network_receive_bytes[1m])', 'node_network_receive_bytes node_network_receive_bytes_total'],
    ['node_cpu_seconds_total', ''],
    ['', ''],
  ])('%s', (expr, expected) => expect(renamesIn([expr])).toBe(expected));

  it('lead to names that stay', () => {
    for (const [from, to] of KNOWN_RENAMES) {
      expect(KNOWN_RENAMES.has(to), to).toBe(false);
      expect(to).not.toBe(from);
    }
  });
});
