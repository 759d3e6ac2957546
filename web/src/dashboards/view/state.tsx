/**
 * The state of an open dashboard, for everything on its page: document with undo, variables, time, data sources, annotations.
 *
 * Invariants: 1. Panels query only after the variables were resolved once.  2. A change of a variable resolves its dependants before panels see it.
 * 3. Time and selections live in the address, so that a link shows the same.
 */
import { useQuery } from '@tanstack/react-query';
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';

import { useTime } from '../../components/time';
import type { TimeState } from '../../components/time';
import { useUrlParams } from '../../lib/urlParams';
import type { Annotation, PanelTheme } from '../../panels/contract';
import { asBoolean, asNumber, asString } from '../../panels/json';
import type { JsonObject } from '../../panels/json';
import { getDataSources, getUser } from '../api';
import type { DashboardMeta } from '../api';
import { runAnnotation } from '../data/annotations';
import { prometheusSource } from '../data/source';
import { beginHistory, changed, redone, undone } from '../edit/history';
import { builtinLookup } from '../model/builtins';
import { interpolate, plainText } from '../model/interpolate';
import type { Lookup } from '../model/interpolate';
import type { Scope } from '../model/repeat';
import { resolveTime } from '../model/time';
import type { Calendar, TimeSpan } from '../model/time';
import type { Dashboard } from '../model/types';
import { filterText, initialVariables, refreshesOnTime, resolveVariables, variableLookup } from '../model/variables';
import type { AdhocFilter, DataSourceInfo, Variable } from '../model/variables';
import { usePanelTheme } from './theme';

/** What parts of the page share. */
export interface DashboardState {
  dashboard: Dashboard;
  meta: DashboardMeta;
  /** Changes the document; changes of one `group` are one step of undo. */
  edit(change: (dashboard: Dashboard) => Dashboard, group?: string): void;
  undo(): void;
  redo(): void;
  canUndo: boolean;
  canRedo: boolean;
  dirty: boolean;
  /** The document as it is stored now, after a save. */
  saved(dashboard: Dashboard, meta: DashboardMeta): void;
  variables: readonly Variable[];
  /** Whether variables were resolved, so that panels may query. */
  ready: boolean;
  select(name: string, values: readonly string[]): void;
  setFilters(name: string, filters: readonly AdhocFilter[]): void;
  sources: readonly DataSourceInfo[];
  time: TimeState;
  calendar: Calendar;
  span: TimeSpan;
  theme: PanelTheme;
  annotations: readonly Annotation[];
  /** Annotation queries switched off by the reader, by name. */
  mutedAnnotations: ReadonlySet<string>;
  muteAnnotation(name: string, muted: boolean): void;
  /** Meanings of names for a panel: its repeat's values, variables, built-ins. */
  lookup(scope: Scope, span?: TimeSpan): (stepMs: number, scrapeMs: number) => Lookup;
  /** A text for people. */
  text(text: string, scope?: Scope): string;
  /** The instant that an annotation is being written for. */
  annotated: number | undefined;
  annotate(time: number | undefined): void;
  editing: boolean;
  setEditing(editing: boolean): void;
}

const Context = createContext<DashboardState | undefined>(undefined);

/** The open dashboard. */
export function useDashboard(): DashboardState {
  const state = useContext(Context);
  if (state === undefined) throw new Error('useDashboard needs a DashboardProvider above it');
  return state;
}

const NO_SCOPE: Scope = new Map();

interface Props {
  initial: Dashboard;
  meta: DashboardMeta;
  isNew: boolean;
  children: ReactNode;
}

