/** The stat panel (and the old singlestat). */
import type { PanelKind } from '../contract';
import { GROUPS, ORIENTATION, REDUCE, choice, number } from '../options';
import { StatView } from './View';

export const stat: PanelKind = {
  id: 'stat',
  label: ['Stat', '숫자'],
  View: StatView,
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
    colorMode: 'value',
    graphMode: 'area',
    justifyMode: 'auto',
    orientation: 'auto',
    textMode: 'auto',
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
  },
  options: [
    ...REDUCE,
    ORIENTATION,
    choice('textMode', ['Text', '글자'], GROUPS.panel, 'auto', [
      ['auto', 'Automatic', '자동'],
      ['value', 'Value', '값'],
      ['value_and_name', 'Value and name', '값과 이름'],
      ['name', 'Name', '이름'],
      ['none', 'None', '없음'],
    ]),
    choice('colorMode', ['Colour', '색'], GROUPS.panel, 'value', [
      ['none', 'None', '없음'],
      ['value', 'Value', '값'],
      ['background', 'Background, gradient', '배경, 그라데이션'],
      ['background_solid', 'Background, solid', '배경, 단색'],
    ]),
    choice('graphMode', ['Graph', '그래프'], GROUPS.panel, 'area', [
      ['none', 'None', '없음'],
      ['area', 'Area', '영역'],
    ]),
    choice('justifyMode', ['Alignment', '정렬'], GROUPS.panel, 'auto', [
      ['auto', 'Automatic', '자동'],
      ['center', 'Centre', '가운데'],
    ]),
    number('text.titleSize', ['Size of names', '이름 크기'], GROUPS.panel),
    number('text.valueSize', ['Size of values', '값 크기'], GROUPS.panel),
  ],
  fieldOptions: [],
};
