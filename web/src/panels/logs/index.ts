/** The logs panel. */
import type { PanelKind } from '../contract';
import { GROUPS, choice, onOff } from '../options';
import { LogsView } from './View';

export const logs: PanelKind = {
  id: 'logs',
  label: ['Logs', '로그'],
  View: LogsView,
  needsData: true,
  defaults: {},
  initialOptions: { showTime: true, showLabels: false, wrapLogMessage: true, sortOrder: 'Descending' },
  options: [
    onOff('showTime', ['Time', '시간'], GROUPS.panel, true),
    onOff('showLabels', ['Labels', '레이블'], GROUPS.panel, false),
    onOff('wrapLogMessage', ['Wrap lines', '줄 바꿈'], GROUPS.panel, false),
    choice('sortOrder', ['Order', '정렬'], GROUPS.panel, 'Descending', [
      ['Descending', 'Newest first', '최신순'],
      ['Ascending', 'Oldest first', '오래된 순'],
    ]),
  ],
  fieldOptions: [],
};
