/**
 * Data of one panel: queries while it is in view, transformations, field config.
 *
 * Invariants: 1. A panel out of view asks nothing; when it comes into view it asks once for what it missed.  2. The last answer stays on the page
 * while a new one is awaited.  3. Changes of options or theme redraw without asking again.
 */
import { useEffect, useMemo, useRef, useState } from 'react';

import type { PanelFrame } from '../../panels/contract';
import { panelKind } from '../../panels';
import { asString } from '../../panels/json';
import { decorate, transform } from '../data/engine';
import type { Replace } from '../data/engine';
import type { RawFrame } from '../data/frames';
import { prepare, runQueries } from '../data/query';
import type { QueryRequest, QueryResult } from '../data/query';
import { interpolate, plainText } from '../model/interpolate';
import type { Lookup, VariableValue } from '../model/interpolate';
import { resolveLink, valueLookup } from '../model/links';
import type { Scope } from '../model/repeat';
import { snapshotFrames } from '../model/snapshot';
import { overrideTime } from '../model/time';
import type { TimeOverride } from '../model/time';
import type { Panel } from '../model/types';
import { queryRequest } from './request';
import { useDashboard } from './state';

/** Remarks shown at most. */
const NOTICES_MAX = 20;

/** Where a panel's data stands. */
export interface PanelData {
  frames: readonly PanelFrame[];
  /** Frames before field config, for the inspector and the editor. */
  raw: readonly RawFrame[];
  result: QueryResult | undefined;
  time: TimeOverride;
  state: 'waiting' | 'loading' | 'done' | 'error';
  error: string | undefined;
  /** Remarks: warnings of the server, transformations that could not be applied. */
  notices: readonly string[];
}

/** The data of a panel as shown at `width` pixels. */
export function usePanelData(panel: Panel, scope: Scope, width: number, inView: boolean): PanelData {
  const { dashboard, sources, variables, ready, time, calendar, lookup, theme } = useDashboard();
  const kind = panelKind(panel.type);
  const override = useMemo(
    () => overrideTime(time.range, asString(panel['timeFrom']), asString(panel['timeShift']), time.nowMs, calendar),
    [time.range, time.nowMs, panel['timeFrom'], panel['timeShift'], calendar],
  );
  const { span } = override;
  const scoped = useMemo(() => lookup(scope, span), [lookup, scope, span]);
  const replace = useMemo<Replace>(
    () => (text, values) => interpolate(text, scopeLookup(values, scoped(0, 15_000)), plainText, calendar.zone),
    [scoped, calendar.zone],
  );

  const [answer, setAnswer] = useState<{ result: QueryResult; frames: RawFrame[]; problems: string[] }>();
  const [loading, setLoading] = useState(false);
  const [failure, setFailure] = useState<string>();
  // Coarse, so that dragging a corner does not ask at every pixel.
  const points = Math.max(100, Math.round(width / 50) * 50);
  const request = useMemo<QueryRequest | undefined>(
    () =>
      !ready || width === 0 || kind?.needsData !== true
        ? undefined
        : queryRequest({ sources, variables, lookup, panels: dashboard.panels }, panel, scope, span, points),
    [ready, width === 0, kind, panel, scope, span, points, lookup, sources, dashboard.panels, variables],
  );
  // What is sent decides whether to ask again, not which objects are new.
  const key = useMemo(
    () =>
      request === undefined
        ? ''
        : JSON.stringify([
            prepare(request).map((one) => [one.target, one.source?.uid, one.expr, one.stepMs]),
            span,
            panel.transformations,
            time.tick,
          ]),
    [request, span, panel.transformations, time.tick],
  );
  const asked = useRef('');

  useEffect(() => {
    if (request === undefined || !inView || asked.current === key) return undefined;
    const abort = new AbortController();
    setLoading(true);
    const run = async (): Promise<void> => {
      const result = await runQueries(request, abort.signal);
      const { frames, problems } = await transform(result.frames, panel.transformations, replace);
      if (abort.signal.aborted) return;
      asked.current = key;
      setAnswer({ result, frames: [...frames, ...result.exemplars], problems });
      setFailure(result.errors.length > 0 ? result.errors.join('\n') : undefined);
      setLoading(false);
    };
    run().catch((error: unknown) => {
      if (abort.signal.aborted) return;
      setFailure(error instanceof Error ? error.message : String(error));
      setLoading(false);
    });
    return () => {
      abort.abort();
      // A panel that left the window while it was asking waits again: it does not go on loading what nobody asks.
      setLoading(false);
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `key` stands for request, transformations and replacements
  }, [key, inView]);

  const kept = useMemo(() => snapshotFrames(panel), [panel]);
  const raw = kept ?? answer?.frames;
  const frames = useMemo(
    () =>
      raw === undefined
        ? []
        : decorate(raw, {
            fieldConfig: panel.fieldConfig,
            defaults: kind?.defaults ?? {},
            dark: theme.dark,
            zone: calendar.zone === '' ? 'browser' : calendar.zone,
            replace,
            links: (links, frame, field, row) =>
              links.flatMap((link) => {
                const found = resolveLink(link, valueLookup(frame, field, row, scoped(0, 15_000)));
                return found === undefined ? [] : [found];
              }),
          }),
    [raw, panel.fieldConfig, kind, theme.dark, calendar.zone, replace, scoped],
  );

  const needs = kind?.needsData === true && panel.targets.some((target) => target['hide'] !== true);
  const state: PanelData['state'] = !needs
    ? 'done'
    : loading
      ? 'loading'
      : answer === undefined && failure === undefined
        ? 'waiting'
        : failure !== undefined && (answer?.frames.length ?? 0) === 0
          ? 'error'
          : 'done';
  return {
    frames,
    raw: raw ?? [],
    result: answer?.result,
    time: override,
    state,
    error: failure,
    notices: [...(answer?.result.warnings ?? []), ...(answer?.problems ?? [])].slice(0, NOTICES_MAX),
  };
}

/** Names that the engine knows for a field (`__field`, `__series`), before the dashboard's. */
function scopeLookup(values: Readonly<Record<string, unknown>>, outer: Lookup): Lookup {
  return (name, path) => {
    const found = values[name];
    if (found === undefined) return outer(name, path);
    const text = (value: unknown): VariableValue => ({ value: String(value ?? ''), text: String(value ?? '') });
    if (path === undefined)
      return text(
        typeof found === 'object' && found !== null
          ? ((found as Record<string, unknown>)['name'] ?? (found as Record<string, unknown>)['text'])
          : found,
      );
    let here: unknown = found;
    for (const key of path.replace(/\["?([^\]"]+)"?\]/g, '.$1').split('.')) {
      if (typeof here !== 'object' || here === null) return text('');
      here = (here as Record<string, unknown>)[key];
    }
    return text(
      typeof here === 'object' && here !== null
        ? Object.entries(here as Record<string, unknown>)
            .map(([label, value]) => `${label}="${String(value)}"`)
            .join(', ')
        : here,
    );
  };
}
