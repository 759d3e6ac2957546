/** A chart as a picture: title, drawing, legend, on the page's background. */
import type uPlot from 'uplot';
import { saveBlob } from '../../lib/save';

const LEGEND_ROWS_MAX = 20;
const LINE = 18;

export function savePng(chart: uPlot, title: string): void {
  const { canvas } = chart.ctx;
  const ratio = devicePixelRatio;
  const rows = chart.series.slice(1).filter((one) => one.show !== false).slice(0, LEGEND_ROWS_MAX);
  const out = document.createElement('canvas');
  out.width = canvas.width;
  out.height = canvas.height + (rows.length + 2) * LINE * ratio + 8 * ratio;
  const ctx = out.getContext('2d');
  if (!ctx) return;
  const style = getComputedStyle(document.body);
  ctx.fillStyle = style.backgroundColor;
  ctx.fillRect(0, 0, out.width, out.height);
  ctx.scale(ratio, ratio);
  ctx.fillStyle = style.color;
  ctx.font = '600 13px system-ui, sans-serif';
  ctx.fillText(title.replace(/\s+/g, ' '), 10, LINE, out.width / ratio - 20);
  ctx.drawImage(canvas, 0, LINE + 6, canvas.width / ratio, canvas.height / ratio);
  ctx.font = '12px ui-monospace, monospace';
  rows.forEach((one, i) => {
    const y = canvas.height / ratio + LINE * (i + 2) + 6;
    ctx.fillStyle = typeof one.stroke === 'function' ? String(one.stroke(chart, i + 1)) : String(one.stroke);
    ctx.fillRect(12, y - 6, 12, 4);
    ctx.fillStyle = style.color;
    ctx.fillText(String(one.label ?? ''), 32, y, out.width / ratio - 44);
  });
  out.toBlob((blob) => blob && saveBlob('graph.png', blob), 'image/png');
}
