/** Who is logged in, as far as pages need to know: shared by the top bar, the navigation and the pages that only some may use. */
import { useQuery } from '@tanstack/react-query';
import { useLocation } from 'react-router-dom';
import type { Role } from '../api/accounts';
import { ApiError, send } from '../api/client';
import { pageOptions } from '../lib/base';
import { readStored, writeStored } from '../lib/stored';

export interface Person {
  id: number;
  login: string;
  name: string;
  email: string;
  orgRole?: Role;
  /** Runs the server: may create users and read everything. */
  isGrafanaAdmin?: boolean;
  isAnonymous?: boolean;
  /** Another party says who this is: name and password are not kept here. */
  isExternal?: boolean;
}

/** Kept where somebody has logged in: without it nobody is asked for, because browsers log each refusal as an error. */
const LOGGED_IN = 'loggedIn';

/** Remembers whether this browser has a session. */
export function rememberLogin(loggedIn: boolean): void {
  writeStored(LOGGED_IN, loggedIn);
}

/** Whether somebody may administrate the organisation. */
export function isAdmin(person: Person | null | undefined): boolean {
  return person?.orgRole === 'Admin' || person?.isGrafanaAdmin === true;
}

/** Who is logged in: `null` for nobody, `undefined` while asking or where the server has no logins. */
export function usePerson(): Person | null | undefined {
  const { pathname, search } = useLocation();
  // A provider that refused somebody leads back here: there is nobody to ask for.
  const refused = pathname === '/login' && new URLSearchParams(search).has('error');
  const asked = (readStored(LOGGED_IN, false) && !refused) || /^\/(d|dashboards?|playlists|admin|profile)(\/|$)/.test(pathname);
  const { data } = useQuery({
    queryKey: ['person'],
    enabled: pageOptions().logins && asked,
    queryFn: async ({ signal }): Promise<Person | null> => {
      try {
        const person = (await send('/api/user', { signal })) as Person;
        if (!person.isAnonymous) rememberLogin(true);
        return person.isAnonymous ? null : person;
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 401) throw error;
        rememberLogin(false);
        return null;
      }
    },
    retry: false,
    staleTime: 60_000,
  });
  if (!pageOptions().logins) return undefined;
  return asked ? data : (data ?? null);
}
