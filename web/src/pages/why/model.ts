import type { Zone } from '../../lib/timeRange';

/** The zone's name, for the times inside of sentences. */
export function zoneName(zone: Zone): string {
  return zone === 'utc' ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** Colours of decisions: what reached people, what failed, what was kept quiet, what is under way. */

const COLOURS: Readonly<Record<string, string>> = {
  sent: 'green',
  acknowledged: 'teal',
  resolved: 'green',
  failed: 'red',
  refused: 'red',
  silenced: 'blue',
  inhibited: 'grape',
  muted: 'gray',
  known: 'gray',
  held: 'gray',
  escalated: 'orange',
  begun: 'yellow',
  waiting: 'yellow',
  rule: 'orange',
};

export function colourOf(kind: string): string {
  return COLOURS[kind] ?? 'gray';
}
