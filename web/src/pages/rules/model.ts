/** Rule groups, filtered. */
import type { Rule, RuleGroup } from '../../api/status';

export type Kind = '' | 'alerting' | 'recording';

/** Groups with the rules that answer; a search looks through names, expressions, labels, files and errors. */
export function filterGroups(groups: readonly RuleGroup[], search: string, kind: Kind, onlyErrors: boolean): RuleGroup[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const answers = (group: RuleGroup, rule: Rule) => {
    const text = [group.name, group.file, rule.name, rule.query, JSON.stringify(rule.labels ?? {}), rule.lastError ?? ''].join(' ').toLowerCase();
    return (kind === '' || rule.type === kind) && (!onlyErrors || rule.health === 'err') && words.every((word) => text.includes(word));
  };
  return groups
    .map((group) => ({ ...group, rules: group.rules.filter((rule) => answers(group, rule)) }))
    .filter((group) => group.rules.length > 0);
}

/** How many rules of a group are well, failing, or not evaluated yet. */
export function healthOf(group: RuleGroup): { ok: number; err: number; unknown: number } {
  const count = (health: Rule['health']) => group.rules.filter((rule) => rule.health === health).length;
  return { ok: count('ok'), err: count('err'), unknown: count('unknown') };
}
