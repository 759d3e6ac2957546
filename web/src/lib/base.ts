/**
 * Where this page lives and what its server is. The server writes both into the page (`<base>` and `<meta name="bongsu">`), so the
 * same files work under any prefix of a reverse proxy.
 */

/** What a server is: a whole one, or an Alertmanager alone. */
export type Role = 'server' | 'alertmanager';

/** What the server tells about itself in the page. */
export interface PageOptions {
  role: Role;
  title: string;
  version: string;
  /** API v2 of an Alertmanager is served under the same address. */
  alertmanager: boolean;
  /** Deleting series and snapshots are switched on. */
  adminApi: boolean;
  /** `POST /-/reload` is switched on. */
  lifecycle: boolean;
  /** Dashboards and logins are served. */
  dashboards: boolean;
  /** People can log in. */
  logins: boolean;
}

const DEFAULTS: PageOptions = {
  role: 'server',
  title: 'Bongsu',
  version: '',
  alertmanager: true,
  adminApi: false,
  lifecycle: false,
  dashboards: true,
  logins: true,
};

/** Reads the options; what is missing or malformed gets its default. */
export function parseOptions(text: string | null | undefined): PageOptions {
  let given: unknown;
  try {
    given = JSON.parse(text ?? '{}');
  } catch {
    return DEFAULTS;
  }
  if (typeof given !== 'object' || given === null) return DEFAULTS;
  const read = given as Record<string, unknown>;
  const flag = (key: 'alertmanager' | 'adminApi' | 'lifecycle' | 'dashboards' | 'logins') =>
    typeof read[key] === 'boolean' ? (read[key] as boolean) : DEFAULTS[key];
  const text_ = (key: 'title' | 'version') => (typeof read[key] === 'string' ? (read[key] as string) : DEFAULTS[key]);
  return {
    role: read.role === 'alertmanager' ? 'alertmanager' : 'server',
    title: text_('title'),
    version: text_('version'),
    alertmanager: flag('alertmanager'),
    adminApi: flag('adminApi'),
    lifecycle: flag('lifecycle'),
    dashboards: flag('dashboards'),
    logins: flag('logins'),
  };
}

let options: PageOptions | undefined;

/** What the server told in the page. */
export function pageOptions(): PageOptions {
  options ??= parseOptions(document.querySelector('meta[name="bongsu"]')?.getAttribute('content'));
  return options;
}

/** The path under which the application lives, without a slash at its end: `''` or `/prefix`. */
export function basePath(base: string = document.baseURI): string {
  return new URL(base).pathname.replace(/\/+$/, '');
}

/** The full address of a path of this server: `url('/api/v1/query')`. */
export function url(path: string, base: string = document.baseURI): string {
  const { origin } = new URL(base);
  return `${origin}${basePath(base)}${path.startsWith('/') ? path : `/${path}`}`;
}
