/** Alerting rules with their alerts, filtered by state and words. */
import type { AlertState, AlertingRule, RuleAlert, RuleGroup } from '../../api/status';

export interface AlertRow {
  rule: AlertingRule;
  group: string;
  file: string;
  alerts: RuleAlert[];
}

const ORDER: readonly AlertState[] = ['firing', 'pending', 'unknown', 'inactive'];

/** Rules whose state is wanted (none wanted: all), the loudest first. A search looks through names, labels and annotations. */
export function toRows(groups: readonly RuleGroup[], states: ReadonlySet<AlertState>, search: string): AlertRow[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const holds = (text: string) => words.every((word) => text.includes(word));
  const rows = groups.flatMap((group) =>
    group.rules.flatMap((rule): AlertRow[] => {
      if (rule.type !== 'alerting' || (states.size > 0 && !states.has(rule.state))) return [];
      const own = [rule.name, group.name, JSON.stringify(rule.labels ?? {})].join(' ').toLowerCase();
      const alerts = holds(own)
        ? [...rule.alerts]
        : rule.alerts.filter((alert) => holds(`${own} ${JSON.stringify(alert.labels)} ${JSON.stringify(alert.annotations)}`.toLowerCase()));
      return holds(own) || alerts.length > 0 ? [{ rule, group: group.name, file: group.file, alerts }] : [];
    }),
  );
  return rows.sort((a, b) => ORDER.indexOf(a.rule.state) - ORDER.indexOf(b.rule.state) || a.rule.name.localeCompare(b.rule.name));
}

/** How many rules are in each state. */
export function countStates(groups: readonly RuleGroup[]): Record<AlertState, number> {
  const counts = { firing: 0, pending: 0, inactive: 0, unknown: 0 };
  for (const group of groups) for (const rule of group.rules) if (rule.type === 'alerting') counts[rule.state] += 1;
  return counts;
}
