/** The bar chart panel. */
import type { PanelKind } from '../contract';
import { AXIS, GROUPS, LEGEND, ORIENTATION, TOOLTIP, choice, number, text } from '../options';
import { BarChartView } from './View';

export const barchart: PanelKind = {
  id: 'barchart',
  label: ['Bar chart', '막대그래프'],
  View: BarChartView,
  needsData: true,
  defaults: { color: { mode: 'palette-classic' }, custom: { fillOpacity: 80 } },
  initialOptions: {
    orientation: 'auto',
    stacking: 'none',
    showValue: 'auto',
    groupWidth: 0.7,
    legend: { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] },
  },
  options: [
    ORIENTATION,
    text('xField', ['Field of the names', '이름 필드'], GROUPS.panel),
    choice('stacking', ['Stacking', '쌓기'], GROUPS.panel, 'none', [
      ['none', 'Off', '끔'],
      ['normal', 'Sum', '합계'],
      ['percent', '100 %', '100 %'],
    ]),
    choice('showValue', ['Values', '값 표시'], GROUPS.panel, 'auto', [
      ['auto', 'Where they fit', '자리 있을 때'],
      ['always', 'Always', '항상'],
      ['never', 'Never', '안 함'],
    ]),
    number('groupWidth', ['Group width', '그룹 너비'], GROUPS.panel, 0.7, { min: 0.1, max: 1, step: 0.1 }),
    ...LEGEND,
    ...TOOLTIP,
  ],
  fieldOptions: [number('fillOpacity', ['Fill opacity', '채우기 불투명도'], GROUPS.graph, 80, { min: 0, max: 100 }), ...AXIS],
};
