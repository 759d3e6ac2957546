/** Acknowledgements in force, and which alert each is of. */
import { useQuery } from '@tanstack/react-query';
import type { ListedAck } from '../api/alerting';
import { getV2 } from '../api/client';
import { pageOptions } from '../lib/base';
import { matchesAll } from '../lib/labels';

/** Those in force, newest first; asked for again with `tick`. */
export function useAcks(tick: number) {
  return useQuery({
    queryKey: ['acks', tick],
    enabled: pageOptions().alertmanager,
    queryFn: ({ signal }) => getV2<ListedAck[]>('/bongsu/acks', {}, signal),
    placeholderData: (before) => before,
  });
}

/** The acknowledgement of an alert with these labels. One whose moment has come is over, though it is still listed until the next refresh. */
export function ackOf(labels: Readonly<Record<string, string>>, acks: readonly ListedAck[], nowMs: number): ListedAck | undefined {
  const isOver = ({ until }: ListedAck) => typeof until === 'string' && Date.parse(until) <= nowMs;
  return acks.find((ack) => !isOver(ack) && ack.matcherSets.some((set) => matchesAll(labels, set)));
}
