/**
 * Snapshots: a dashboard with the data that it showed, for people who may see nothing else.
 *
 * Invariants: 1. A snapshot asks no data source for anything: queries, variables, annotation queries and links to other dashboards are left out.
 * 2. Its data is what panels held after transformations, in Grafana's `snapshotData`.  3. What is repeated is written out once for each value.
 */
import type { RawFrame } from '../data/frames';
import { asObject, asObjects, asString, cloneJson, isObject } from '../../panels/json';
import type { Json, JsonObject } from '../../panels/json';
import { documentOf } from '../edit/changes';
import type { Scope, ViewItem } from './repeat';
import type { Dashboard, Panel } from './types';
import { isRow } from './types';

/** What of an open dashboard goes into a snapshot. */
export interface SnapshotSource {
  dashboard: Dashboard;
  items: readonly ViewItem[];
  span: { from: number; to: number };
  /** Replaces variables in a text for people. */
  text(written: string, scope?: Scope): string;
  /** The data of a panel after its transformations. */
  data(panel: Panel, scope: Scope): Promise<RawFrame[]>;
}

/** The document of a snapshot. */
export async function snapshotOf({ dashboard, items, span, text, data }: SnapshotSource): Promise<JsonObject> {
  const panels = await Promise.all(
    items.map(async ({ panel, pos, scope, collapsed }, index): Promise<Panel> => {
      const { repeat: _repeat, links: _links, datasource: _source, scopedVars: _vars, ...rest } = panel;
      const shown = { ...rest, id: index + 1, gridPos: pos, title: text(panel.title, scope), description: text(asString(panel['description']), scope) };
      if (isRow(panel)) return { ...shown, collapsed, panels: [] } as Panel;
      const content = panel.options['content'];
      return {
        ...shown,
        targets: [],
        transformations: [],
        options: typeof content === 'string' ? { ...panel.options, content: text(content, scope) } : panel.options,
        snapshotData: (await data(panel, scope)).map(frameJson),
      } as Panel;
    }),
  );
  return {
    ...documentOf({
      ...dashboard,
      title: text(dashboard.title),
      panels,
      templating: { list: [] },
      annotations: { list: [] },
      time: { from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() },
    }),
    id: null,
    uid: '',
    links: [],
    refresh: '',
  };
}

function frameJson(frame: RawFrame): JsonObject {
  return {
    refId: frame.refId,
    ...(frame.name === undefined ? {} : { name: frame.name }),
    ...(frame.kind === undefined ? {} : { meta: { custom: { kind: frame.kind } } }),
    fields: frame.fields.map((field) => ({
      name: field.name,
      type: field.type,
      config: cloneJson(field.config),
      values: field.values as Json[],
      ...(field.labels === undefined ? {} : { labels: field.labels }),
    })),
  };
}

/** The data that came with a panel of a snapshot; `undefined` if it has none. */
export function snapshotFrames(panel: Panel): RawFrame[] | undefined {
  const written = panel['snapshotData'];
  if (!Array.isArray(written)) return undefined;
  return asObjects(written as Json[]).map((frame): RawFrame => {
    const fields = asObjects(frame['fields']).map((field): RawFrame['fields'][number] => {
      const type = asString(field['type']);
      const labels = field['labels'];
      return {
        name: asString(field['name']),
        type: type === 'time' || type === 'number' || type === 'string' || type === 'boolean' ? type : 'other',
        values: Array.isArray(field['values']) ? field['values'] : [],
        config: asObject(field['config']),
        ...(isObject(labels) ? { labels: Object.fromEntries(Object.entries(labels).map(([name, text]) => [name, asString(text)])) } : {}),
      };
    });
    const kind = asString(asObject(asObject(frame['meta'])['custom'])['kind']);
    return {
      refId: asString(frame['refId']),
      ...(asString(frame['name']) === '' ? {} : { name: asString(frame['name']) }),
      ...(kind === '' ? {} : { kind }),
      fields,
      length: fields.reduce((most, field) => Math.max(most, field.values.length), 0),
    };
  });
}
