/** A cell of a table, drawn as its column says. */
import { useEffect, useRef } from 'react';

import { share } from '../bargauge/model';
import type { PanelLink, PanelProps, PanelTheme } from '../contract';
import { fullText } from '../contract';
import { textOn } from '../reduced';
import { markdownToHtml } from '../text/markdown';
import { sanitize } from '../text/sanitize';
import { withAlpha } from '../timeseries/draw';
import { safeImageUrl } from '../url';
import type { Column } from './model';

interface Props {
  column: Column;
  row: number;
  rowColor: string | undefined;
  height: number;
  theme: PanelTheme;
  onFilter: PanelProps['onFilter'];
}

export function Cell({ column, row, rowColor, height, theme, onFilter }: Props) {
  const { field, kind } = column;
  const value = field.values[row];
  const shown = field.display(value);
  const text = fullText(shown);
  const links = field.links(row);
  const justifyContent = column.align === 'right' ? 'flex-end' : column.align === 'center' ? 'center' : 'flex-start';
  const painted = rowColor ?? (kind === 'color-background' ? shown.color : undefined);
  const style: React.CSSProperties = { justifyContent };
  if (painted !== undefined && painted !== 'rgba(0,0,0,0)') {
    style.background = column.gradient ? `linear-gradient(120deg, ${withAlpha(painted, 0.7)}, ${painted})` : painted;
    style.color = textOn(painted);
  } else if (kind === 'color-text' && shown.color !== undefined) {
    style.color = shown.color;
    style.fontWeight = 600;
  }
  // Mapped values bring their own colour, also in plain cells of texts.
  return (
    <div role="cell" className="tb-cell" style={style} title={kind === 'image' || kind === 'markdown' ? undefined : text}>
      <Content column={column} value={value} text={text} links={links} height={height} theme={theme} row={row} />
      {onFilter !== undefined && field.type === 'string' && text !== '' && (
        <span className="tb-filters">
          <button type="button" aria-label={`${field.name}=${text}`} onClick={() => onFilter(field.name, '=', String(value))}>
            ＋
          </button>
          <button type="button" aria-label={`${field.name}!=${text}`} onClick={() => onFilter(field.name, '!=', String(value))}>
            －
          </button>
        </span>
      )}
    </div>
  );
}

function Content({
  column,
  value,
  text,
  links,
  height,
  theme,
  row,
}: {
  column: Column;
  value: unknown;
  text: string;
  links: readonly PanelLink[];
  height: number;
  theme: PanelTheme;
  row: number;
}) {
  switch (column.kind) {
    case 'gauge':
      return <Gauge column={column} row={row} text={text} theme={theme} height={height} />;
    case 'json-view':
      return <code className={column.wrap ? 'tb-wrap' : 'tb-text'}>{typeof value === 'string' ? value : JSON.stringify(value)}</code>;
    case 'image': {
      const src = safeImageUrl(String(value ?? ''));
      return src === undefined ? (
        <span className="tb-text">{text}</span>
      ) : (
        <img src={src} alt="" style={{ maxHeight: height - 6, maxWidth: '100%' }} />
      );
    }
    case 'pill':
      return (
        <>
          {String(value ?? '')
            .split(',')
            .filter((part) => part.trim() !== '')
            .map((part) => (
              <span key={part} className="tb-pill">
                {part.trim()}
              </span>
            ))}
        </>
      );
    case 'markdown':
      return <Markdown text={String(value ?? '')} />;
    case 'data-links':
      return (
        <>
          {links.map((link) => (
            <LinkText key={link.url} link={link} text={link.title} />
          ))}
        </>
      );
    case 'auto':
    case 'color-text':
    case 'color-background': {
      const [link] = links;
      return link === undefined ? (
        <span className={column.wrap ? 'tb-wrap' : 'tb-text'}>{text}</span>
      ) : (
        <LinkText link={link} text={text} />
      );
    }
  }
}

function LinkText({ link, text }: { link: PanelLink; text: string }) {
  return (
    <a
      className="tb-text tb-link"
      href={link.url}
      title={link.title}
      {...(link.newTab ? { target: '_blank', rel: 'noopener noreferrer' } : {})}
    >
      {text}
    </a>
  );
}

function Markdown({ text }: { text: string }) {
  const host = useRef<HTMLSpanElement>(null);
  useEffect(() => host.current?.replaceChildren(sanitize(markdownToHtml(text))), [text]);
  return <span ref={host} className="tb-text" />;
}

function Gauge({ column, row, text, theme, height }: { column: Column; row: number; text: string; theme: PanelTheme; height: number }) {
  const { field } = column;
  const shown = field.display(field.values[row]);
  const min = field.min ?? Math.min(0, field.scale.min);
  const filled = share(shown.numeric, min, field.max ?? field.scale.max);
  const color = shown.color ?? field.color;
  const background =
    column.gaugeMode === 'lcd'
      ? `repeating-linear-gradient(to right, ${color} 0 7px, transparent 7px 9px)`
      : column.gaugeMode === 'basic'
        ? withAlpha(color, 0.5)
        : `linear-gradient(to right, ${withAlpha(color, 0.5)}, ${color})`;
  return (
    <>
      <span style={{ flex: 1, height: height - 12, background: theme.grid, position: 'relative', minWidth: 20 }}>
        <span style={{ position: 'absolute', inset: 0, width: `${(filled * 100).toFixed(2)}%`, background }} />
      </span>
      <span style={{ color, fontWeight: 600, whiteSpace: 'nowrap', minWidth: 54, textAlign: 'right' }}>{text}</span>
    </>
  );
}
