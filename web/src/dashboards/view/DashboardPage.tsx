/** An open dashboard. */
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { useNavigate } from 'react-router-dom';

import { ErrorBox, Empty, Loading } from '../../components/states';
import { basePath, pageOptions } from '../../lib/base';
import { useT } from '../../lib/i18n';
import { isComposing, takesText } from '../../lib/keyboard';
import { useUrlParams } from '../../lib/urlParams';
import { asString } from '../../panels/json';
import { getDashboard, getSnapshot } from '../api';
import type { DashboardMeta } from '../api';
import { changePanel, duplicatePanel, findPanel } from '../edit/changes';
import { importDashboard } from '../model/import';
import type { Scope } from '../model/repeat';
import type { Dashboard, Panel } from '../model/types';
import { dashboardTexts } from '../texts';
import { AnnotateDialog } from './AnnotateDialog';
import { Grid } from './Grid';
import { Inspector } from './Inspector';
import { LeaveGuard } from './LeaveGuard';
import type { PanelActions } from './PanelFrame';
import { SinglePanel } from './SinglePanel';
import { DashboardProvider, useDashboard, useReader, useSources } from './state';
import { Toolbar } from './Toolbar';
import { VariableBar } from './VariableBar';
import './dashboard.css';

const PanelEditor = lazy(async () => ({ default: (await import('../edit/PanelEditor')).PanelEditor }));

const NEW_META: DashboardMeta = {
  canEdit: true,
  canSave: true,
  starred: false,
  folderUid: '',
  folderTitle: '',
  provisioned: false,
  version: 0,
  updated: '',
  updatedBy: '',
};

/** `/d/:uid`. */
export function StoredDashboardPage({ uid }: { uid: string }) {
  const asked = useQuery({
    queryKey: ['dashboards', 'open', uid],
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
    queryFn: async ({ signal }) => {
      const stored = await getDashboard(uid, signal);
      return { dashboard: importDashboard(stored.document), meta: stored.meta };
    },
  });
  // Asked for beside the document, not after it.
  useSources();
  useReader();
  if (asked.error !== null)
    return (
      <div style={{ padding: 16 }}>
        <ErrorBox error={asked.error} retry={() => void asked.refetch()} />
      </div>
    );
  if (asked.data === undefined) return <Loading height={300} />;
  return <OpenDashboard key={uid} dashboard={asked.data.dashboard} meta={asked.data.meta} isNew={false} />;
}

/** `/dashboard/snapshot/:key`: nothing in it can be changed, and it asks no data source. */
export function SnapshotPage({ snapshot }: { snapshot: string }) {
  const asked = useQuery({
    queryKey: ['dashboards', 'snapshot', snapshot],
    staleTime: Infinity,
    retry: false,
    queryFn: async ({ signal }) => importDashboard(await getSnapshot(snapshot, signal)),
  });
  if (asked.error !== null)
    return (
      <div style={{ padding: 16 }}>
        <ErrorBox error={asked.error} retry={() => void asked.refetch()} />
      </div>
    );
  if (asked.data === undefined) return <Loading height={300} />;
  return <OpenDashboard key={snapshot} dashboard={asked.data} meta={{ ...NEW_META, canEdit: false, canSave: false }} isNew={false} />;
}

/** `/dashboard/new`; an imported document waits in the history's state until it is saved. */
export function NewDashboardPage({ dashboard }: { dashboard: Dashboard }) {
  return <OpenDashboard dashboard={dashboard} meta={NEW_META} isNew />;
}

function OpenDashboard({ dashboard, meta, isNew }: { dashboard: Dashboard; meta: DashboardMeta; isNew: boolean }) {
  // Asking before the address holds the document's range would ask everything twice.
  if (!useWrittenTime(dashboard)) return <Loading height={300} />;
  return (
    <DashboardProvider initial={dashboard} meta={meta} isNew={isNew}>
      <Content />
    </DashboardProvider>
  );
}

