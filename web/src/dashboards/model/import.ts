/**
 * Reads a dashboard document of any Grafana schema (rows of version 12 up to 42) into our normalised form.
 *
 * Never throws on odd documents: what is not understood stays as it is, and only a document that is no dashboard at all
 * is refused with a reason.
 */
import { asArray, asBoolean, asNumber, asObject, asObjects, asString, cloneJson, isObject } from '../../panels/json';
import type { Json, JsonObject } from '../../panels/json';
import { migratePanel } from './migrate';
import { rowsToPanels } from './rows';
import { GRID_COLUMNS, SCHEMA_VERSION, allPanels } from './types';
import type { Dashboard, GridPos, Panel, Target, Transformation, VariableDoc } from './types';

/** What an exported document asks of the one who imports it. */
export interface DashboardInput {
  name: string;
  label: string;
  type: 'datasource' | 'constant';
  /** Only data sources: the wanted type, such as `prometheus`. */
  pluginId: string;
  value: string;
}

/** A document that cannot be read as a dashboard. */
export class ImportError extends Error {}

/** Largest document accepted, in panels: beyond it a browser tab dies rather than renders. */
export const PANELS_MAX = 2000;

/**
 * The dashboard in `raw`: the document itself, or an API answer or export that carries it in `dashboard`.
 *
 * # Errors
 * `ImportError` if `raw` is no object, holds neither panels nor rows nor a title, or is larger than `PANELS_MAX`.
 */
export function importDashboard(raw: unknown): Dashboard {
  const outer = asObject(raw);
  const source = isObject(outer['dashboard']) ? outer['dashboard'] : outer;
  if (!isObject(raw) || (source['panels'] === undefined && source['rows'] === undefined && source['title'] === undefined)) {
    throw new ImportError('this is not a dashboard: it has neither "panels" nor "rows" nor a "title"');
  }
  if (isObject(source['elements']) && isObject(source['layout'])) {
    throw new ImportError('this dashboard is in schema v2 ("elements" and "layout"); export it as classic JSON (v1)');
  }
  const doc = asObject(cloneJson(source));
  const rows = asObjects(doc['rows']);
  const written = rows.length > 0 && asArray(doc['panels']).length === 0 ? rowsToPanels(rows) : asObjects(doc['panels']);
  delete doc['rows'];
  const ids = new IdSource(written);
  const panels = written.map((panel) => importPanel(panel, ids));
  if (allPanels(panels).length > PANELS_MAX) {
    throw new ImportError(`this dashboard has ${allPanels(panels).length} panels, at most ${PANELS_MAX} can be shown`);
  }
  const time = asObject(doc['time']);
  return {
    ...doc,
    title: asString(doc['title'], 'Untitled'),
    tags: asArray(doc['tags']).filter((tag) => typeof tag === 'string'),
    panels,
    templating: { ...asObject(doc['templating']), list: asObjects(asObject(doc['templating'])['list']).map(importVariable) },
    annotations: { ...asObject(doc['annotations']), list: asObjects(asObject(doc['annotations'])['list']) },
    time: { from: asTime(time['from'], 'now-6h'), to: asTime(time['to'], 'now') },
    schemaVersion: Math.max(asNumber(doc['schemaVersion'], 0), SCHEMA_VERSION),
  };
}

/** The inputs that `raw` (an export "for sharing externally") asks for; empty for a plain document. */
export function dashboardInputs(raw: unknown): DashboardInput[] {
  const outer = asObject(raw);
  const source = isObject(outer['dashboard']) ? outer['dashboard'] : outer;
  return asObjects(source['__inputs']).map((input) => ({
    name: asString(input['name']),
    label: asString(input['label'], asString(input['name'])),
    type: input['type'] === 'constant' ? 'constant' : 'datasource',
    pluginId: asString(input['pluginId']),
    value: asString(input['value']),
  }));
}

/**
 * `raw` with every `${INPUT}` replaced by its value, in plain strings, inside queries and inside `{type, uid}` objects;
 * `__inputs` and `__requires` are dropped.
 */
