/** What a panel's queries need, out of the state of its dashboard. */
import { asString, isObject } from '../../panels/json';
import type { QueryRequest } from '../data/query';
import type { Scope } from '../model/repeat';
import type { TimeSpan } from '../model/time';
import { allPanels } from '../model/types';
import type { Dashboard, Panel } from '../model/types';
import type { AdhocFilter, DataSourceInfo, Variable } from '../model/variables';
import type { DashboardState } from './state';

/** The part of a dashboard's state that queries depend on. */
export type QueryState = Pick<DashboardState, 'sources' | 'variables' | 'lookup'> & { panels: Dashboard['panels'] };

/** The queries of `panel` over a span, as wide as `points`. */
export function queryRequest(state: QueryState, panel: Panel, scope: Scope, span: TimeSpan, points: number): QueryRequest {
  const { sources, variables, lookup, panels } = state;
  return {
    panel,
    span,
    width: points,
    lookup: lookup(scope, span),
    sources,
    panels: allPanels(panels),
    filters: (source) => filtersOf(source, sources, variables),
  };
}

/** Ad hoc filters that hold for a source: those written for it, and those written for none that we know. */
function filtersOf(source: DataSourceInfo, sources: readonly DataSourceInfo[], variables: readonly Variable[]): readonly AdhocFilter[] {
  return variables
    .filter((variable) => variable.doc.type === 'adhoc')
    .flatMap((variable) => {
      const written = variable.doc['datasource'];
      const uid = isObject(written) ? asString(written['uid']) : asString(written);
      return uid === '' || uid === source.uid || uid.startsWith('$') || !sources.some((known) => known.uid === uid) ? variable.filters : [];
    });
}
