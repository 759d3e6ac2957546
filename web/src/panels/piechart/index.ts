/** The pie chart panel. */
import type { PanelKind } from '../contract';
import { GROUPS, LEGEND, REDUCE, choice } from '../options';
import { PieChartView } from './View';

export const piechart: PanelKind = {
  id: 'piechart',
  label: ['Pie chart', '원그래프'],
  View: PieChartView,
  needsData: true,
  defaults: { color: { mode: 'palette-classic' } },
  initialOptions: {
    pieType: 'pie',
    displayLabels: ['percent'],
    legend: { showLegend: true, displayMode: 'list', placement: 'right', values: ['value'] },
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
  },
  options: [
    ...REDUCE,
    choice('pieType', ['Form', '형태'], GROUPS.panel, 'pie', [
      ['pie', 'Pie', '원'],
      ['donut', 'Doughnut', '도넛'],
    ]),
    choice('sort', ['Order', '정렬'], GROUPS.panel, 'desc', [
      ['desc', 'Largest first', '큰 순서'],
      ['asc', 'Smallest first', '작은 순서'],
      ['none', 'As it comes', '받은 순서'],
    ]),
    ...LEGEND.filter((option) => option.path !== 'legend.calcs'),
  ],
  fieldOptions: [],
};
