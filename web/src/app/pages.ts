/** Every page once: its address, its name in both languages, where the navigation shows it. Navigation, palette and routes read this. */
import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import type { IconName } from '../components/Icon';
import { type PageOptions, pageOptions } from '../lib/base';
import { type Text, messages } from '../lib/i18n';

export interface Page {
  path: string;
  /** Other paths that lead here: Prometheus's and Alertmanager's of all ages. */
  aliases?: readonly string[];
  title: Text;
  /** More words by which the palette finds it. */
  words?: string;
  icon: IconName;
  section: Section;
  /** Shown with a time range in the top bar. */
  timed?: boolean;
  /** Left out of the navigation. */
  hidden?: boolean;
  /** Whether this server has it. */
  available?: (options: PageOptions) => boolean;
  view: LazyExoticComponent<ComponentType>;
}

export type Section = 'look' | 'alerting' | 'monitoring' | 'status';
export const SECTIONS = messages({
  look: ['Look', '보기'],
  alerting: ['Alerting', '알림'],
  monitoring: ['Collection', '수집'],
  status: ['Server', '서버'],
});

const server = (options: PageOptions) => options.role === 'server';
const dashboards = lazy(() => import('../dashboards/routes'));

export const PAGES: readonly Page[] = [
  {
    path: '/query',
    title: ['Explore', '탐색'],
    words: 'query graph promql 쿼리 그래프',
    icon: 'explore',
    section: 'look',
    timed: true,
    available: server,
    view: lazy(() => import('../pages/explore/ExplorePage')),
  },
  {
    path: '/dashboards',
    aliases: ['/dashboards/*', '/d/*', '/dashboard/*', '/playlists/*'],
    title: ['Dashboards', '대시보드'],
    icon: 'dashboard',
    section: 'look',
    available: (options) => options.role === 'server' && options.dashboards,
    view: dashboards,
  },
  {
    path: '/flags',
    title: ['Flags', '플래그'],
    words: 'command line options',
    icon: 'flag',
    section: 'status',
    available: server,
    view: lazy(() => import('../pages/flags/FlagsPage')),
  },
];

/** The pages that this server has. */
export function availablePages(options: PageOptions = pageOptions()): readonly Page[] {
  return PAGES.filter((page) => page.available?.(options) ?? true);
}
