/**
 * The router: as much of one as this application needs, in the shape that React programmers know.
 *
 * A page at an address, links that the browser can also open elsewhere, navigation with state, and a guard before unsaved changes
 * are left. Not here: loading of data (the query cache does it), nested routes, ranking of patterns (the first that matches is taken).
 */
import {
  type AnchorHTMLAttributes, type MouseEvent, type ReactNode, type Ref, createContext, startTransition, useContext, useEffect, useLayoutEffect, useRef, useState,
} from 'react';
import { type GoOptions, History, type Location, type To } from './history';

export type { GoOptions, Location, To } from './history';
export { History } from './history';

interface Place {
  history: History;
  location: Location;
}

const Context = createContext<Place | undefined>(undefined);

function usePlace(): Place {
  const place = useContext(Context);
  if (!place) throw new Error('links and navigation need a Router above them');
  return place;
}

interface RouterProps {
  /** What a reverse proxy puts before all paths. */
  prefix?: string;
  /** Given by tests that look at it from outside. */
  history?: History;
  children: ReactNode;
}

export function Router({ prefix = '', history: given, children }: RouterProps) {
  const [history] = useState(() => given ?? new History(prefix));
  const [location, setLocation] = useState(history.location);
  useLayoutEffect(() => {
    // A page whose code is still on its way must not blank the one that is seen: hence the transition.
    const end = history.listen((next) => startTransition(() => setLocation(next)));
    setLocation(history.location);
    return end;
  }, [history]);
  return <Context value={{ history, location }}>{children}</Context>;
}

export interface Route {
  /** A path, `/d/*` for all below one, `*` for the rest. */
  path: string;
  element: ReactNode;
}

/** Whether an address is below a pattern: `/d/*` has `/d/abc/name`, and not `/d`. A slash at the end does not count. */
export function matches(pattern: string, pathname: string): boolean {
  if (pattern === '*') return true;
  if (pattern.endsWith('/*')) return pathname.startsWith(pattern.slice(0, -1));
  return pattern === (pathname.length > 1 ? pathname.replace(/\/+$/, '') : pathname);
}

/** The first route that matches. */
export function Routes({ routes }: { routes: readonly Route[] }) {
  const { pathname } = useLocation();
  return routes.find((route) => matches(route.path, pathname))?.element ?? null;
}

export function useLocation(): Location {
  return usePlace().location;
}

/** Goes somewhere: `navigate('/alerts')`, `navigate({ search: '?a=b' }, { replace: true })`. Stays the same function. */
export function useNavigate(): (to: To, options?: GoOptions) => void {
  return usePlace().history.go;
}

interface NavigateProps extends GoOptions {
  to: To;
}

/** Goes elsewhere as soon as it is shown. */
export function Navigate({ to, replace, state }: NavigateProps) {
  const navigate = useNavigate();
  const address = JSON.stringify(to);
  const latest = useRef({ replace, state });
  useEffect(() => {
    latest.current = { replace, state };
  });
  useEffect(() => navigate(JSON.parse(address) as To, latest.current), [navigate, address]);
  return null;
}

interface LinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'>, GoOptions {
  to: To;
  ref?: Ref<HTMLAnchorElement>;
}

/** A link of this application. With a modifier, another button or a `target` the browser follows it itself. */
export function Link({ to, replace, state, onClick, ...rest }: LinkProps) {
  const { history } = usePlace();
  const href = history.href(to);
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (event.defaultPrevented || !isPlain || (rest.target && rest.target !== '_self')) return;
    event.preventDefault();
    // To press the same link twice is not two steps.
    history.go(to, { state, replace: replace ?? href === history.href(history.location) });
  };
  return <a {...rest} href={href} onClick={follow} />;
}

export type Blocker = { state: 'free' } | { state: 'blocked'; proceed: () => void; reset: () => void };

/** Holds navigations up that `wants` names, until somebody decides. */
export function useBlocker(wants: (from: Location, to: Location) => boolean): Blocker {
  const { history } = usePlace();
  const [held, setHeld] = useState<{ proceed: () => void }>();
  const latest = useRef(wants);
  useEffect(() => {
    latest.current = wants;
  });
  useEffect(() => history.protect({ wants: (from, to) => latest.current(from, to), hold: (proceed) => setHeld({ proceed }) }), [history]);
  if (!held) return { state: 'free' };
  const decide = (then?: () => void) => () => {
    setHeld(undefined);
    then?.();
  };
  return { state: 'blocked', proceed: decide(held.proceed), reset: decide() };
}
