/** The annotations of the open dashboard. */
import { useEffect, useState } from 'react';

import type { Annotation } from '../../panels/contract';
import { asBoolean, asString } from '../../panels/json';
import type { JsonObject } from '../../panels/json';
import { runAnnotation } from '../data/annotations';
import type { Lookup } from '../model/interpolate';
import type { Scope } from '../model/repeat';
import type { TimeSpan } from '../model/time';
import type { Dashboard } from '../model/types';
import type { DataSourceInfo } from '../model/variables';

const NO_SCOPE: Scope = new Map();

/** What documents without a word about them show: the annotations kept for them. */
const KEPT: JsonObject = { builtIn: 1, enable: true, name: 'Annotations & Alerts', datasource: { type: 'grafana', uid: '-- Grafana --' } };

/** Asks for the marks of `dashboard` once its variables are there, and again with each turn (`tick`). */
export function useAnnotations(
  dashboard: Dashboard,
  ready: boolean,
  span: TimeSpan,
  lookup: (scope: Scope) => (stepMs: number, scrapeMs: number) => Lookup,
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
