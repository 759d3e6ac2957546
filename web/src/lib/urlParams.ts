/** View state in the address: reading and changing search parameters without losing those of others. */
import { useCallback, useMemo } from 'react';
import { useLocation, useNavigate } from 'react-router-dom';

/** New values by name; `undefined` and `''` remove, a list repeats. */
export type ParamChanges = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Applies changes to a query string. */
export function changeParams(search: string, changes: ParamChanges): string {
  const params = new URLSearchParams(search);
  for (const [key, value] of Object.entries(changes)) {
    params.delete(key);
    if (typeof value === 'object') for (const one of value) params.append(key, one);
    else if (value !== undefined && value !== '') params.set(key, value);
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

export interface UrlParams {
  params: URLSearchParams;
  /** Changes parameters. `push`: the back button undoes it; otherwise the present entry is replaced. */
  change: (changes: ParamChanges, how?: 'push' | 'replace') => void;
}

/** The address's parameters. Two changes in one moment do not undo each other: each starts from the address as it is. */
export function useUrlParams(): UrlParams {
  const { search } = useLocation();
  const navigate = useNavigate();
  const params = useMemo(() => new URLSearchParams(search), [search]);
  const change = useCallback(
    (changes: ParamChanges, how: 'push' | 'replace' = 'push') => {
      const next = changeParams(window.location.search, changes);
      if (next !== window.location.search) void navigate({ search: next, hash: '' }, { replace: how === 'replace' });
    },
    [navigate],
  );
  return { params, change };
}

/** One parameter with a default that is not written. */
export function useUrlParam(name: string, fallback = ''): [string, (value: string) => void] {
  const { params, change } = useUrlParams();
  const set = useCallback(
    (value: string) => change({ [name]: value === fallback ? undefined : value }, 'replace'),
    [change, name, fallback],
  );
  return [params.get(name) ?? fallback, set];
}
