/** The routes: every page at its path and its aliases, below the path that the server tells. */
import { useQuery } from '@tanstack/react-query';
import { type RouteObject, Navigate, createBrowserRouter, useLocation } from 'react-router-dom';
import { send } from '../api/client';
import { usePerson } from '../components/person';
import { Empty, Loading } from '../components/states';
import { TimeProvider } from '../components/time';
import { basePath, pageOptions } from '../lib/base';
import { messages, useT } from '../lib/i18n';
import { ownPath } from '../lib/links';
import { Shell } from './Shell';
import { availablePages } from './pages';
import { fromAlertmanagerHash } from './paths';

const texts = messages({
  title: ['There is no page here', '이 주소에는 화면이 없습니다'],
  text: ['Press Ctrl K and type what you look for.', 'Ctrl K를 누르고 찾는 화면을 입력하세요.'],
});

function NotFound() {
  const t = useT(texts);
  return <Empty title={t('title')}>{t('text')}</Empty>;
}

/** `/`: where a link of an old Alertmanager leads, else the home dashboard of whoever is logged in, else the first page. */
function Home() {
  const { hash, search } = useLocation();
  const led = fromAlertmanagerHash(hash);
  const person = usePerson();
  const asks = led === undefined && person !== null && pageOptions().logins && pageOptions().dashboards;
  const home = useQuery({
    queryKey: ['home dashboard', person?.id],
    enabled: asks && person !== undefined,
    retry: false,
    queryFn: async ({ signal }) => ownHome((await send('/api/dashboards/home', { signal })) as { redirectUri?: string }),
  });
  if (asks && (person === undefined || home.isPending)) return <Loading height={300} />;
  const first = availablePages()[0]?.path ?? '/status';
  return <Navigate replace to={led ?? home.data ?? { pathname: first, search }} />;
}

/** The path of a home dashboard below ours; `null` if there is none. */
function ownHome({ redirectUri = '' }: { redirectUri?: string }): string | null {
  const base = basePath();
  return ownPath(base !== '' && redirectUri.startsWith(`${base}/`) ? redirectUri.slice(base.length) : redirectUri) ?? null;
}

export function makeRouter() {
  const pages = availablePages().flatMap<RouteObject>((page) =>
    [page.path, ...(page.aliases ?? [])].map((path) => ({ path, element: <page.view /> })),
  );
  const all: RouteObject[] = [
    {
      element: (
        <TimeProvider>
          <Shell />
        </TimeProvider>
      ),
      children: [{ path: '/', element: <Home /> }, ...pages, { path: '*', element: <NotFound /> }],
    },
  ];
  return createBrowserRouter(all, { basename: basePath() || '/' });
}
