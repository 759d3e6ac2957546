/** The panel types: the one list that dashboards and the editor read. To add one, write its folder and a line here. */
import { bargauge } from './bargauge';
import { barchart } from './barchart';
import type { PanelKind } from './contract';
import { gauge } from './gauge';
import { heatmap } from './heatmap';
import { histogram } from './histogram';
import { alertlist, dashlist } from './lists';
import { logs } from './logs';
import { piechart } from './piechart';
import { stat } from './stat';
import { stateTimeline, statusHistory } from './state-timeline';
import { table } from './table';
import { text } from './text';
import { timeseries } from './timeseries';

/** Every panel type, in the order of menus. */
export const PANEL_KINDS: readonly PanelKind[] = [
  timeseries,
  stat,
  gauge,
  bargauge,
  table,
  piechart,
  barchart,
  stateTimeline,
  statusHistory,
  heatmap,
  histogram,
  logs,
  text,
  alertlist,
  dashlist,
];

/** The panel type of an id, `undefined` if there is none. */
export function panelKind(id: string): PanelKind | undefined {
  return PANEL_KINDS.find((kind) => kind.id === id);
}
