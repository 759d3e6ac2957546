/** Exemplars of a Prometheus query: single observations with what was noted of them, such as a trace. Pure. */
import { asArray, asNumber, asObject, asObjects, asString } from '../../panels/json';
import type { Json, JsonObject } from '../../panels/json';
import type { DataSourceInfo } from '../model/variables';
import type { RawField, RawFrame } from './frames';
import { parseValue } from './prometheus';

/** Frames of this kind are drawn as marks among the lines. */
export const EXEMPLARS = 'exemplars';

/** Marks kept of one query: a graph has no room for more, and each is looked at on every move of the pointer. */
const EXEMPLARS_MAX = 500;

/** The answer of `/api/v1/query_exemplars` as a table: time, value, and a column per label; columns that lead to traces have links. */
export function exemplarFrame(data: Json | undefined, refId: string, source: DataSourceInfo | undefined): RawFrame | undefined {
  const rows = asObjects(data)
    .flatMap((series) =>
      asObjects(series['exemplars']).map((one) => ({
        time: Math.round(asNumber(one['timestamp'], 0) * 1000),
        value: parseValue(asString(one['value'])),
        labels: { ...asObject(series['seriesLabels']), ...asObject(one['labels']) },
      })),
    )
    .filter(({ value }) => Number.isFinite(value));
  if (rows.length === 0) return undefined;
  // The largest say most: they are what somebody looks for.
  const kept = rows
    .sort((a, b) => b.value - a.value)
    .slice(0, EXEMPLARS_MAX)
    .sort((a, b) => a.time - b.time);
  const names = [...new Set(kept.flatMap(({ labels }) => Object.keys(labels)))].sort();
  return {
    refId,
    kind: EXEMPLARS,
    length: kept.length,
    fields: [
      { name: 'Time', type: 'time', values: kept.map(({ time }) => time), config: {} },
      { name: 'Value', type: 'number', values: kept.map(({ value }) => value), config: {} },
      ...names.map((name): RawField => ({
        name,
        type: 'string',
        values: kept.map(({ labels }) => asString(labels[name])),
        config: linksOf(name, source),
      })),
    ],
  };
}

function linksOf(name: string, source: DataSourceInfo | undefined): JsonObject {
  const links = (source?.traceLinks ?? []).filter((link) => link.label === name);
  return links.length === 0 ? {} : { links: links.map(({ url, title }) => ({ url, title: title === '' ? name : title, targetBlank: true })) };
}

/** `exemplarTraceIdDestinations` of a data source's settings that name an address. */
export function traceLinksOf(settings: JsonObject): NonNullable<DataSourceInfo['traceLinks']> {
  return asArray(settings['exemplarTraceIdDestinations'])
    .map(asObject)
    .filter((one) => asString(one['url']) !== '')
    .map((one) => ({ label: asString(one['name'], 'traceID'), url: asString(one['url']), title: asString(one['urlDisplayLabel']) }));
}
