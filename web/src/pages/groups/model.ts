/** Alerts as the Alertmanager grouped them. */
import type { Alert, AlertGroup } from '../../api/alerting';
import type { BadgeState } from '../../components/StateBadge';

/** The one word for an alert's state: acknowledged and each way of being kept quiet before merely active. */
export function stateOf(alert: Alert): BadgeState {
  if (alert.acknowledged) return 'acknowledged';
  if (alert.status.silencedBy.length > 0) return 'silenced';
  if (alert.status.inhibitedBy.length > 0) return 'inhibited';
  if ((alert.status.mutedBy ?? []).length > 0) return 'muted';
  return alert.status.state;
}

/** How many alerts of a group are in which state, loudest first. */
export function statesOf(group: AlertGroup): [BadgeState, number][] {
  const counts = new Map<BadgeState, number>();
  for (const alert of group.alerts) counts.set(stateOf(alert), (counts.get(stateOf(alert)) ?? 0) + 1);
  const order: readonly BadgeState[] = ['active', 'unprocessed', 'acknowledged', 'silenced', 'inhibited', 'muted', 'suppressed'];
  return [...counts].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
}

/** The expression of the rule that raised an alert, where its address is one of Prometheus's. */
export function exprOf(generatorUrl: string | undefined): string | undefined {
  if (!generatorUrl) return undefined;
  try {
    return new URL(generatorUrl).searchParams.get('g0.expr') ?? undefined;
  } catch {
    return undefined;
  }
}
