/**
 * The state of an open dashboard, for everything on its page: document with undo, variables, time, data sources, annotations.
 *
 * Invariants: 1. Panels query only after the variables were resolved once.  2. A change of a variable resolves its dependants before panels see it.
 * 3. Time and selections live in the address, so that a link shows the same.
 */
import { useQuery } from '@tanstack/react-query';
import { createContext, useCallback, useContext, useMemo, useState } from 'react';
import type { ReactNode } from 'react';

import { useTime } from '../../components/time';
import type { TimeState } from '../../components/time';
import { useUrlParams } from '../../lib/urlParams';
import type { Annotation, PanelTheme } from '../../panels/contract';
import { asNumber, asString } from '../../panels/json';
import { getDataSources, getUser } from '../api';
import type { DashboardMeta } from '../api';
import { beginHistory, changed, redone, undone } from '../edit/history';
import { builtinLookup } from '../model/builtins';
import { interpolate, plainText } from '../model/interpolate';
import type { Lookup } from '../model/interpolate';
import type { Scope } from '../model/repeat';
import { resolveTime } from '../model/time';
import type { Calendar, TimeSpan } from '../model/time';
import type { Dashboard } from '../model/types';
import { filterText, variableLookup } from '../model/variables';
import type { AdhocFilter, DataSourceInfo, Variable } from '../model/variables';
import { usePanelTheme } from './theme';
import { useAnnotations } from './useAnnotations';
import { useVariables } from './useVariables';

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

/** The data sources that one may query. */
export function useSources() {
  return useQuery({ queryKey: ['dashboards', 'sources'], queryFn: ({ signal }) => getDataSources(signal), staleTime: 60_000 });
}

/** Whoever reads the page. */
export function useReader() {
  return useQuery({ queryKey: ['dashboards', 'user'], queryFn: ({ signal }) => getUser(signal), staleTime: 300_000 });
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
  const sources = useSources();
  const user = useReader();

  const docZone = asString(dashboard['timezone']);
  const zone = time.zone === 'utc' ? 'utc' : docZone === '' || docZone === 'browser' ? 'browser' : docZone;
  const weekStart = asString(dashboard['weekStart']) === 'sunday' ? 0 : asString(dashboard['weekStart']) === 'saturday' ? 6 : 1;
  const fiscalMonth = asNumber(dashboard['fiscalYearStartMonth'], 0);
  const calendar = useMemo<Calendar>(() => ({ zone, weekStart, fiscalMonth }), [zone, weekStart, fiscalMonth]);
  const span = useMemo(() => resolveTime(time.range, time.nowMs, calendar), [time.range, time.nowMs, calendar]);

  const vars = useVariables(dashboard, sources.data, span, time.tick, params, change);
  const { variables } = vars;

  // Not the document: a change of it must not make every panel read its answer again.
  const uid = asString(dashboard['uid']);
  const { title } = dashboard;
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
          dashboard: { uid, title },
          user: user.data,
          allVariables,
        });
        const outer = variableLookup(variables, builtin);
        return (name, path) => scope.get(name) ?? outer(name, path);
      },
    [variables, span, time.range, calendar, uid, title, user.data],
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
