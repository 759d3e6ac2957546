/** Exemplars on a graph: diamonds at the instant and height of single observations. */
import type uPlot from 'uplot';

import { fullText } from '../contract';
import type { PanelFrame, PanelLink, PanelTheme } from '../contract';
import { withAlpha } from './draw';

/** An observation with its row in the frame that it came in. */
export interface Exemplar {
  time: number;
  value: number;
  row: number;
  frame: PanelFrame;
}

/** Half the size of a mark, and how near the pointer must come, in pixels. */
const MARK_PX = 4;
const NEAR_PX = 8;

/** Whether a frame holds marks rather than series. */
export function isExemplars(frame: PanelFrame): boolean {
  return frame.kind === 'exemplars';
}

/** The marks of all frames. */
export function exemplarsOf(frames: readonly PanelFrame[]): Exemplar[] {
  return frames.filter(isExemplars).flatMap((frame) => {
    const [time, value] = ['time', 'number'].map((type) => frame.fields.find((field) => field.type === type));
    return (value?.values ?? []).flatMap((one, row): Exemplar[] => {
      const at = time?.values[row];
      return typeof one === 'number' && typeof at === 'number' ? [{ time: at, value: one, row, frame }] : [];
    });
  });
}

/** Draws the marks that lie within the scales. */
export function drawExemplars(u: uPlot, exemplars: readonly Exemplar[], scale: string | undefined, theme: PanelTheme): void {
  if (exemplars.length === 0 || scale === undefined) return;
  const { ctx, bbox } = u;
  const half = MARK_PX * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = withAlpha(theme.color('blue'), 0.7);
  ctx.strokeStyle = theme.background;
  ctx.lineWidth = devicePixelRatio;
  for (const { time, value } of exemplars) {
    const x = u.valToPos(time, 'x', true);
    const y = u.valToPos(value, scale, true);
    ctx.beginPath();
    ctx.moveTo(x, y - half);
    ctx.lineTo(x + half, y);
    ctx.lineTo(x, y + half);
    ctx.lineTo(x - half, y);
    ctx.closePath();
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
}

/** The mark under the pointer. */
export function exemplarAt(u: uPlot, exemplars: readonly Exemplar[], scale: string | undefined): Exemplar | undefined {
  const { left = -1, top = -1 } = u.cursor;
  if (left < 0 || scale === undefined) return undefined;
  let nearest: Exemplar | undefined;
  let least = NEAR_PX;
  for (const one of exemplars) {
    const distance = Math.hypot(u.valToPos(one.time, 'x') - left, u.valToPos(one.value, scale) - top);
    if (distance > least) continue;
    least = distance;
    nearest = one;
  }
  return nearest;
}

/** What is known of a mark: its labels, and where they lead. */
export function exemplarDetails({ frame, row }: Exemplar): { lines: { label: string; text: string }[]; links: PanelLink[] } {
  const fields = frame.fields.filter((field) => field.type !== 'time');
  return {
    lines: fields.map((field) => ({ label: field.title, text: fullText(field.display(field.values[row])) })).filter(({ text }) => text !== ''),
    links: fields.flatMap((field) => (String(field.values[row] ?? '') === '' ? [] : field.links(row))),
  };
}
