/** The routes below `/dashboards`, `/d/:uid/:slug?`, `/dashboard/new` and `/playlists`. */
import { useMemo } from 'react';
import { useLocation, useParams } from 'react-router-dom';

import { isObject } from '../panels/json';
import { PlaylistPage } from './list/PlaylistPage';
import { ListPage } from './list/ListPage';
import { importDashboard } from './model/import';
import { NewDashboardPage, StoredDashboardPage } from './view/DashboardPage';

/** An empty dashboard, or the imported one that waits in the history's state. */
function NewPage() {
  const { state } = useLocation();
  const dashboard = useMemo(
    () =>
      importDashboard(
        isObject(state) && isObject(state['dashboard'])
          ? state['dashboard']
          : { title: 'New dashboard', panels: [], time: { from: 'now-6h', to: 'now' } },
      ),
    [state],
  );
  return <NewDashboardPage dashboard={dashboard} />;
}

export default function DashboardRoutes() {
  const { pathname } = useLocation();
  const { '*': rest = '' } = useParams();
  if (pathname.startsWith('/d/')) return <StoredDashboardPage uid={decodeURIComponent(rest.split('/')[0] ?? '')} />;
  if (pathname.startsWith('/dashboard/')) return <NewPage />;
  if (pathname.startsWith('/playlists/')) return <PlaylistPage />;
  return <ListPage />;
}
