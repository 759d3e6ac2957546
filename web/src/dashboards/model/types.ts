/**
 * The dashboard document as we hold it.
 *
 * Invariants: 1. It is plain JSON in Grafana's schema; keys we do not know stay where they were, so saving gives back
 * what was loaded.  2. After `importDashboard` every panel has a unique `id`, a `gridPos`, `fieldConfig.defaults` and
 * targets with a `refId`.  3. Nothing derived (options of variables, repeated panels, compacted positions) is ever written into it.
 */
import type { Json, JsonObject } from '../../panels/json';

/** Rectangle on the 24-column grid, in grid cells. */
export interface GridPos {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** A reference to a data source: by uid, or by type when the uid is missing. */
export interface DataSourceRef {
  type?: string;
  uid?: string;
}

/** A query of a panel. */
export interface Target extends JsonObject {
  refId: string;
}

/** A transformation of a panel. */
export interface Transformation extends JsonObject {
  id: string;
  options: JsonObject;
}

/** `fieldConfig` of a panel. */
export interface FieldConfigSource extends JsonObject {
  defaults: JsonObject;
  overrides: Json[];
}

/** A panel or a row. */
export interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: GridPos;
  targets: Target[];
  fieldConfig: FieldConfigSource;
  options: JsonObject;
  transformations: Transformation[];
  /** Only rows: panels of a collapsed row. */
  panels?: Panel[];
  /** Only rows. */
  collapsed?: boolean;
  [key: string]: unknown;
}

/** A template variable as written in the document. */
export interface VariableDoc extends JsonObject {
  name: string;
  type: string;
}

/** A dashboard. */
export interface Dashboard {
  title: string;
  tags: string[];
  panels: Panel[];
  templating: { list: VariableDoc[] };
  annotations: { list: JsonObject[] };
  time: { from: string; to: string };
  schemaVersion: number;
  [key: string]: unknown;
}

/** The schema version that our migrations produce and exports carry. */
export const SCHEMA_VERSION = 42;

/** Columns of the grid. */
export const GRID_COLUMNS = 24;

/** Whether a panel is a row. */
export function isRow(panel: Panel): boolean {
  return panel.type === 'row';
}

/** Every panel of a dashboard with those inside collapsed rows, rows included, in document order. */
export function allPanels(panels: readonly Panel[]): Panel[] {
  return panels.flatMap((panel) => [panel, ...allPanels(panel.panels ?? [])]);
}
