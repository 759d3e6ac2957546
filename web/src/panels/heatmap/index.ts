/** The heatmap panel. */
import type { PanelKind } from '../contract';
import { GROUPS, choice, number, onOff } from '../options';
import { HeatmapView } from './View';
import { HEATMAP_SCHEMES } from './model';

export const heatmap: PanelKind = {
  id: 'heatmap',
  label: ['Heatmap', '히트맵'],
  View: HeatmapView,
  needsData: true,
  defaults: {},
  initialOptions: {
    calculate: false,
    cellGap: 1,
    color: { mode: 'scheme', scheme: 'Oranges', steps: 64 },
    legend: { show: true },
    yAxis: { axisPlacement: 'left' },
  },
  options: [
    onOff('calculate', ['Count samples into buckets', '값을 구간으로 세기'], GROUPS.panel, false),
    choice('color.mode', ['Colours', '색'], GROUPS.color, 'scheme', [
      ['scheme', 'Scheme', '색 구성'],
      ['opacity', 'Opacity', '불투명도'],
    ]),
    choice(
      'color.scheme',
      ['Scheme', '색 구성'],
      GROUPS.color,
      'Oranges',
      HEATMAP_SCHEMES.map((name) => [name, name, name] as const),
    ),
    onOff('color.reverse', ['Reverse', '뒤집기'], GROUPS.color, false),
    number('color.steps', ['Steps', '단계'], GROUPS.color, 64, { min: 2, max: 128 }),
    number('cellGap', ['Gap between cells', '셀 간격'], GROUPS.panel, 1, { min: 0, max: 5 }),
    onOff('yAxis.reverse', ['Reverse the axis', '축 뒤집기'], GROUPS.axis, false),
    onOff('legend.show', ['Show the legend', '범례 표시'], GROUPS.legend, true),
  ],
  fieldOptions: [],
};
