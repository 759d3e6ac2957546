/** Axes of panels drawn as SVG: instants below, texts or numbers at the left. */
import type { ReactNode } from 'react';

import type { PanelTheme, Span } from '../contract';
import { textWidth } from '../reduced';
import { timeTickText, timeTicks } from './ticks';

/** Room that axes take. */
export interface Margins {
  left: number;
  bottom: number;
  top: number;
  right: number;
}

/** Margins for the texts at the left. */
export function marginsFor(labels: readonly string[], width: number): Margins {
  const longest = labels.reduce((most, label) => Math.max(most, textWidth(label)), 0);
  return { left: Math.min(width * 0.35, longest * 6.4 + 10), bottom: 20, top: 4, right: 8 };
}

/** Ticks of time with their texts, below a plot of the given size. */
export function TimeAxis({
  span,
  margins,
  width,
  height,
  zone,
  theme,
}: {
  span: Span;
  margins: Margins;
  width: number;
  height: number;
  zone: string;
  theme: PanelTheme;
}) {
  const inner = width - margins.left - margins.right;
  const { ticks, step } = timeTicks(
    span.from,
    span.to,
    Math.max(2, Math.floor(inner / (span.to - span.from > 86_400_000 ? 95 : 70))),
    zone,
  );
  const x = (at: number): number => margins.left + ((at - span.from) / Math.max(1, span.to - span.from)) * inner;
  return (
    <g fontSize={11} fill={theme.textWeak} style={{ color: theme.textWeak }}>
      {ticks.map((at) => (
        <g key={at}>
          <line x1={x(at)} x2={x(at)} y1={margins.top} y2={height - margins.bottom} stroke={theme.grid} />
          <text x={x(at)} y={height - 6} textAnchor="middle">
            {timeTickText(at, step, span.to - span.from, zone)}
          </text>
        </g>
      ))}
    </g>
  );
}

/** A text that ends in an ellipsis where it would be too long; the whole is its title. */
export function ClippedText({
  text,
  x,
  y,
  room,
  anchor,
  children,
}: {
  text: string;
  x: number;
  y: number;
  room: number;
  anchor: 'start' | 'end' | 'middle';
  children?: ReactNode;
}) {
  const characters = Math.max(1, Math.floor(room / 6.4));
  let shown = text;
  while (shown.length > 1 && textWidth(shown) > characters) shown = shown.slice(0, -1);
  return (
    <text x={x} y={y} textAnchor={anchor} dominantBaseline="middle" fontSize={11} fill="currentColor">
      <title>{text}</title>
      {shown === text ? text : `${shown.slice(0, -1)}…`}
      {children}
    </text>
  );
}
