/** The routes: every page at its path and its aliases, below the path that the server tells. */
import { type RouteObject, Navigate, createBrowserRouter, useLocation } from 'react-router-dom';
import { TimeProvider } from '../components/time';
import { Empty } from '../components/states';
import { basePath } from '../lib/base';
import { messages, useT } from '../lib/i18n';
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

/** `/`: where a link of an old Alertmanager leads, else the first page. */
function Home() {
  const { hash, search } = useLocation();
  const led = fromAlertmanagerHash(hash);
  const first = availablePages()[0]?.path ?? '/status';
  return <Navigate replace to={led ?? { pathname: first, search }} />;
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
