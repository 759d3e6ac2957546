/** Acknowledgements as a list shows them. */
import type { ListedAck } from '../../api/alerting';
import { filterText } from '../../lib/labels';

const YEAR_MS = 365 * 86_400_000;

/** Those whose owner, note or labels hold all words of a search. */
export function findAcks(acks: readonly ListedAck[], search: string): ListedAck[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return acks.filter((ack) => {
    const text = `${ack.owner} ${ack.note} ${ack.matcherSets.map(filterText).join(' ')}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Whether an end is so far away that it says "until it resolves": the server writes one because silences have one. */
export function isForever(until: string | null | undefined, nowMs: number): boolean {
  return !until || Date.parse(until) - nowMs > YEAR_MS;
}
