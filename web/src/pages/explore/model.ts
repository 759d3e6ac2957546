/**
 * The state of Explore and how the address holds it: `g0.expr`, `g0.tab`, … as Prometheus's query page writes them, of all ages.
 * The time range is the page's own (`from`, `to`); what old links tell of it is translated once, on arrival.
 */
import { parseDuration } from '../../lib/durations';
import { type TimeRange, fromPrometheusLink } from '../../lib/timeRange';

export type Tab = 'graph' | 'table' | 'explain';
export type Mode = 'lines' | 'stacked' | 'heatmap';
/** How many points a graph asks for: a density, or a step in seconds. */
export type Resolution = 'low' | 'medium' | 'high' | number;

export interface PanelState {
  expr: string;
  tab: Tab;
  mode: Mode;
  exemplars: boolean;
  log: boolean;
  /** The explanation is of what a refresh costs, with the answers that the server keeps. */
  cached: boolean;
  resolution: Resolution;
}

export const NEW_PANEL: PanelState = { expr: '', tab: 'table', mode: 'lines', exemplars: false, log: false, cached: false, resolution: 'medium' };

/** More panels than this are not read from an address. */
export const PANELS_MAX = 50;

const TABS: Readonly<Record<string, Tab>> = { '0': 'graph', '1': 'table', graph: 'graph', table: 'table', explain: 'explain' };

/** Reads all panels; an address without any has one that is empty. */
export function readPanels(params: URLSearchParams): PanelState[] {
  const panels: PanelState[] = [];
  while (panels.length < PANELS_MAX && params.has(`g${panels.length}.expr`)) {
    const get = (key: string) => params.get(`g${panels.length}.${key}`) ?? '';
    const mode = get('display_mode');
    panels.push({
      expr: get('expr'),
      tab: TABS[get('tab')] ?? 'table',
      mode: mode === 'stacked' || mode === 'heatmap' ? mode : get('stacked') === '1' ? 'stacked' : 'lines',
      exemplars: get('show_exemplars') === '1',
      log: get('log') === '1',
      cached: get('cached') === '1',
      resolution: readResolution(get('res_type'), get('res_density'), get('res_step'), get('step_input')),
    });
  }
  return panels.length > 0 ? panels : [NEW_PANEL];
}

function readResolution(type: string, density: string, step: string, oldStep: string): Resolution {
  if (type === 'auto' && (density === 'low' || density === 'high' || density === 'medium')) return density;
  const seconds = Number.parseFloat(type === '' ? oldStep : step);
  return seconds > 0 && Number.isFinite(seconds) ? seconds : 'medium';
}

/** Writes the panels into a copy of the parameters; what equals the default is left out, but for the expression. */
export function writePanels(params: URLSearchParams, panels: readonly PanelState[]): URLSearchParams {
  const out = new URLSearchParams([...params].filter(([key]) => !/^g\d+\./.test(key)));
  panels.forEach((panel, i) => {
    out.set(`g${i}.expr`, panel.expr);
    out.set(`g${i}.tab`, panel.tab);
    if (panel.mode !== 'lines') out.set(`g${i}.display_mode`, panel.mode);
    if (panel.exemplars) out.set(`g${i}.show_exemplars`, '1');
    if (panel.log) out.set(`g${i}.log`, '1');
    if (panel.cached) out.set(`g${i}.cached`, '1');
    if (typeof panel.resolution === 'number') {
      out.set(`g${i}.res_type`, 'custom');
      out.set(`g${i}.res_step`, String(panel.resolution));
    } else if (panel.resolution !== 'medium') {
      out.set(`g${i}.res_type`, 'auto');
      out.set(`g${i}.res_density`, panel.resolution);
    }
  });
  return out;
}

/** The time range that an old link tells with its first panel, unless the address has one of ours. */
export function readOldRange(params: URLSearchParams): TimeRange | undefined {
  if (params.has('from') || params.has('to')) return undefined;
  const length = params.get('g0.range_input');
  const end = params.get('g0.end_input') ?? params.get('g0.moment_input') ?? undefined;
  if (length === null && end === undefined) return undefined;
  return fromPrometheusLink(parseDuration(length ?? '') || 3_600_000, end);
}

const POINTS: Readonly<Record<'low' | 'medium' | 'high', number>> = { low: 100, medium: 250, high: 750 };
/** The server answers with at most so many points a series. */
const POINTS_MAX = 11_000;

/** The step for a range, in milliseconds: whole seconds where that is possible, and never more points than the server gives. */
export function stepFor(resolution: Resolution, fromMs: number, toMs: number): number {
  const length = Math.max(toMs - fromMs, 1);
  const wanted = typeof resolution === 'number' ? resolution * 1000 : length / POINTS[resolution];
  const rounded = typeof resolution === 'number' ? Math.round(wanted) : Math.max(Math.floor(wanted / 1000), 1) * 1000;
  return Math.max(rounded, Math.ceil(length / POINTS_MAX), 1);
}
