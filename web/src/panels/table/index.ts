/** The table panel (and the old one). */
import type { PanelKind } from '../contract';
import { GROUPS, choice, number, onOff } from '../options';
import { TableView } from './View';

export const table: PanelKind = {
  id: 'table',
  label: ['Table', '표'],
  View: TableView,
  needsData: true,
  defaults: {
    color: { mode: 'thresholds' },
    custom: { align: 'auto' },
    thresholds: {
      mode: 'absolute',
      steps: [
        { color: 'green', value: null },
        { color: 'red', value: 80 },
      ],
    },
  },
  initialOptions: { showHeader: true, cellHeight: 'sm', footer: { show: false, reducer: ['sum'], countRows: false, fields: '' } },
  options: [
    onOff('showHeader', ['Header', '머리글'], GROUPS.table, true),
    choice('cellHeight', ['Row height', '행 높이'], GROUPS.table, 'sm', [
      ['sm', 'Small', '작게'],
      ['md', 'Medium', '보통'],
      ['lg', 'Large', '크게'],
    ]),
    onOff('footer.show', ['Footer', '바닥글'], GROUPS.table, false),
    onOff('footer.countRows', ['Count rows in the footer', '바닥글에 행 수'], GROUPS.table, false),
    onOff('footer.enablePagination', ['Pages', '쪽 나누기'], GROUPS.table, false),
  ],
  fieldOptions: [
    choice('align', ['Alignment', '정렬'], GROUPS.cell, 'auto', [
      ['auto', 'Automatic', '자동'],
      ['left', 'Left', '왼쪽'],
      ['center', 'Centre', '가운데'],
      ['right', 'Right', '오른쪽'],
    ]),
    number('width', ['Width', '너비'], GROUPS.cell),
    number('minWidth', ['Minimum width', '최소 너비'], GROUPS.cell),
    choice('cellOptions.type', ['Cell', '셀 형태'], GROUPS.cell, 'auto', [
      ['auto', 'Automatic', '자동'],
      ['color-text', 'Coloured text', '색 글자'],
      ['color-background', 'Coloured background', '색 배경'],
      ['gauge', 'Gauge', '게이지'],
      ['data-links', 'Links', '링크'],
      ['json-view', 'JSON', 'JSON'],
      ['image', 'Picture', '그림'],
      ['pill', 'Pills', '알약'],
      ['markdown', 'Markdown', 'Markdown'],
    ]),
    onOff('cellOptions.applyToRow', ['Colour the whole row', '행 전체 색칠'], GROUPS.cell, false),
    onOff('filterable', ['Filter', '필터'], GROUPS.cell, false),
    onOff('hidden', ['Hide', '숨기기'], GROUPS.cell, false),
    onOff('wrapText', ['Wrap text', '줄 바꿈'], GROUPS.cell, false),
  ],
};
