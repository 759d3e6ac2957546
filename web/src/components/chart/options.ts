/** How charts are drawn: axes with our own time and value labels, cursor without redraws, marks and bands. */
import uPlot from 'uplot';
import { axisLabels, decimalsOf } from '../../lib/numbers';
import { tickLabel } from '../../lib/times';
import type { ResolvedRange, Zone } from '../../lib/timeRange';
import type { ChartSeries } from './model';

/** A single measurement shown as a diamond. */
export interface Mark {
  atMs: number;
  value: number;
  title: string;
}

interface Settings {
  series: readonly ChartSeries[];
  range: ResolvedRange;
  zone: Zone;
  stacked: boolean;
  log: boolean;
  dark: boolean;
  marks: readonly Mark[];
  bands: readonly { fromMs: number; toMs: number; color: string }[];
  size: { width: number; height: number };
  onZoom: (fromMs: number, toMs: number) => void;
  onCursor: (chart: uPlot) => void;
}

const FONT = '12px system-ui, sans-serif';
/** Distances between ticks of time that people count in, in seconds. */
const TIME_STEPS = [
  0.001, 0.01, 0.1, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000,
  7_776_000, 31_536_000,
];

export function chartOptions(settings: Settings): uPlot.Options {
  const { series, range, zone, stacked, log, dark, size } = settings;
  const ink = dark ? '#c1c7d0' : '#495057';
  const grid = { stroke: dark ? '#343a46' : '#e9ecef', width: 1 };
  const few = series.length <= 30;
  return {
    ...size,
    padding: [10, 12, 0, 0],
    // A focus below 1 would redraw the whole chart at each move.
    focus: { alpha: 1 },
    legend: { show: false },
    cursor: {
      points: { show: true, one: true, size: 7 },
      drag: { x: true, y: false, setScale: false, dist: 8 },
      focus: { prox: 1e6 },
    },
    scales: {
      x: { time: false, min: range.fromMs / 1000, max: range.toMs / 1000 },
      y: log ? { distr: 3, log: 10 } : { range: (_, low, high) => valueRange(low, high, stacked) },
    },
    axes: [
      {
        stroke: ink,
        font: FONT,
        grid,
        ticks: { ...grid, size: 4 },
        incrs: TIME_STEPS,
        space: 70,
        values: (chart, ticks, _axis, _space, step) => {
          const span = ((chart.scales.x?.max ?? 0) - (chart.scales.x?.min ?? 0)) * 1000;
          return ticks.map((tick) => tickLabel(Math.round(tick * 1000), step * 1000, span, zone));
        },
        splits: (_chart, _axis, min, max, step) => timeTicks(min, max, step, zone),
      },
      {
        stroke: ink,
        font: FONT,
        grid,
        ticks: { ...grid, size: 4 },
        size: (_chart, labels) => Math.max(34, ...(labels ?? []).map((label) => (label?.length ?? 0) * 7.2 + 12)),
        values: (_chart, ticks) => axisLabelsWithGaps(ticks),
      },
    ],
    series: [
      {},
      ...series.map<uPlot.Series>((one) => ({
        label: one.name,
        stroke: one.color,
        width: few ? 1.5 : 1,
        fill: stacked ? `${one.color}40` : undefined,
        points: { show: false },
        spanGaps: false,
      })),
    ],
    hooks: {
      setSelect: [
        (chart) => {
          if (chart.select.width < 4) return;
          const from = chart.posToVal(chart.select.left, 'x');
          const to = chart.posToVal(chart.select.left + chart.select.width, 'x');
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          settings.onZoom(Math.round(from * 1000), Math.round(to * 1000));
        },
      ],
      setCursor: [settings.onCursor],
      drawClear: [(chart) => drawBands(chart, settings.bands)],
      draw: [(chart) => drawLonelyPoints(chart, series), (chart) => drawMarks(chart, settings.marks)],
    },
  };
}

