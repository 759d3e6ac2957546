/** The tooltip of a chart: the moment, and every series at the pointer's value. Built with text nodes only: labels are foreign words. */
import type uPlot from 'uplot';
import { formatShort } from '../../lib/numbers';
import { formatTime } from '../../lib/times';
import type { Zone } from '../../lib/timeRange';
import { type ChartData, nearest } from './model';
import type { Mark } from './options';

interface Shown {
  data: ChartData;
  columns: readonly (readonly (number | null)[])[];
  shown: readonly boolean[];
  zone: Zone;
  stacked: boolean;
  marks: readonly Mark[];
}

/** How near the pointer must come to a mark, in pixels. */
const MARK_REACH = 10;

/** Equal values lie on each other: all of them are named, up to this many. */
const ROWS_MAX = 8;

export function placeTooltip(chart: uPlot, element: HTMLElement, { data, columns, shown, zone, stacked, marks }: Shown): void {
  const { left = -1, top = -1, idx } = chart.cursor;
  if (left < 0 || top < 0 || idx === null || idx === undefined) {
    element.hidden = true;
    return;
  }
  const value = chart.posToVal(top, 'y');
  const pixel = Math.abs(chart.posToVal(top + 1, 'y') - value);
  const found = nearest(columns, shown, idx, value, pixel);
  const marked = marks.filter((mark) => {
    const across = chart.valToPos(mark.atMs / 1000, 'x') - left;
    return Math.abs(across) < MARK_REACH && Math.abs(chart.valToPos(mark.value, 'y') - top) < MARK_REACH;
  });
  const at = data.times[idx];
  if ((found.length === 0 && marked.length === 0) || at === undefined) {
    element.hidden = true;
    return;
  }
  const rows = found.slice(0, ROWS_MAX).map((i) => row(data, i, idx, stacked ? columns[i]?.[idx] : undefined));
  const head = line('div', 'chart-tooltip-time', formatTime(at * 1000, zone, true));
  const more = found.length > ROWS_MAX ? [line('div', 'chart-tooltip-more', `+ ${found.length - ROWS_MAX}`)] : [];
  const examples = marked.slice(0, ROWS_MAX).map((mark) => line('div', 'chart-tooltip-name', `◆ ${formatShort(mark.value, 6)} ${mark.title}`));
  element.replaceChildren(head, ...rows, ...more, ...examples);
  element.hidden = false;
  const { width, height } = element.getBoundingClientRect();
  const x = left + chart.over.offsetLeft;
  const y = top + chart.over.offsetTop;
  const room = chart.over.offsetLeft + chart.over.clientWidth;
  element.style.left = `${x + 16 + width > room ? Math.max(x - width - 16, 0) : x + 16}px`;
  element.style.top = `${Math.max(Math.min(y - height / 2, chart.over.clientHeight - height + 20), 0)}px`;
}

function row(data: ChartData, i: number, at: number, total: number | null | undefined): HTMLElement {
  const one = data.series[i];
  const out = document.createElement('div');
  out.className = 'chart-tooltip-row';
  const swatch = line('span', 'chart-swatch', '');
  swatch.style.background = one?.color ?? '';
  const value = one?.values[at];
  const words = value === null || value === undefined ? '–' : formatShort(value, 6);
  const sum = total === null || total === undefined ? '' : ` (Σ ${formatShort(total, 6)})`;
  out.append(swatch, line('strong', '', words + sum), line('span', 'chart-tooltip-name', one?.name ?? ''));
  return out;
}

function line(tag: string, className: string, text: string): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}
