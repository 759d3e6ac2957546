/** Text panels: Markdown, HTML (sanitised) or code, with variables replaced before either. */
import { useEffect, useRef } from 'react';

import type { PanelProps } from '../contract';
import { asString } from '../json';
import { markdownToHtml } from './markdown';
import { sanitize } from './sanitize';
import './text.css';

export function TextView({ options, interpolate }: PanelProps) {
  const host = useRef<HTMLDivElement>(null);
  const mode = asString(options['mode'], 'markdown');
  const content = interpolate(asString(options['content']));
  useEffect(() => {
    if (mode !== 'code') host.current?.replaceChildren(sanitize(mode === 'html' ? content : markdownToHtml(content)));
  }, [mode, content]);
  if (mode === 'code') return <pre className="px-code p-fill">{content}</pre>;
  return <div ref={host} className="px-text p-fill" />;
}
