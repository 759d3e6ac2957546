/**
 * The variables of the open dashboard: resolved when the document, the data sources or the time change, kept in the address.
 *
 * Invariants: 1. One resolution runs at a time; a later one takes over what an interrupted one still owed.  2. A value that was typed or came with the
 * address is kept even if no option has it, until its variable's parents change.
 */
import { useCallback, useEffect, useRef, useState } from 'react';

import type { UrlParams } from '../../lib/urlParams';
import { prometheusSource } from '../data/source';
import { builtinLookup } from '../model/builtins';
import type { TimeSpan } from '../model/time';
import type { Dashboard } from '../model/types';
import { filterText, initialVariables, refreshesOnTime, resolveVariables } from '../model/variables';
import type { AdhocFilter, DataSourceInfo, Variable } from '../model/variables';

/** Variables whose dependants wait for a resolution (`undefined`: all do), and those whose value was typed. */
interface Owed {
  names: ReadonlySet<string> | undefined;
  keep: ReadonlySet<string>;
}

const NOTHING_OWED: Owed = { names: new Set(), keep: new Set() };

/** Variables with what changes them. */
export interface VariableHook {
  variables: readonly Variable[];
  ready: boolean;
  select(name: string, values: readonly string[]): void;
  setFilters(name: string, filters: readonly AdhocFilter[]): void;
}

/** Selections that an address holds, by variable. */
function wantedFrom(params: URLSearchParams): Map<string, string[]> {
  const wanted = new Map<string, string[]>();
  for (const [key, value] of params) {
    if (key.startsWith('var-')) wanted.set(key.slice(4), [...(wanted.get(key.slice(4)) ?? []), value]);
  }
  return wanted;
}

/** Resolves and keeps the variables of `dashboard`; `sources` are `undefined` until they are known. */
export function useVariables(
  dashboard: Dashboard,
  sources: readonly DataSourceInfo[] | undefined,
  span: TimeSpan,
  tick: number,
  params: URLSearchParams,
  change: UrlParams['change'],
): VariableHook {
  const docs = dashboard.templating.list;
  const [variables, setVariables] = useState<readonly Variable[]>([]);
  const [ready, setReady] = useState(false);
  const newest = useRef({ variables, span });
  newest.current = { variables, span };
  const running = useRef<AbortController>(undefined);
  const pending = useRef<Owed>(NOTHING_OWED);

  const resolve = useCallback(
    (
      from: readonly Variable[],
      known: readonly DataSourceInfo[],
      changedNames: ReadonlySet<string> | undefined,
      keepUnknown: ReadonlySet<string>,
    ) => {
      running.current?.abort();
      const abort = new AbortController();
      running.current = abort;
      // What an interrupted resolution still owed is owed by this one.
      const owed = pending.current;
      const names = changedNames === undefined || owed.names === undefined ? undefined : new Set([...owed.names, ...changedNames]);
      const keep = new Set([...owed.keep, ...keepUnknown]);
      pending.current = { names, keep };
      const { span: at } = newest.current;
      const builtin = builtinLookup({
        span: at,
        text: { from: String(at.from), to: String(at.to) },
        stepMs: 60_000,
        scrapeMs: 15_000,
        zone: '',
        dashboard: { uid: '', title: '' },
        user: undefined,
        allVariables: () => '',
      });
      resolveVariables(from, prometheusSource(known, at), { keepUnknown: keep, changed: names, builtin, signal: abort.signal }).then(
        (next) => {
          if (!abort.signal.aborted) {
            pending.current = NOTHING_OWED;
            setVariables((old) => (same(old, next) ? old : next));
            setReady(true);
          }
        },
        (error: unknown) => {
          if (!abort.signal.aborted) throw error;
        },
      );
    },
    [],
  );

  // A changed list of variables, or the first answer about data sources.
  useEffect(() => {
    if (sources === undefined) return undefined;
    const wanted = wantedFrom(params);
    for (const { name, selected, filters, doc } of newest.current.variables)
      if (!wanted.has(name)) wanted.set(name, doc.type === 'adhoc' ? filters.map(filterText) : selected);
    const named = new Set(wantedFrom(params).keys());
    resolve(initialVariables(docs, wanted), sources, undefined, named);
    return () => running.current?.abort();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the address is watched below
  }, [docs, sources, resolve]);

  // Variables that follow the time range.
  const turn = `${tick}|${span.from}|${span.to}`;
  const lastTurn = useRef(turn);
  useEffect(() => {
    if (lastTurn.current === turn || sources === undefined) return;
    lastTurn.current = turn;
    if (docs.some(refreshesOnTime)) resolve(newest.current.variables, sources, undefined, new Set());
  }, [turn, docs, sources, resolve]);

  const put = useCallback(
    (name: string, update: (variable: Variable) => Variable) => {
      if (sources === undefined) return;
      const next = newest.current.variables.map((variable) => (variable.name === name ? update(variable) : variable));
      newest.current.variables = next;
      setVariables(next);
      resolve(next, sources, new Set([name]), new Set([name]));
    },
    [sources, resolve],
  );

  // Going back and forth in the browser.
  const address = [...params]
    .filter(([key]) => key.startsWith('var-'))
    .map((pair) => pair.join('='))
    .join('&');
  const lastAddress = useRef(address);
  useEffect(() => {
    if (lastAddress.current === address) return;
    lastAddress.current = address;
    for (const [name, values] of wantedFrom(params)) {
      const variable = newest.current.variables.find((candidate) => candidate.name === name);
      if (variable !== undefined && variable.doc.type !== 'adhoc' && variable.selected.join('\0') !== values.join('\0'))
        put(name, (old) => ({ ...old, selected: values }));
    }
  }, [address, params, put]);

  const select = useCallback(
    (name: string, values: readonly string[]) => {
      put(name, (variable) => ({ ...variable, selected: [...values] }));
      change({ [`var-${name}`]: values });
    },
    [put, change],
  );
  const setFilters = useCallback(
    (name: string, filters: readonly AdhocFilter[]) => {
      put(name, (variable) => ({ ...variable, filters: [...filters] }));
      change({ [`var-${name}`]: filters.map(filterText) });
    },
    [put, change],
  );
  return { variables, ready, select, setFilters };
}

/** Whether two resolutions look the same: a refresh that found nothing new must not redraw the page. */
function same(a: readonly Variable[], b: readonly Variable[]): boolean {
  const looks = (variables: readonly Variable[]): string =>
    JSON.stringify(variables.map(({ name, options, selected, filters, error }) => [name, options, selected, filters, error]));
  return a.length === b.length && a.every((variable, index) => variable.doc === b[index]?.doc) && looks(a) === looks(b);
}
