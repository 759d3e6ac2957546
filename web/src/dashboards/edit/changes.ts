/** Edits of a dashboard document: each takes a document and answers a new one. Pure. */
import { asArray, asObject, asObjects, cloneJson, isObject } from '../../panels/json';
import type { Json, JsonObject } from '../../panels/json';
import { panelKind } from '../../panels';
import { compact, freePlace } from '../model/layout';
import type { Dashboard, GridPos, Panel } from '../model/types';
import { GRID_COLUMNS, allPanels, isRow } from '../model/types';

/** The panel of an id, also inside a collapsed row. */
export function findPanel(dashboard: Dashboard, id: number): Panel | undefined {
  return allPanels(dashboard.panels).find((panel) => panel.id === id);
}

/** The document with one panel replaced, or removed if `change` answers `undefined`. */
export function changePanel(dashboard: Dashboard, id: number, change: (panel: Panel) => Panel | undefined): Dashboard {
  const walk = (panels: readonly Panel[]): Panel[] =>
    panels.flatMap((panel) => {
      if (panel.id === id) {
        const next = change(panel);
        return next === undefined ? [] : [next];
      }
      return panel.panels === undefined || panel.panels.length === 0 ? [panel] : [{ ...panel, panels: walk(panel.panels) }];
    });
  return { ...dashboard, panels: walk(dashboard.panels) };
}

/** An id that no panel has. */
export function freshId(dashboard: Dashboard): number {
  return 1 + Math.max(0, ...allPanels(dashboard.panels).map((panel) => panel.id));
}

/** A new panel of a type. */
export function newPanel(id: number, type: string, pos: GridPos, title: string): Panel {
  const kind = panelKind(type);
  const defaults = asObject(cloneJson(kind?.defaults));
  return {
    id,
    type,
    title,
    gridPos: pos,
    options: asObject(cloneJson(kind?.initialOptions)),
    fieldConfig: { defaults, overrides: [] },
    transformations: [],
    targets: kind?.needsData === true ? [{ refId: 'A', expr: '', legendFormat: '__auto' }] : [],
  };
}

/** The document with a new panel at a free place, and that panel. */
export function addPanel(dashboard: Dashboard, type: string, title: string): [Dashboard, Panel] {
  const pos = freePlace(
    dashboard.panels.map((panel) => panel.gridPos),
    type === 'row' ? GRID_COLUMNS : 12,
    type === 'row' ? 1 : 8,
  );
  const panel = newPanel(freshId(dashboard), type, pos, title);
  if (type === 'row') Object.assign(panel, { collapsed: false, panels: [] });
  return [{ ...dashboard, panels: [...dashboard.panels, panel] }, panel];
}

/** The document with a copy of a panel below it. */
export function duplicatePanel(dashboard: Dashboard, id: number): Dashboard {
  const panel = findPanel(dashboard, id);
  if (panel === undefined) return dashboard;
  const copy: Panel = {
    ...(cloneJson(panel as unknown as JsonObject) as unknown as Panel),
    id: freshId(dashboard),
    gridPos: { ...panel.gridPos, y: panel.gridPos.y + panel.gridPos.h },
  };
  const panels = dashboard.panels.flatMap((other) => (other.id === id ? [other, copy] : [other]));
  return settle({ ...dashboard, panels: panels.includes(copy) ? panels : [...panels, copy] });
}

/** The document with a panel moved or resized; the others make room. */
export function placePanel(dashboard: Dashboard, id: number, pos: GridPos): Dashboard {
  const panels = dashboard.panels.map((panel) => (panel.id === id ? { ...panel, gridPos: pos } : panel));
  return settle(
    { ...dashboard, panels },
    panels.findIndex((panel) => panel.id === id),
  );
}

/** Positions without overlaps and gaps, written into the document. */
function settle(dashboard: Dashboard, pinned?: number): Dashboard {
  const placed = compact(
    dashboard.panels.map((panel) => panel.gridPos),
    pinned,
  );
  return { ...dashboard, panels: dashboard.panels.map((panel, index) => ({ ...panel, gridPos: placed[index] ?? panel.gridPos })) };
}

