/** Which page an address belongs to, and how addresses of the originals are led here. */
import { type Page, PAGES } from './pages';

/** Whether an address is below a pattern: `/d/*` has `/d/abc/name`. */
export function matches(pattern: string, pathname: string): boolean {
  if (!pattern.endsWith('/*')) return pattern === pathname;
  return pathname.startsWith(pattern.slice(0, -1));
}

/** The page at an address. */
export function pageAt(pathname: string): Page | undefined {
  const path = pathname.length > 1 ? pathname.replace(/\/+$/, '') : pathname;
  return PAGES.find((page) => page.path === path || page.aliases?.some((alias) => matches(alias, path)));
}

/** The parameters that all pages share, so that a link from page to page keeps the time range. */
export function timeParams(search: string): string {
  const given = new URLSearchParams(search);
  const kept = new URLSearchParams();
  for (const key of ['from', 'to', 'refresh']) {
    const value = given.get(key);
    if (value) kept.set(key, value);
  }
  const text = kept.toString();
  return text && `?${text}`;
}

/**
 * Addresses of Alertmanager's own page: `/#/alerts?receiver=x`, `/#/silences/new?filter={…}`, `/#/silences/ID`, `/#/status`.
 * Notifications carry such links.
 */
export function fromAlertmanagerHash(hash: string): string | undefined {
  const match = /^#\/(alerts|silences|status|settings)(\/[^?]*)?(\?.*)?$/.exec(hash);
  if (!match) return undefined;
  const [, page, rest = '', search = ''] = match;
  switch (page) {
    case 'alerts':
      return `/groups${search}`;
    case 'silences':
      return `/silences${rest}${search}`;
    case 'status':
      return '/status';
    default:
      return '/';
  }
}
