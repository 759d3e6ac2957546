/** What is drawn over or under the lines: thresholds, annotations, and colours with gradients. */
import type uPlot from 'uplot';

import type { Annotation, PanelTheme } from '../contract';
import type { PlotModel, PlotSeries } from './model';

/** `color` with an opacity from 0 to 1. */
export function withAlpha(color: string, alpha: number): string {
  const hex = /^#([0-9a-f]{6})$/i.exec(color);
  if (hex?.[1] !== undefined)
    return `#${hex[1]}${Math.round(alpha * 255)
      .toString(16)
      .padStart(2, '0')}`;
  const rgb = /^rgba?\(([^)]+)\)$/.exec(color);
  if (rgb?.[1] !== undefined) {
    const [r = '0', g = '0', b = '0', a = '1'] = rgb[1].split(/[,/\s]+/).filter((part) => part !== '');
    return `rgba(${r}, ${g}, ${b}, ${Number(a) * alpha})`;
  }
  return `color-mix(in srgb, ${color} ${Math.round(alpha * 100)}%, transparent)`;
}

/** The fill below a series. */
export function fillOf(series: PlotSeries): uPlot.Series.Fill | undefined {
  const { fillOpacity, gradient, draw } = series.style;
  if (fillOpacity === 0 && draw !== 'bars') return undefined;
  const alpha = fillOpacity / 100;
  if (gradient !== 'opacity') return withAlpha(series.color, alpha);
  return (u) => {
    const { top, height } = u.bbox;
    const made = u.ctx.createLinearGradient(0, top, 0, top + height);
    made.addColorStop(0, withAlpha(series.color, alpha));
    made.addColorStop(1, withAlpha(series.color, 0));
    return made;
  };
}

/** Lines and areas of thresholds, below the series. */
export function drawThresholds(u: uPlot, model: PlotModel): void {
  const { ctx, bbox } = u;
  for (const scale of model.scales) {
    const mode = model.series.find((one) => one.scale === scale.key && one.style.thresholds !== 'off')?.style.thresholds;
    const { min, max } = u.scales[scale.key] ?? {};
    if (mode === undefined || typeof min !== 'number' || typeof max !== 'number') continue;
    const steps = scale.field.thresholds;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    steps.forEach((step, index) => {
      const value = Math.max(min, step.value);
      const next = Math.min(max, steps[index + 1]?.value ?? Infinity);
      const y = u.valToPos(value, scale.key, true);
      if (mode.includes('area') && value <= max && next >= min) {
        const above = u.valToPos(next, scale.key, true);
        ctx.fillStyle = withAlpha(step.color, 0.12);
        ctx.fillRect(bbox.left, above, bbox.width, y - above);
      }
      if (mode !== 'area' && index > 0 && step.value >= min && step.value <= max) {
        ctx.strokeStyle = withAlpha(step.color, 0.75);
        ctx.lineWidth = 2 * devicePixelRatio;
        ctx.setLineDash(mode.startsWith('dashed') ? [10 * devicePixelRatio, 10 * devicePixelRatio] : []);
        ctx.beginPath();
        ctx.moveTo(bbox.left, y);
        ctx.lineTo(bbox.left + bbox.width, y);
        ctx.stroke();
      }
    });
    ctx.restore();
  }
}

/** Marks of annotations: dashed lines, shaded regions, a small triangle below the axis. */
export function drawAnnotations(u: uPlot, annotations: readonly Annotation[], theme: PanelTheme): void {
  const { ctx, bbox } = u;
  const { min, max } = u.scales['x'] ?? {};
  if (typeof min !== 'number' || typeof max !== 'number') return;
  ctx.save();
  for (const mark of annotations) {
    const end = mark.timeEnd ?? mark.time;
    if (end < min || mark.time > max) continue;
    const from = u.valToPos(Math.max(min, mark.time), 'x', true);
    const to = u.valToPos(Math.min(max, end), 'x', true);
    const color = theme.color(mark.color);
    if (to > from) {
      ctx.fillStyle = withAlpha(color, 0.12);
      ctx.fillRect(from, bbox.top, to - from, bbox.height);
    }
    ctx.strokeStyle = color;
    ctx.fillStyle = color;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([5 * devicePixelRatio, 5 * devicePixelRatio]);
    for (const x of to > from ? [from, to] : [from]) {
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    }
    const base = bbox.top + bbox.height;
    const size = 5 * devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(from, base);
    ctx.lineTo(from - size, base + size);
    ctx.lineTo(from + size, base + size);
    ctx.fill();
  }
  ctx.restore();
}