/** A row collapsed (its panels move into it) or expanded (they move out below it). */
export function foldRow(dashboard: Dashboard, id: number, collapsed: boolean): Dashboard {
  const sorted = [...dashboard.panels].sort((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x);
  const at = sorted.findIndex((panel) => panel.id === id);
  const row = sorted[at];
  if (row === undefined || !isRow(row) || row.collapsed === collapsed) return dashboard;
  if (collapsed) {
    const after = sorted.slice(at + 1);
    const end = after.findIndex(isRow);
    const own = end < 0 ? after : after.slice(0, end);
    return settle({ ...dashboard, panels: [...sorted.slice(0, at), { ...row, collapsed: true, panels: own }, ...after.slice(own.length)] });
  }
  const own = row.panels ?? [];
  const first = Math.min(...own.map((panel) => panel.gridPos.y), Infinity);
  const shift = own.length === 0 ? 0 : row.gridPos.y + 1 - first;
  const moved = own.map((panel) => ({ ...panel, gridPos: { ...panel.gridPos, y: panel.gridPos.y + shift } }));
  const height = moved.reduce((most, panel) => Math.max(most, panel.gridPos.y + panel.gridPos.h), row.gridPos.y + 1) - row.gridPos.y - 1;
  const below = sorted.slice(at + 1).map((panel) => ({ ...panel, gridPos: { ...panel.gridPos, y: panel.gridPos.y + height } }));
  return settle({ ...dashboard, panels: [...sorted.slice(0, at), { ...row, collapsed: false, panels: [] }, ...moved, ...below] });
}

/** A panel shown as another type: queries, title and field config stay, options begin anew where the types differ. */
export function changeType(panel: Panel, type: string): Panel {
  const kind = panelKind(type);
  const shared = ['legend', 'tooltip', 'reduceOptions', 'orientation'];
  const kept = Object.fromEntries(Object.entries(panel.options).filter(([key]) => shared.includes(key)));
  const defaults = panel.fieldConfig.defaults;
  return {
    ...panel,
    type,
    options: { ...asObject(cloneJson(kind?.initialOptions)), ...kept },
    fieldConfig: { ...panel.fieldConfig, defaults: { ...asObject(cloneJson(kind?.defaults)), ...defaults } },
  };
}

/** A difference between two documents. */
export interface Difference {
  path: string;
  before: Json | undefined;
  after: Json | undefined;
}

/** Differences listed at most. */
const DIFFERENCES_MAX = 500;

/** What differs, by dotted path; lists of objects with an `id`, `name` or `refId` are compared by it. */
export function differences(before: Json | undefined, after: Json | undefined, path = '', out: Difference[] = []): Difference[] {
  if (out.length >= DIFFERENCES_MAX || JSON.stringify(before) === JSON.stringify(after)) return out;
  if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      differences(before[key], after[key], path === '' ? key : `${path}.${key}`, out);
  } else if (Array.isArray(before) && Array.isArray(after)) {
    const keyOf = (member: Json | undefined, index: number): string =>
      isObject(member) ? String(member['id'] ?? member['name'] ?? member['refId'] ?? index) : String(index);
    const [olds, news] = [
      new Map(before.map((member, index) => [keyOf(member, index), member])),
      new Map(after.map((member, index) => [keyOf(member, index), member])),
    ];
    for (const key of new Set([...olds.keys(), ...news.keys()])) differences(olds.get(key), news.get(key), `${path}[${key}]`, out);
  } else {
    out.push({ path, before, after });
  }
  return out;
}

/** The document for the server: ids of this installation are the server's business. */
export function documentOf(dashboard: Dashboard): JsonObject {
  return asObject(cloneJson(dashboard as unknown as JsonObject));
}

/** The document "for sharing externally": fixed data sources become inputs that the importer is asked for. */
export function externalDocument(dashboard: Dashboard, nameOf: (uid: string) => { name: string; type: string } | undefined): JsonObject {
  const inputs = new Map<string, JsonObject>();
  const replace = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(replace);
    if (!isObject(value)) return value;
    const copy: JsonObject = {};
    for (const [key, member] of Object.entries(value)) {
      const uid = key === 'datasource' && isObject(member) ? member['uid'] : undefined;
      const known = typeof uid === 'string' && !uid.startsWith('$') && !uid.startsWith('-- ') ? nameOf(uid) : undefined;
      if (known !== undefined && isObject(member)) {
        const name = `DS_${known.name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`;
        inputs.set(name, { name, label: known.name, description: '', type: 'datasource', pluginId: known.type, pluginName: known.type });
        copy[key] = { ...member, uid: `\${${name}}` };
      } else if (member !== undefined) {
        copy[key] = replace(member);
      }
    }
    return copy;
  };
  const document = asObject(replace(documentOf(dashboard)));
  const types = [...new Set(allPanels(dashboard.panels).map((panel) => panel.type))].filter((type) => type !== 'row').sort();
  return {
    __inputs: [...inputs.values()] as Json[],
    __requires: types.map((id) => ({ type: 'panel', id, name: id, version: '' })),
    ...document,
    id: null,
  };
}

/** Renamed metrics: expressions that use an old name, with what they would become. */
export function renamedQueries(
  dashboard: Dashboard,
  names: ReadonlyMap<string, string>,
): { panel: string; refId: string; before: string; after: string }[] {
  return allPanels(dashboard.panels).flatMap((panel) =>
    asObjects(panel.targets).flatMap((target) => {
      const before = typeof target['expr'] === 'string' ? target['expr'] : '';
      const after = renameMetrics(before, names);
      return after === before ? [] : [{ panel: panel.title, refId: String(target['refId']), before, after }];
    }),
  );
}

/** The document with its expressions renamed. */
export function applyRenames(dashboard: Dashboard, names: ReadonlyMap<string, string>): Dashboard {
  const walk = (panels: readonly Panel[]): Panel[] =>
    panels.map((panel) => ({
      ...panel,
      targets: panel.targets.map((target) =>
        typeof target['expr'] === 'string' ? { ...target, expr: renameMetrics(target['expr'], names) } : target,
      ),
      ...(panel.panels === undefined ? {} : { panels: walk(panel.panels) }),
    }));
  return { ...dashboard, panels: walk(dashboard.panels) };
}

function renameMetrics(expr: string, names: ReadonlyMap<string, string>): string {
  // Strings stay as they are; a name is a whole word.
  return expr.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|[a-zA-Z_:][\w:]*/g, (word) => names.get(word) ?? word);
}

/** Tags and lists as arrays of texts. */
export function textList(value: Json | undefined): string[] {
  return asArray(value).filter((item) => typeof item === 'string');
}
