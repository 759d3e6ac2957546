/** The text panel. */
import type { PanelKind } from '../contract';
import { GROUPS, choice, text as textOption } from '../options';
import { TextView } from './View';

export const text: PanelKind = {
  id: 'text',
  label: ['Text', '글'],
  View: TextView,
  needsData: false,
  defaults: {},
  initialOptions: { mode: 'markdown', content: '' },
  options: [
    choice('mode', ['Language', '형식'], GROUPS.panel, 'markdown', [
      ['markdown', 'Markdown', 'Markdown'],
      ['html', 'HTML', 'HTML'],
      ['code', 'Plain text', '일반 글'],
    ]),
    textOption('content', ['Text', '내용'], GROUPS.panel, true),
  ],
  fieldOptions: [],
};
