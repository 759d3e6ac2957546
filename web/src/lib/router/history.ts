/**
 * Where the application is, on top of the browser's own history.
 *
 * Invariants: 1. Paths here have no prefix of a reverse proxy: it is put in front on the way out and taken off on the way in.
 * 2. Every entry that is made here carries its number, so that a step back that is held up can be undone.
 * 3. Whoever listens is told after the address has changed.
 */

export interface Location {
  /** Begins with a slash; escaped as in the address. */
  pathname: string;
  /** Empty, or begins with `?`. */
  search: string;
  /** Empty, or begins with `#`. */
  hash: string;
  /** What came along with the navigation; kept over a reload, not in the address. */
  state: unknown;
  /** Differs for each navigation, also to the same address. */
  key: string;
}

/** Where to: an address of this application, or parts of one; what is left out stays (`pathname`) or goes (`search`, `hash`). */
export type To = string | Partial<Pick<Location, 'pathname' | 'search' | 'hash'>>;

export interface GoOptions {
  /** The back button skips the present address. */
  replace?: boolean;
  state?: unknown;
}

/** Somebody who may hold navigations up. */
export interface Guard {
  wants: (from: Location, to: Location) => boolean;
  /** Called with what lets the navigation happen after all. */
  hold: (proceed: () => void) => void;
}

/** What is kept with each entry of the browser's history. */
interface Kept {
  number: number;
  key: string;
  state: unknown;
}

type Place = Pick<Location, 'pathname' | 'search' | 'hash'>;

/** An address, resolved where it leaves out its path. */
export function resolve(from: Place, to: To): Place {
  const parts = typeof to === 'string' ? split(to) : to;
  const { pathname = '', search = '', hash = '' } = parts;
  const mark = (text: string, sign: string) => (text === '' || text === sign ? '' : text.startsWith(sign) ? text : sign + text);
  return { pathname: pathname === '' ? from.pathname : pathname, search: mark(search, '?'), hash: mark(hash, '#') };
}

function split(address: string): Partial<Place> {
  const [, pathname, search, hash] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(address) ?? [];
  return { pathname, search, hash };
}

export class History {
  location: Location;
  private number: number;
  private made = 0;
  private guard?: Guard;
  /** A step that undoes a held one is ours, and nobody is told. */
  private undoing = false;
  /** The next step was held before and may pass. */
  private passing = false;
  private readonly listeners = new Set<(location: Location) => void>();

  constructor(
    private readonly prefix = '',
    private readonly view: Window = window,
  ) {
    const { location, kept } = this.read();
    this.location = location;
    this.number = kept.number;
    this.view.history.replaceState(kept, '');
  }

  /** The address of a place as the browser has it. */
  href(to: To): string {
    const { pathname, search, hash } = resolve(this.location, to);
    return this.prefix + pathname + search + hash;
  }

  /** Goes somewhere, unless a guard holds it up. */
  readonly go = (to: To, options: GoOptions = {}): void => {
    this.made += 1;
    const key = `${this.number + 1}.${this.made}`;
    const next: Location = { ...resolve(this.location, to), state: options.state ?? null, key };
    const commit = () => {
      if (!options.replace) this.number += 1;
      const kept: Kept = { number: this.number, key, state: next.state };
      const address = this.prefix + next.pathname + next.search + next.hash;
      if (options.replace) this.view.history.replaceState(kept, '', address);
      else this.view.history.pushState(kept, '', address);
      this.arrive(next);
    };
    if (this.guard?.wants(this.location, next)) this.guard.hold(commit);
    else commit();
  };

  /** Tells of each change; the answer ends that. */
  listen(listener: (location: Location) => void): () => void {
    if (this.listeners.size === 0) this.view.addEventListener('popstate', this.step);
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.view.removeEventListener('popstate', this.step);
    };
  }

  /** Puts a guard up; the answer takes it down. */
  protect(guard: Guard): () => void {
    this.guard = guard;
    return () => {
      if (this.guard === guard) this.guard = undefined;
    };
  }

  private readonly step = (): void => {
    if (this.undoing) {
      this.undoing = false;
      return;
    }
    const { location, kept } = this.read();
    const distance = kept.number - this.number;
    const isHeld = !this.passing && distance !== 0 && this.guard?.wants(this.location, location);
    this.passing = false;
    if (isHeld) {
      this.undoing = true;
      this.view.history.go(-distance);
      this.guard?.hold(() => {
        this.passing = true;
        this.view.history.go(distance);
      });
      return;
    }
    this.number = kept.number;
    this.arrive(location);
  };

  private arrive(location: Location): void {
    this.location = location;
    for (const listener of this.listeners) listener(location);
  }

  private read(): { location: Location; kept: Kept } {
    const { pathname, search, hash } = this.view.location;
    const own = this.prefix !== '' && (pathname === this.prefix || pathname.startsWith(`${this.prefix}/`));
    const path = own ? pathname.slice(this.prefix.length) : pathname;
    const given = this.view.history.state as Partial<Kept> | null;
    // An entry without a number is not ours: the first one, or one that a link made by changing the hash.
    const number = typeof given?.number === 'number' ? given.number : (this.number ?? 0);
    const kept: Kept = { number, key: given?.key ?? 'first', state: given?.state ?? null };
    return { location: { pathname: path === '' ? '/' : path, search, hash, state: kept.state, key: kept.key }, kept };
  }
}
