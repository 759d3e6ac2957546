/** The histogram panel. */
import { HistogramView } from '../barchart/View';
import type { PanelKind } from '../contract';
import { GROUPS, LEGEND, number, onOff } from '../options';

export const histogram: PanelKind = {
  id: 'histogram',
  label: ['Histogram', '히스토그램'],
  View: HistogramView,
  needsData: true,
  defaults: { color: { mode: 'palette-classic' }, custom: { fillOpacity: 80 } },
  initialOptions: { legend: { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] } },
  options: [
    number('bucketCount', ['Buckets', '구간 수'], GROUPS.panel, 30, { min: 1, max: 200 }),
    number('bucketSize', ['Bucket size', '구간 크기'], GROUPS.panel),
    number('bucketOffset', ['Offset', '시작점'], GROUPS.panel, 0),
    onOff('combine', ['All series together', '모든 시계열 합치기'], GROUPS.panel, false),
    ...LEGEND,
  ],
  fieldOptions: [number('fillOpacity', ['Fill opacity', '채우기 불투명도'], GROUPS.graph, 80, { min: 0, max: 100 })],
};