export function DashboardProvider({ initial, meta: firstMeta, isNew, children }: Props) {
  const time = useTime();
  const theme = usePanelTheme();
  const { params, change } = useUrlParams();
  const [history, setHistory] = useState(() => beginHistory(initial));
  const [stored, setStored] = useState(initial);
  const [meta, setMeta] = useState(firstMeta);
  const [editing, setEditing] = useState(isNew);
  const [annotated, annotate] = useState<number>();
  const dashboard = history.present;
  const sources = useQuery({ queryKey: ['dashboards', 'sources'], queryFn: ({ signal }) => getDataSources(signal), staleTime: 60_000 });
  const user = useQuery({ queryKey: ['dashboards', 'user'], queryFn: ({ signal }) => getUser(signal), staleTime: 300_000 });

  const docZone = asString(dashboard['timezone']);
  const zone = time.zone === 'utc' ? 'utc' : docZone === '' || docZone === 'browser' ? 'browser' : docZone;
  const weekStart = asString(dashboard['weekStart']) === 'sunday' ? 0 : asString(dashboard['weekStart']) === 'saturday' ? 6 : 1;
  const fiscalMonth = asNumber(dashboard['fiscalYearStartMonth'], 0);
  const calendar = useMemo<Calendar>(() => ({ zone, weekStart, fiscalMonth }), [zone, weekStart, fiscalMonth]);
  const span = useMemo(() => resolveTime(time.range, time.nowMs, calendar), [time.range, time.nowMs, calendar]);

  const vars = useVariables(dashboard, sources.data, span, time.tick, params, change);
  const { variables } = vars;

  const lookup = useCallback(
    (scope: Scope, own?: TimeSpan) =>
      (stepMs: number, scrapeMs: number): Lookup => {
        const allVariables = (): string =>
          variables
            .flatMap((variable) =>
              (variable.doc['skipUrlSync'] === true
                ? []
                : variable.doc.type === 'adhoc'
                  ? variable.filters.map(filterText)
                  : scope.has(variable.name)
                    ? [String(scope.get(variable.name)?.value)]
                    : variable.selected
              ).map((value) => `var-${encodeURIComponent(variable.name)}=${encodeURIComponent(value)}`),
            )
            .join('&');
        const builtin = builtinLookup({
          span: own ?? span,
          text: time.range,
          stepMs,
          scrapeMs,
          zone: calendar.zone,
          dashboard: { uid: asString(dashboard['uid']), title: dashboard.title },
          user: user.data,
          allVariables,
        });
        const outer = variableLookup(variables, builtin);
        return (name, path) => scope.get(name) ?? outer(name, path);
      },
    [variables, span, time.range, calendar, dashboard, user.data],
  );
  const text = useCallback(
    (written: string, scope: Scope = NO_SCOPE) => interpolate(written, lookup(scope)(0, 15_000), plainText, calendar.zone),
    [lookup, calendar.zone],
  );

  const [mutedAnnotations, setMuted] = useState<ReadonlySet<string>>(new Set());
  const annotations = useAnnotations(dashboard, vars.ready, span, lookup, sources.data ?? [], mutedAnnotations, time.tick);

  const edit = useCallback(
    (make: (dashboard: Dashboard) => Dashboard, group?: string) => setHistory((old) => changed(old, make(old.present), group)),
    [],
  );
  const state = useMemo<DashboardState>(
    () => ({
      dashboard,
      meta,
      edit,
      variables,
      ready: vars.ready,
      select: vars.select,
      setFilters: vars.setFilters,
      sources: sources.data ?? [],
      time,
      calendar,
      span,
      theme,
      annotations,
      mutedAnnotations,
      lookup,
      text,
      annotated,
      annotate,
      editing,
      setEditing,
      undo: () => setHistory(undone),
      redo: () => setHistory(redone),
      canUndo: history.past.length > 0,
      canRedo: history.future.length > 0,
      dirty: dashboard !== stored,
      saved: (next, nextMeta) => {
        setHistory((old) => ({ ...old, present: next }));
        setStored(next);
        setMeta(nextMeta);
      },
      muteAnnotation: (name, muted) =>
        setMuted((old) => {
          const next = new Set(old);
          if (muted) next.add(name);
          else next.delete(name);
          return next;
        }),
    }),
    [
      dashboard,
      meta,
      edit,
      variables,
      vars.ready,
      vars.select,
      vars.setFilters,
      sources.data,
      time,
      calendar,
      span,
      theme,
      annotations,
      mutedAnnotations,
      lookup,
      text,
      annotated,
      editing,
      history,
      stored,
    ],
  );
  return <Context.Provider value={state}>{children}</Context.Provider>;
}

interface VariableHook {
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

function useVariables(
  dashboard: Dashboard,
  sources: readonly DataSourceInfo[] | undefined,
  span: TimeSpan,
  tick: number,
  params: URLSearchParams,
  change: ReturnType<typeof useUrlParams>['change'],
): VariableHook {
  const docs = dashboard.templating.list;
  const [variables, setVariables] = useState<readonly Variable[]>([]);
  const [ready, setReady] = useState(false);
  const newest = useRef({ variables, span });
  newest.current = { variables, span };
  const running = useRef<AbortController>(undefined);

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
      resolveVariables(from, prometheusSource(known, at), { keepUnknown, changed: changedNames, builtin, signal: abort.signal }).then(
        (next) => {
          if (!abort.signal.aborted) {
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

/** What documents without a word about them show: the annotations kept for them. */
const KEPT: JsonObject = { builtIn: 1, enable: true, name: 'Annotations & Alerts', datasource: { type: 'grafana', uid: '-- Grafana --' } };

function useAnnotations(
  dashboard: Dashboard,
  ready: boolean,
  span: TimeSpan,
  lookup: DashboardState['lookup'],
  sources: readonly DataSourceInfo[],
  muted: ReadonlySet<string>,
  tick: number,
): readonly Annotation[] {
  const [annotations, setAnnotations] = useState<readonly Annotation[]>([]);
  const docs = dashboard.annotations.list;
  const uid = asString(dashboard['uid']);
  useEffect(() => {
    const known = uid === '' || docs.some((doc) => doc['builtIn'] === 1) ? docs : [KEPT, ...docs];
    const active = known.filter((doc) => asBoolean(doc['enable'], true) && !muted.has(asString(doc['name'])));
    if (!ready || active.length === 0) {
      setAnnotations((old) => (old.length === 0 ? old : []));
      return undefined;
    }
    const abort = new AbortController();
    // One source of marks that fails (or is not served) leaves the graphs as they are.
    Promise.allSettled(
      active.map((doc) => runAnnotation(doc, uid, span, (stepMs) => lookup(NO_SCOPE)(stepMs, 15_000), sources, abort.signal)),
    ).then(
      (answers) => {
        if (abort.signal.aborted) return;
        const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
        setAnnotations((old) => (old.length === 0 && found.length === 0 ? old : found));
      },
      () => undefined,
    );
    return () => abort.abort();
  }, [docs, ready, span, lookup, sources, uid, muted, tick]);
  return annotations;
}