export function fillInputs(raw: unknown, values: ReadonlyMap<string, string>): Json {
  const fill = (value: Json): Json => {
    if (typeof value === 'string') {
      let text = value;
      for (const [name, replacement] of values) text = text.replaceAll(`\${${name}}`, replacement);
      return text;
    }
    if (Array.isArray(value)) return value.map(fill);
    if (!isObject(value)) return value;
    const copy: JsonObject = {};
    for (const [key, member] of Object.entries(value)) {
      if (key !== '__inputs' && key !== '__requires' && member !== undefined) copy[key] = fill(member);
    }
    return copy;
  };
  return fill(asObject(raw));
}

/** Gives panels without an id, or with one taken already, a fresh one. */
class IdSource {
  private readonly used = new Set<number>();
  private next: number;

  constructor(panels: JsonObject[]) {
    const nested = panels.flatMap((panel) => [panel, ...asObjects(panel['panels'])]);
    this.next = 1 + Math.max(0, ...nested.map((panel) => asNumber(panel['id'], 0)));
  }

  take(wanted: number | undefined): number {
    const id = wanted !== undefined && wanted > 0 && !this.used.has(wanted) ? wanted : this.next++;
    this.used.add(id);
    return id;
  }
}

function importPanel(written: JsonObject, ids: IdSource): Panel {
  const panel = migratePanel(written);
  const fieldConfig = asObject(panel['fieldConfig']);
  const type = asString(panel['type'], 'unknown');
  const normal: Panel = {
    ...panel,
    id: ids.take(asNumber(panel['id'])),
    type,
    title: asString(panel['title']),
    gridPos: gridPos(asObject(panel['gridPos']), type),
    targets: nameTargets(asObjects(panel['targets'])),
    fieldConfig: { ...fieldConfig, defaults: asObject(fieldConfig['defaults']), overrides: asArray(fieldConfig['overrides']) },
    options: asObject(panel['options']),
    transformations: asObjects(panel['transformations']).map(importTransformation),
  };
  if (type === 'row') {
    normal.collapsed = asBoolean(panel['collapsed']);
    normal.panels = asObjects(panel['panels']).map((inner) => importPanel(inner, ids));
  }
  return normal;
}

function gridPos(written: JsonObject, type: string): GridPos {
  const w = type === 'row' ? GRID_COLUMNS : Math.min(GRID_COLUMNS, Math.max(1, Math.round(asNumber(written['w'], 12))));
  return {
    w,
    h: type === 'row' ? 1 : Math.min(200, Math.max(1, Math.round(asNumber(written['h'], 8)))),
    x: Math.min(GRID_COLUMNS - w, Math.max(0, Math.round(asNumber(written['x'], 0)))),
    y: Math.max(0, Math.round(asNumber(written['y'], 0))),
  };
}

/** The letters of the nth query: A … Z, AA, AB, … */
export function refIdAt(index: number): string {
  const rest = Math.floor(index / 26);
  return (rest > 0 ? refIdAt(rest - 1) : '') + String.fromCharCode(65 + (index % 26));
}

/** Queries without a `refId` are named by position, skipping letters in use: joins and overrides go by these names. */
function nameTargets(targets: JsonObject[]): Target[] {
  const taken = new Set(targets.map((target) => asString(target['refId'])).filter((id) => id !== ''));
  let index = 0;
  return targets.map((target) => {
    const named = asString(target['refId']);
    if (named !== '') return { ...target, refId: named };
    while (taken.has(refIdAt(index))) index += 1;
    const refId = refIdAt(index);
    taken.add(refId);
    return { ...target, refId };
  });
}

function importTransformation(written: JsonObject): Transformation {
  const id = asString(written['id']);
  // `seriesToColumns` is the former name of the same transformation.
  return { ...written, id: id === 'seriesToColumns' ? 'joinByField' : id, options: asObject(written['options']) };
}

function importVariable(written: JsonObject): VariableDoc {
  return { ...written, name: asString(written['name']), type: asString(written['type'], 'query') };
}

function asTime(value: unknown, fallback: string): string {
  if (typeof value === 'number') return String(value);
  return asString(value, fallback);
}
