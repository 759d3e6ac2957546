/**
 * The page's time range, shared by everything on it and kept in the address (`from`, `to`, `refresh`).
 *
 * A relative range is resolved at a `now` that moves only by refresh, so all parts of a page ask for the same span. Refreshing
 * pauses while the tab is hidden, and happens at once when it is seen again and a turn was missed.
 */
import { type ReactNode, createContext, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { parseDuration } from '../lib/durations';
import { useStored } from '../lib/stored';
import { DEFAULT_RANGE, type ResolvedRange, type TimeRange, type Zone, resolveRange } from '../lib/timeRange';
import { useUrlParams } from '../lib/urlParams';

/** Shortest refresh: below it a page asks faster than anybody reads. */
const REFRESH_MS_MIN = 1000;

export interface TimeState {
  /** The range in words. */
  range: TimeRange;
  /** The range in milliseconds at the last refresh. */
  resolved: ResolvedRange;
  setRange: (range: TimeRange) => void;
  /** How often the page asks again, such as `30s`; `''` for never. */
  refresh: string;
  setRefresh: (refresh: string) => void;
  /** Asks again now. */
  refreshNow: () => void;
  /** Rises with each refresh: part of a query's key. */
  tick: number;
  /** The moment of the last refresh. */
  nowMs: number;
  zone: Zone;
  setZone: (zone: Zone) => void;
}

const TimeContext = createContext<TimeState | undefined>(undefined);

/** The page's time range. */
export function useTime(): TimeState {
  const state = useContext(TimeContext);
  if (!state) throw new Error('useTime needs a TimeProvider above it');
  return state;
}

export function TimeProvider({ children }: { children: ReactNode }) {
  const { params, change } = useUrlParams();
  const [beat, setBeat] = useState(() => ({ tick: 0, nowMs: Date.now() }));
  const [zone, setZone] = useStored<Zone>('zone', 'local');
  const from = params.get('from') ?? DEFAULT_RANGE.from;
  const to = params.get('to') ?? DEFAULT_RANGE.to;
  const refresh = params.get('refresh') ?? '';

  const refreshNow = useCallback(() => setBeat(({ tick }) => ({ tick: tick + 1, nowMs: Date.now() })), []);
  useRefreshTimer(refresh, refreshNow, beat.nowMs);

  const setRange = useCallback(
    (next: TimeRange) => {
      change({ from: next.from, to: next.to });
      setBeat(({ tick }) => ({ tick, nowMs: Date.now() }));
    },
    [change],
  );
  const setRefresh = useCallback((next: string) => change({ refresh: next || undefined }, 'replace'), [change]);

  const state = useMemo<TimeState>(() => {
    const range = { from, to };
    const fallback = { fromMs: beat.nowMs - 3_600_000, toMs: beat.nowMs };
    const resolved = resolveRange(range, beat.nowMs, zone) ?? fallback;
    return { range, resolved, setRange, refresh, setRefresh, refreshNow, tick: beat.tick, nowMs: beat.nowMs, zone, setZone };
  }, [from, to, beat, zone, setRange, refresh, setRefresh, refreshNow, setZone]);
  return <TimeContext.Provider value={state}>{children}</TimeContext.Provider>;
}

function useRefreshTimer(refresh: string, refreshNow: () => void, lastMs: number) {
  const last = useRef(lastMs);
  last.current = lastMs;
  useEffect(() => {
    const every = Math.max(parseDuration(refresh) ?? 0, 0);
    if (every === 0) return undefined;
    const period = Math.max(every, REFRESH_MS_MIN);
    const turn = () => {
      if (document.visibilityState === 'visible') refreshNow();
    };
    const seen = () => {
      if (document.visibilityState === 'visible' && Date.now() - last.current >= period) refreshNow();
    };
    const timer = window.setInterval(turn, period);
    document.addEventListener('visibilitychange', seen);
    return () => {
      window.clearInterval(timer);
      document.removeEventListener('visibilitychange', seen);
    };
  }, [refresh, refreshNow]);
}
