/** Log lines as text. */
import { useState } from 'react';

import { messages, useT } from '../../lib/i18n';
import type { PanelProps } from '../contract';
import { asBoolean } from '../json';
import { panelTexts } from '../texts';
import { formatTime } from '../zone';
import { logLines } from './model';

const texts = messages({ ...panelTexts });
const COLORS: ReadonlyMap<string, string> = new Map([
  ['critical', 'purple'],
  ['error', 'red'],
  ['warning', 'yellow'],
  ['info', 'green'],
  ['debug', 'blue'],
  ['trace', 'light-blue'],
]);

export function LogsView(props: PanelProps) {
  const t = useT(texts);
  const { frames, options, theme } = props;
  const [open, setOpen] = useState<number>();
  const lines = logLines(frames, options['sortOrder'] === 'Ascending');
  if (lines.length === 0) return <div className="p-empty">{t('noData')}</div>;
  return (
    <div className="p-fill" style={{ overflow: 'auto', fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 }} tabIndex={0}>
      {lines.map((line, index) => (
        <div
          key={index}
          data-testid="log-line"
          style={{ borderLeft: `3px solid ${theme.color(COLORS.get(line.level) ?? 'text')}`, padding: '1px 6px' }}
        >
          <button
            type="button"
            onClick={() => setOpen(open === index ? undefined : index)}
            style={{
              all: 'unset',
              cursor: 'pointer',
              display: 'block',
              width: '100%',
              whiteSpace: asBoolean(options['wrapLogMessage']) || open === index ? 'pre-wrap' : 'pre',
              overflowWrap: 'anywhere',
            }}
          >
            {asBoolean(options['showTime'], true) && (
              <span style={{ color: theme.textWeak }}>{formatTime(line.time, 'YYYY-MM-DD HH:mm:ss.SSS', props.zone)} </span>
            )}
            {line.text}
          </button>
          {(open === index || asBoolean(options['showLabels'])) && (
            <div style={{ color: theme.textWeak }}>
              {Object.entries(line.labels)
                .map(([name, value]) => `${name}=${value}`)
                .join(' ')}
            </div>
          )}
        </div>
      ))}
    </div>
  );
}
