/** The time series panel (and the old graph). */
import type { PanelKind } from '../contract';
import { AXIS, GROUPS, LEGEND, TOOLTIP, choice, number, onOff } from '../options';
import { TimeSeriesView } from './View';

export const timeseries: PanelKind = {
  id: 'timeseries',
  label: ['Time series', '시계열'],
  View: TimeSeriesView,
  needsData: true,
  defaults: {
    color: { mode: 'palette-classic' },
    custom: { drawStyle: 'line', lineWidth: 1, fillOpacity: 0, showPoints: 'auto', pointSize: 5 },
  },
  initialOptions: {
    legend: { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  options: [...LEGEND, ...TOOLTIP],
  fieldOptions: [
    choice('drawStyle', ['Style', '모양'], GROUPS.graph, 'line', [
      ['line', 'Lines', '선'],
      ['bars', 'Bars', '막대'],
      ['points', 'Points', '점'],
    ]),
    choice('lineInterpolation', ['Lines between points', '점 사이 선'], GROUPS.graph, 'linear', [
      ['linear', 'Straight', '직선'],
      ['smooth', 'Smooth', '부드럽게'],
      ['stepBefore', 'Step before', '앞 계단'],
      ['stepAfter', 'Step after', '뒤 계단'],
    ]),
    number('lineWidth', ['Line width', '선 굵기'], GROUPS.graph, 1, { min: 0, max: 10 }),
    number('fillOpacity', ['Fill opacity', '채우기 불투명도'], GROUPS.graph, 0, { min: 0, max: 100 }),
    choice('gradientMode', ['Gradient', '그라데이션'], GROUPS.graph, 'none', [
      ['none', 'None', '없음'],
      ['opacity', 'Opacity', '불투명도'],
    ]),
    choice('lineStyle.fill', ['Line', '선 종류'], GROUPS.graph, 'solid', [
      ['solid', 'Solid', '실선'],
      ['dash', 'Dashes', '파선'],
      ['dot', 'Dots', '점선'],
    ]),
    onOff('spanNulls', ['Connect over gaps', '빈 구간 연결'], GROUPS.graph, false),
    choice('showPoints', ['Points', '점 표시'], GROUPS.graph, 'auto', [
      ['auto', 'Automatic', '자동'],
      ['always', 'Always', '항상'],
      ['never', 'Never', '안 함'],
    ]),
    number('pointSize', ['Point size', '점 크기'], GROUPS.graph, 5, { min: 1, max: 40 }),
    choice('stacking.mode', ['Stacking', '쌓기'], GROUPS.graph, 'none', [
      ['none', 'Off', '끔'],
      ['normal', 'Sum', '합계'],
      ['percent', '100 %', '100 %'],
    ]),
    choice('transform', ['Transform', '변환'], GROUPS.graph, '', [
      ['', 'None', '없음'],
      ['negative-Y', 'Negative', '음수로'],
      ['constant', 'Constant', '상수'],
    ]),
    ...AXIS,
    onOff('axisCenteredZero', ['Zero in the middle', '0을 가운데로'], GROUPS.axis, false),
    choice('thresholdsStyle.mode', ['Thresholds', '임계값'], GROUPS.color, 'off', [
      ['off', 'Off', '끔'],
      ['line', 'Lines', '선'],
      ['dashed', 'Dashed lines', '파선'],
      ['area', 'Areas', '영역'],
      ['line+area', 'Lines and areas', '선과 영역'],
    ]),
    onOff('hideFrom.viz', ['Hide from the graph', '그래프에서 숨기기'], GROUPS.graph, false),
    onOff('hideFrom.legend', ['Hide from the legend', '범례에서 숨기기'], GROUPS.graph, false),
    onOff('hideFrom.tooltip', ['Hide from the tooltip', '툴팁에서 숨기기'], GROUPS.graph, false),
  ],
};
