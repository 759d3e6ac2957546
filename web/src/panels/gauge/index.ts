/** The gauge panel. */
import type { PanelKind } from '../contract';
import { GROUPS, ORIENTATION, REDUCE, onOff } from '../options';
import { GaugeView } from './View';

export const gauge: PanelKind = {
  id: 'gauge',
  label: ['Gauge', '게이지'],
  View: GaugeView,
  needsData: true,
  defaults: {
    color: { mode: 'thresholds' },
    thresholds: {
      mode: 'percentage',
      steps: [
        { color: 'green', value: null },
        { color: 'red', value: 80 },
      ],
    },
  },
  initialOptions: {
    orientation: 'auto',
    showThresholdMarkers: true,
    showThresholdLabels: false,
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
  },
  options: [
    ...REDUCE,
    ORIENTATION,
    onOff('showThresholdLabels', ['Threshold labels', '임계값 글자'], GROUPS.panel, false),
    onOff('showThresholdMarkers', ['Threshold ring', '임계값 테두리'], GROUPS.panel, true),
  ],
  fieldOptions: [],
};
