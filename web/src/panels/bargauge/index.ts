/** The bar gauge panel. */
import type { PanelKind } from '../contract';
import { GROUPS, ORIENTATION, REDUCE, choice, onOff } from '../options';
import { BarGaugeView } from './View';

export const bargauge: PanelKind = {
  id: 'bargauge',
  label: ['Bar gauge', '막대 게이지'],
  View: BarGaugeView,
  needsData: true,
  defaults: {
    color: { mode: 'thresholds' },
    thresholds: {
      mode: 'absolute',
      steps: [
        { color: 'green', value: null },
        { color: 'red', value: 80 },
      ],
    },
  },
  initialOptions: {
    orientation: 'auto',
    displayMode: 'gradient',
    showUnfilled: true,
    valueMode: 'color',
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
  },
  options: [
    ...REDUCE,
    ORIENTATION,
    choice('displayMode', ['Bars', '막대'], GROUPS.panel, 'gradient', [
      ['gradient', 'Gradient', '그라데이션'],
      ['lcd', 'Lit cells', '셀'],
      ['basic', 'Plain', '단색'],
    ]),
    choice('valueMode', ['Value', '값'], GROUPS.panel, 'color', [
      ['color', 'Coloured', '색'],
      ['text', 'Text colour', '글자색'],
      ['hidden', 'Hidden', '숨김'],
    ]),
    choice('namePlacement', ['Names', '이름'], GROUPS.panel, 'auto', [
      ['auto', 'Automatic', '자동'],
      ['top', 'Above', '위'],
      ['left', 'Left', '왼쪽'],
      ['hidden', 'Hidden', '숨김'],
    ]),
    onOff('showUnfilled', ['Show the unfilled part', '빈 부분 표시'], GROUPS.panel, true),
  ],
  fieldOptions: [],
};