/** The document's time range and refresh hold where the address has none. Answers whether the address holds a range. */
function useWrittenTime(dashboard: Dashboard): boolean {
  const { params, change } = useUrlParams();
  useEffect(() => {
    const refresh = asString(dashboard['refresh']);
    if (!params.has('from') && !params.has('to'))
      change(
        { from: dashboard.time.from, to: dashboard.time.to, ...(refresh !== '' && !params.has('refresh') ? { refresh } : {}) },
        'replace',
      );
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once per opened dashboard
  }, []);
  return params.has('from') || params.has('to');
}

function Content() {
  const t = useT(dashboardTexts);
  const { dashboard, edit, undo, redo, editing, dirty, annotated, annotate, calendar, time } = useDashboard();
  const { params, change } = useUrlParams();
  const navigate = useNavigate();
  const [inspected, setInspected] = useState<{ panel: Panel; scope: Scope }>();
  const kiosk = params.has('kiosk');
  const viewed = findPanel(dashboard, Number(params.get('viewPanel')?.replace(/^panel-/, '') ?? Number.NaN));
  const edited = findPanel(dashboard, Number(params.get('editPanel') ?? Number.NaN));
  const actions = useMemo<PanelActions>(
    () => ({
      view: (panel) => change({ viewPanel: String(panel.id) }),
      edit: (panel) => change({ editPanel: String(panel.id), viewPanel: undefined }),
      inspect: (panel, scope) => setInspected({ panel, scope }),
      duplicate: (panel) => edit((old) => duplicatePanel(old, panel.id)),
      remove: (panel) => edit((old) => changePanel(old, panel.id, () => undefined)),
    }),
    [change, edit],
  );

  useEffect(() => {
    document.title = `${dashboard.title} · ${pageOptions().title}`;
  }, [dashboard.title]);
  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      if (isComposing(event)) return;
      if (event.key === 'Escape' && !takesText(event.target) && document.querySelector('[role=dialog]') === null) {
        if (params.has('viewPanel')) change({ viewPanel: undefined });
        else if (params.has('kiosk')) change({ kiosk: undefined });
      }
      if (editing && (event.ctrlKey || event.metaKey) && !takesText(event.target) && event.code === 'KeyZ') {
        event.preventDefault();
        if (event.shiftKey) redo();
        else undo();
      }
    };
    document.addEventListener('keydown', key);
    return () => document.removeEventListener('keydown', key);
  }, [params, change, editing, undo, redo]);
  /** Links inside the application change the page without loading it anew. */
  const follow = (event: React.MouseEvent): void => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      !(event.target instanceof Element)
    )
      return;
    const anchor = event.target.closest('a');
    if (anchor === null || anchor.target === '_blank' || anchor.origin !== window.location.origin) return;
    const base = basePath();
    // Texts of documents may write `/d/…` from the root, whatever the prefix.
    const path = base !== '' && anchor.pathname.startsWith(`${base}/`) ? anchor.pathname.slice(base.length) : anchor.pathname;
    if (!/^\/(?:d|dashboards|dashboard|explore|graph|alerts)(?:\/|$)/.test(path)) return;
    event.preventDefault();
    void navigate(`${path}${anchor.search}${anchor.hash}`);
  };
  return (
    <div className={kiosk ? 'db-page db-kiosk' : 'db-page'} onClick={follow} data-testid="dashboard">
      <LeaveGuard dirty={dirty} />
      <Toolbar kiosk={kiosk} single={viewed !== undefined || edited !== undefined} />
      <VariableBar />
      {edited !== undefined ? (
        <Suspense fallback={<Loading height={300} />}>
          <PanelEditor key={edited.id} panel={edited} actions={actions} />
        </Suspense>
      ) : viewed !== undefined ? (
        <SinglePanel panel={viewed} actions={actions} />
      ) : dashboard.panels.length === 0 ? (
        <Empty title={t('noPanels')}>{t('noPanelsHint')}</Empty>
      ) : (
        <Grid actions={actions} />
      )}
      {annotated !== undefined && (
        <AnnotateDialog
          time={annotated}
          dashboardUid={asString(dashboard['uid'])}
          zone={calendar.zone}
          close={() => annotate(undefined)}
          kept={time.refreshNow}
        />
      )}
      {inspected !== undefined && <Inspector panel={inspected.panel} scope={inspected.scope} close={() => setInspected(undefined)} />}
    </div>
  );
}
