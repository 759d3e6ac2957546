/** Which alerts and dashboards lists show, in which order. Pure. */
import type { AlertRow, DashboardRow } from '../contract';
import { asBoolean, asNumber, asString, at } from '../json';
import type { JsonObject } from '../json';

/** Alerts that the options choose: by state, name and label filter; sorted as wanted. */
export function chosenAlerts(alerts: readonly AlertRow[], options: JsonObject, interpolate: (text: string) => string): AlertRow[] {
  const states = {
    firing: asBoolean(at(options, 'stateFilter.firing'), true),
    pending: asBoolean(at(options, 'stateFilter.pending'), true),
    inactive: asBoolean(at(options, 'stateFilter.normal')) || asBoolean(at(options, 'stateFilter.inactive')),
  };
  const name = interpolate(asString(options['alertName'])).toLowerCase();
  const matchers = labelMatchers(interpolate(asString(options['alertInstanceLabelFilter'])));
  const chosen = alerts.filter(
    (alert) =>
      (alert.state === 'firing' ? states.firing : alert.state === 'pending' ? states.pending : states.inactive) &&
      alert.name.toLowerCase().includes(name) &&
      matchers.every((matcher) => matcher(alert.labels)),
  );
  const rank = (state: string): number => (state === 'firing' ? 0 : state === 'pending' ? 1 : 2);
  switch (asNumber(options['sortOrder'], 1)) {
    case 2:
      return chosen.sort((a, b) => b.name.localeCompare(a.name));
    case 3:
      return chosen.sort((a, b) => rank(a.state) - rank(b.state));
    case 4:
      return chosen.sort((a, b) => a.since - b.since);
    case 5:
      return chosen.sort((a, b) => b.since - a.since);
    default:
      return chosen.sort((a, b) => a.name.localeCompare(b.name));
  }
}

/** Tests for `{a="b", c=~"d.*"}`; parts that are none are left out. */
export function labelMatchers(text: string): ((labels: Readonly<Record<string, string>>) => boolean)[] {
  return [...text.matchAll(/([\w.]+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g)].flatMap(([, name = '', operator = '=', value = '']) => {
    if (operator === '=') return [(labels: Readonly<Record<string, string>>) => (labels[name] ?? '') === value];
    if (operator === '!=') return [(labels: Readonly<Record<string, string>>) => (labels[name] ?? '') !== value];
    try {
      const pattern = new RegExp(`^(?:${value})$`);
      return [(labels: Readonly<Record<string, string>>) => pattern.test(labels[name] ?? '') === (operator === '=~')];
    } catch {
      return [];
    }
  });
}

/** Groups with at least one dashboard. */
export function chosenDashboards(data: {
  starred: DashboardRow[];
  found: DashboardRow[];
}): { kind: 'starred' | 'found'; rows: DashboardRow[] }[] {
  const groups = [
    { kind: 'starred' as const, rows: data.starred },
    { kind: 'found' as const, rows: data.found },
  ];
  return groups.filter((group) => group.rows.length > 0);
}
