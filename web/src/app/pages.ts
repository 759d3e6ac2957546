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
  /** What the top bar offers: a time range and refreshing, or refreshing alone. */
  timed?: 'range' | 'refresh';
  /** Left out of the navigation. */
  hidden?: boolean;
  /** Shown in the navigation to administrators alone; its address answers everybody with what is needed. */
  forAdmins?: boolean;
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

const alertmanager = (options: PageOptions) => options.alertmanager;

export const PAGES: readonly Page[] = [
  {
    path: '/query',
    title: ['Explore', '탐색'],
    words: 'query graph promql 쿼리 그래프',
    icon: 'explore',
    section: 'look',
    timed: 'range',
    available: server,
    view: lazy(() => import('../pages/explore/ExplorePage')),
  },
  {
    path: '/dashboards',
    aliases: ['/dashboards/*', '/d/*', '/dashboard/*', '/playlists', '/playlists/*'],
    title: ['Dashboards', '대시보드'],
    icon: 'dashboard',
    section: 'look',
    available: (options) => options.role === 'server' && options.dashboards,
    view: lazy(() => import('../dashboards/routes')),
  },
  {
    path: '/alerts',
    title: ['Alerts', '알림'],
    words: 'firing pending 발생 대기',
    icon: 'bell',
    section: 'alerting',
    timed: 'refresh',
    available: server,
    view: lazy(() => import('../pages/alerts/AlertsPage')),
  },
  {
    path: '/groups',
    title: ['Notification groups', '알림 그룹'],
    words: 'alertmanager grouped inhibited silenced 묶음',
    icon: 'mail',
    section: 'alerting',
    timed: 'refresh',
    available: alertmanager,
    view: lazy(() => import('../pages/groups/GroupsPage')),
  },
  {
    path: '/silences',
    aliases: ['/silences/*'],
    title: ['Silences', '무음'],
    words: 'mute 음소거 침묵',
    icon: 'silence',
    section: 'alerting',
    timed: 'refresh',
    available: alertmanager,
    view: lazy(() => import('../pages/silences/SilencesPage')),
  },
  {
    path: '/acks',
    title: ['Acknowledgements', '확인한 알림'],
    words: 'ack who takes care owner 담당자 확인',
    icon: 'check',
    section: 'alerting',
    timed: 'refresh',
    available: alertmanager,
    view: lazy(() => import('../pages/acks/AcksPage')),
  },
  {
    path: '/routing',
    title: ['Routing', '라우팅'],
    words: 'routes tree where would an alert go 경로',
    icon: 'route',
    section: 'alerting',
    available: alertmanager,
    view: lazy(() => import('../pages/routing/RoutingPage')),
  },
  {
    path: '/receivers',
    aliases: ['/templates'],
    title: ['Receivers', '수신자'],
    words: 'notification test template preview 시험 템플릿',
    icon: 'person',
    section: 'alerting',
    available: alertmanager,
    view: lazy(() => import('../pages/receivers/ReceiversPage')),
  },
  {
    path: '/why',
    title: ['Why?', '왜 왔나?'],
    words: 'ledger why was I paged not paged 장부 기록',
    icon: 'question',
    section: 'alerting',
    timed: 'range',
    available: alertmanager,
    view: lazy(() => import('../pages/why/WhyPage')),
  },
  {
    path: '/backtest',
    title: ['Backtest', '백테스트'],
    words: 'try a rule on the past 규칙 검증',
    icon: 'play',
    section: 'alerting',
    timed: 'range',
    available: server,
    view: lazy(() => import('../pages/backtest/BacktestPage')),
  },
  {
    path: '/targets',
    title: ['Targets', '수집 대상'],
    words: 'scrape health up down',
    icon: 'target',
    section: 'monitoring',
    timed: 'refresh',
    available: server,
    view: lazy(() => import('../pages/targets/TargetsPage')),
  },
  {
    path: '/service-discovery',
    title: ['Service discovery', '서비스 검색'],
    words: 'relabel dropped 재지정',
    icon: 'search',
    section: 'monitoring',
    timed: 'refresh',
    available: server,
    view: lazy(() => import('../pages/discovery/DiscoveryPage')),
  },
  {
    path: '/rules',
    title: ['Rules', '규칙'],
    words: 'recording alerting groups',
    icon: 'rules',
    section: 'monitoring',
    timed: 'refresh',
    available: server,
    view: lazy(() => import('../pages/rules/RulesPage')),
  },
  {
    path: '/tsdb-status',
    title: ['Database', '데이터베이스'],
    words: 'tsdb cardinality series memory 카디널리티',
    icon: 'database',
    section: 'status',
    timed: 'refresh',
    available: server,
    view: lazy(() => import('../pages/tsdb/TsdbPage')),
  },
  {
    path: '/queries',
    title: ['Running queries', '실행 중 쿼리'],
    words: 'active cancel 취소',
    icon: 'play',
    section: 'status',
    timed: 'refresh',
    available: server,
    view: lazy(() => import('../pages/queries/QueriesPage')),
  },
  {
    path: '/status',
    aliases: ['/alertmanager-discovery'],
    title: ['Status', '상태'],
    words: 'runtime build version alertmanagers features cluster 버전',
    icon: 'info',
    section: 'status',
    timed: 'refresh',
    view: lazy(() => import('../pages/status/StatusPage')),
  },
  {
    path: '/config',
    title: ['Configuration', '설정'],
    words: 'yaml prometheus.yml alertmanager.yml reload',
    icon: 'file',
    section: 'status',
    view: lazy(() => import('../pages/config/ConfigPage')),
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
  {
    path: '/admin',
    aliases: ['/admin/*'],
    title: ['Administration', '관리'],
    words: 'users teams service accounts tokens data sources organisation audit reports 사용자 팀 토큰 데이터 소스 감사 보고서',
    icon: 'people',
    section: 'status',
    forAdmins: true,
    available: (options) => options.logins,
    view: lazy(() => import('../pages/admin/AdminPage')),
  },
  {
    path: '/profile',
    title: ['Profile', '내 정보'],
    words: 'password sessions preferences 비밀번호 세션 환경 설정',
    icon: 'person',
    section: 'status',
    hidden: true,
    available: (options) => options.logins,
    view: lazy(() => import('../pages/profile/ProfilePage')),
  },
  {
    path: '/login',
    title: ['Log in', '로그인'],
    icon: 'person',
    section: 'status',
    hidden: true,
    available: (options) => options.logins,
    view: lazy(() => import('../pages/login/LoginPage')),
  },
];

/** The pages that this server has. */
export function availablePages(options: PageOptions = pageOptions()): readonly Page[] {
  return PAGES.filter((page) => page.available?.(options) ?? true);
}