/** On a log axis the library leaves labels out by null. */
function axisLabelsWithGaps(ticks: (number | null)[]): (string | null)[] {
  const labels = axisLabels(ticks.filter((tick): tick is number => tick !== null));
  let next = 0;
  return ticks.map((tick) => (tick === null ? null : (labels[next++] ?? null)));
}

/** The span of values: with air around, from zero when stacked or when zero is near, never empty. */
export function valueRange(low: number | null, high: number | null, fromZero: boolean): [number, number] {
  if (low === null || high === null) return [0, 1];
  let bottom = fromZero ? Math.min(low, 0) : low;
  let top = fromZero ? Math.max(high, 0) : high;
  if (bottom >= 0 && bottom < top / 3) bottom = 0;
  if (bottom === top) {
    const size = Math.abs(top) || 1;
    return bottom === 0 ? [0, 1] : [Math.min(bottom - size / 2, bottom > 0 ? 0 : bottom), Math.max(top + size / 2, top < 0 ? 0 : top)];
  }
  const air = (top - bottom) * 0.06;
  if (bottom !== 0) bottom -= air;
  top += air;
  const digits = decimalsOf(air);
  return [Number(bottom.toFixed(Math.min(digits, 12))), Number(top.toFixed(Math.min(digits, 12)))];
}

/** Ticks at round times of the zone that is shown. */
export function timeTicks(min: number, max: number, step: number, zone: Zone): number[] {
  const offset = zone === 'utc' ? 0 : -new Date(min * 1000).getTimezoneOffset() * 60;
  const first = Math.ceil((min + offset) / step) * step - offset;
  const out: number[] = [];
  for (let at = first; at <= max && out.length < 200; at += step) out.push(Number(at.toFixed(3)));
  return out;
}

function drawBands(chart: uPlot, bands: Settings['bands']): void {
  const { ctx } = chart;
  ctx.save();
  for (const band of bands) {
    const left = Math.max(chart.valToPos(band.fromMs / 1000, 'x', true), chart.bbox.left);
    const right = Math.min(chart.valToPos(band.toMs / 1000, 'x', true), chart.bbox.left + chart.bbox.width);
    ctx.fillStyle = band.color;
    if (right >= left) ctx.fillRect(left, chart.bbox.top, Math.max(right - left, 2), chart.bbox.height);
  }
  ctx.restore();
}

/** A sample with gaps on both sides has no line: it gets a dot. */
function drawLonelyPoints(chart: uPlot, series: readonly ChartSeries[]): void {
  const { ctx } = chart;
  const times = chart.data[0];
  ctx.save();
  series.forEach((one, i) => {
    const column = chart.data[i + 1];
    if (!column) return;
    ctx.fillStyle = one.color;
    for (let at = 0; at < column.length; at += 1) {
      const value = column[at];
      if (value == null || column[at - 1] != null || column[at + 1] != null) continue;
      ctx.beginPath();
      ctx.arc(chart.valToPos(times[at] ?? 0, 'x', true), chart.valToPos(value, 'y', true), 2.5 * devicePixelRatio, 0, 2 * Math.PI);
      ctx.fill();
    }
  });
  ctx.restore();
}

function drawMarks(chart: uPlot, marks: readonly Mark[]): void {
  const { ctx } = chart;
  const size = 4 * devicePixelRatio;
  ctx.save();
  ctx.fillStyle = '#e8590c';
  ctx.strokeStyle = '#fff';
  for (const mark of marks) {
    const x = chart.valToPos(mark.atMs / 1000, 'x', true);
    const y = chart.valToPos(mark.value, 'y', true);
    if (x < chart.bbox.left || x > chart.bbox.left + chart.bbox.width) continue;
    const top = Math.min(Math.max(y, chart.bbox.top + size), chart.bbox.top + chart.bbox.height - size);
    ctx.beginPath();
    ctx.moveTo(x, top - size);
    ctx.lineTo(x + size, top);
    ctx.lineTo(x, top + size);
    ctx.lineTo(x - size, top);
    ctx.closePath();
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
}
