/** Entries of the audit log, found. */
import type { AuditEntry } from '../../api/accounts';

/** Those whose actor and target hold what is looked for; an older server does not filter by itself. */
export function findEntries(entries: readonly AuditEntry[], actor: string, target: string): AuditEntry[] {
  const holds = (text: string, wanted: string) => text.toLowerCase().includes(wanted.trim().toLowerCase());
  return entries.filter((entry) => holds(entry.actor, actor) && holds(entry.target, target));
}
