/** The alert list and dashboard list panels. */
import type { PanelKind } from '../contract';
import { GROUPS, number, onOff, text } from '../options';
import { AlertListView, DashListView } from './View';

export const alertlist: PanelKind = {
  id: 'alertlist',
  label: ['Alert list', '알림 목록'],
  View: AlertListView,
  needsData: false,
  defaults: {},
  initialOptions: {
    maxItems: 20,
    sortOrder: 1,
    alertName: '',
    alertInstanceLabelFilter: '',
    stateFilter: { firing: true, pending: true, normal: false },
  },
  options: [
    number('maxItems', ['Most entries', '최대 개수'], GROUPS.panel, 20, { min: 1, max: 500 }),
    text('alertName', ['Name contains', '이름에 포함'], GROUPS.panel),
    text('alertInstanceLabelFilter', ['Labels, such as {team="db"}', '레이블, 예: {team="db"}'], GROUPS.panel),
    onOff('stateFilter.firing', ['Firing', '발생 중'], GROUPS.panel, true),
    onOff('stateFilter.pending', ['Pending', '대기'], GROUPS.panel, true),
    onOff('stateFilter.normal', ['Normal', '정상'], GROUPS.panel, false),
  ],
  fieldOptions: [],
};

export const dashlist: PanelKind = {
  id: 'dashlist',
  label: ['Dashboard list', '대시보드 목록'],
  View: DashListView,
  needsData: false,
  defaults: {},
  initialOptions: { showStarred: true, showSearch: false, showHeadings: true, maxItems: 10, query: '', tags: [] },
  options: [
    onOff('showStarred', ['Starred', '즐겨찾기'], GROUPS.panel, true),
    onOff('showSearch', ['Search', '검색'], GROUPS.panel, false),
    onOff('showHeadings', ['Headings', '제목'], GROUPS.panel, true),
    number('maxItems', ['Most entries', '최대 개수'], GROUPS.panel, 10, { min: 1, max: 100 }),
    text('query', ['Query', '검색어'], GROUPS.panel),
  ],
  fieldOptions: [],
};
