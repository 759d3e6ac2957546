/** The routes below `/dashboards`, `/d/:uid/:slug?`, `/dashboard/new`, `/dashboard/snapshot/:key` and `/playlists`. */
import { useState } from 'react';
import { useLocation, useParams } from 'react-router-dom';

import { isObject } from '../panels/json';
import { PlaylistPage } from './list/PlaylistPage';
import { PlaylistsPage } from './list/PlaylistsPage';
import { ListPage } from './list/ListPage';
import { importDashboard } from './model/import';
import { NewDashboardPage, SnapshotPage, StoredDashboardPage } from './view/DashboardPage';

/** An empty dashboard, or the imported one that came with the navigation; read once, for a change of the address drops it. */
function NewPage() {
  const { state } = useLocation();
  const [dashboard] = useState(() =>
    importDashboard(
      isObject(state) && isObject(state['dashboard'])
        ? state['dashboard']
        : { title: 'New dashboard', panels: [], time: { from: 'now-6h', to: 'now' } },
    ),
  );
  return <NewDashboardPage dashboard={dashboard} />;
}

export default function DashboardRoutes() {
  const { pathname } = useLocation();
  const { '*': rest = '' } = useParams();
  if (pathname.startsWith('/d/')) return <StoredDashboardPage uid={decodeURIComponent(rest.split('/')[0] ?? '')} />;
  if (pathname.startsWith('/dashboard/snapshot/')) return <SnapshotPage snapshot={decodeURIComponent(rest.split('/').at(-1) ?? '')} />;
  if (pathname.startsWith('/dashboard/')) return <NewPage key={pathname} />;
  if (pathname.startsWith('/playlists/play')) return <PlaylistPage />;
  if (pathname.startsWith('/playlists')) return <PlaylistsPage />;
  return <ListPage />;
}
