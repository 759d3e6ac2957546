/** The list's groups. Pure. */
import type { DashboardRow } from '../../panels/contract';

/** Dashboards by folder, folders by name, those without one first. */
export function byFolder(rows: readonly DashboardRow[]): { folder: string; dashboards: DashboardRow[] }[] {
  const groups = new Map<string, DashboardRow[]>();
  for (const row of rows) groups.set(row.folder, [...(groups.get(row.folder) ?? []), row]);
  return [...groups]
    .sort(([a], [b]) => (a === '' ? -1 : b === '' ? 1 : a.localeCompare(b)))
    .map(([folder, dashboards]) => ({ folder, dashboards }));
}
