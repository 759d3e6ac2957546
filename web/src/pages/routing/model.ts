/** The routing tree as rows, and which of them an alert takes. */
import type { Route } from '../../api/alerting';

export interface RouteRow {
  route: Route;
  index: number;
  depth: number;
  /** The alert ends here: this receiver is told. */
  told: boolean;
  /** The alert comes through here on its way. */
  passed: boolean;
}

/** Rows in the order of the file. The tree comes from the server; one that names itself as its child is not followed twice. */
export function toRows(routes: readonly Route[], matching: readonly number[] | null): RouteRow[] {
  const told = new Set(matching ?? []);
  const seen = new Set<number>();
  const rows: RouteRow[] = [];
  const visit = (index: number, depth: number): boolean => {
    const route = routes[index];
    if (!route || seen.has(index)) return false;
    seen.add(index);
    const row: RouteRow = { route, index, depth, told: told.has(index), passed: told.has(index) };
    rows.push(row);
    for (const child of route.children) if (visit(child, depth + 1)) row.passed = true;
    return row.passed;
  };
  visit(0, 0);
  return rows;
}
