/** The state timeline and status history panels. */
import type { OptionSpec, PanelKind } from '../contract';
import { GROUPS, LEGEND, choice, number, onOff } from '../options';
import { StateTimelineView, StatusHistoryView } from './View';

const FIELD: readonly OptionSpec[] = [
  number('fillOpacity', ['Fill opacity', '채우기 불투명도'], GROUPS.graph, 70, { min: 0, max: 100 }),
  number('lineWidth', ['Line width', '선 굵기'], GROUPS.graph, 0, { min: 0, max: 10 }),
];
const SHOWN = choice('showValue', ['Values', '값 표시'], GROUPS.panel, 'auto', [
  ['auto', 'Where they fit', '자리 있을 때'],
  ['always', 'Always', '항상'],
  ['never', 'Never', '안 함'],
]);
const DEFAULTS = {
  color: { mode: 'thresholds' },
  thresholds: {
    mode: 'absolute',
    steps: [
      { color: 'green', value: null },
      { color: 'red', value: 80 },
    ],
  },
  custom: { fillOpacity: 70, lineWidth: 0 },
};

export const stateTimeline: PanelKind = {
  id: 'state-timeline',
  label: ['State timeline', '상태 타임라인'],
  View: StateTimelineView,
  needsData: true,
  defaults: DEFAULTS,
  fieldOptions: FIELD,
  initialOptions: {
    mergeValues: true,
    showValue: 'auto',
    rowHeight: 0.9,
    legend: { showLegend: true, displayMode: 'list', placement: 'bottom' },
  },
  options: [
    onOff('mergeValues', ['Merge equal neighbours', '같은 상태 합치기'], GROUPS.panel, true),
    SHOWN,
    number('rowHeight', ['Row height', '행 높이'], GROUPS.panel, 0.9, { min: 0.1, max: 1, step: 0.1 }),
    ...LEGEND.filter((option) => option.path !== 'legend.calcs'),
  ],
};

export const statusHistory: PanelKind = {
  id: 'status-history',
  label: ['Status history', '상태 기록'],
  View: StatusHistoryView,
  needsData: true,
  defaults: DEFAULTS,
  fieldOptions: FIELD,
  initialOptions: {
    showValue: 'auto',
    rowHeight: 0.9,
    colWidth: 0.9,
    legend: { showLegend: true, displayMode: 'list', placement: 'bottom' },
  },
  options: [
    SHOWN,
    number('rowHeight', ['Row height', '행 높이'], GROUPS.panel, 0.9, { min: 0.1, max: 1, step: 0.1 }),
    number('colWidth', ['Column width', '열 너비'], GROUPS.panel, 0.9, { min: 0.1, max: 1, step: 0.1 }),
    ...LEGEND.filter((option) => option.path !== 'legend.calcs'),
  ],
};
