/** Transformations that `@grafana/data` lacks: `extractFields` and `prepareTimeSeries`. Written from their documentation. */
import { asArray, asBoolean, asObjects, asString, at, isObject } from '../../panels/json';
import type { Json, JsonObject } from '../../panels/json';
import type { RawField, RawFrame } from './frames';

/** Columns that one extraction may add. */
const EXTRACTED_MAX = 500;

/**
 * Takes values out of a text column: `source` names it, `format` is `json`, `kvp`, `auto`, `regexp` or `delimiter`. Without `keepTime` and with `replace` only
 * the new columns stay.
 */
export function extractFields(frames: RawFrame[], options: JsonObject): RawFrame[] {
  const source = asString(options['source']);
  return frames.map((frame) => {
    const column = frame.fields.find((field) => field.name === source || field.config['displayName'] === source);
    if (column === undefined) return frame;
    const parsed = column.values.map((value) => parseCell(value, options));
    const paths = asObjects(options['jsonPaths']).filter((path) => asString(path['path']) !== '');
    const names =
      paths.length > 0
        ? paths.map((path) => asString(path['alias']) || asString(path['path']))
        : [...new Set(parsed.flatMap((cell) => Object.keys(cell)))].slice(0, EXTRACTED_MAX);
    const added = names.map((name, index): RawField => {
      const path = paths[index];
      const values = parsed.map((cell) => plain(path === undefined ? cell[name] : at(cell, asString(path['path']))));
      return { name, values, config: {}, type: typeOf(values) };
    });
    const kept = asBoolean(options['replace'])
      ? frame.fields.filter((field) => asBoolean(options['keepTime']) && field.type === 'time')
      : frame.fields;
    return { ...frame, fields: [...kept, ...added] };
  });
}

function parseCell(value: unknown, options: JsonObject): JsonObject {
  if (isObject(value)) return value;
  if (typeof value !== 'string') return {};
  const format = asString(options['format'], 'auto');
  if (format === 'regexp') {
    try {
      const written = asString(options['regExp']);
      const slashed = /^\/([\s\S]*)\/[a-z]*$/.exec(written);
      return { ...new RegExp(slashed?.[1] ?? written).exec(value)?.groups };
    } catch {
      return {};
    }
  }
  if (format === 'delimiter') return Object.fromEntries(value.split(asString(options['delimiter'], ',')).map((part) => [part.trim(), 1]));
  if (format !== 'kvp') {
    try {
      const json: unknown = JSON.parse(value);
      if (isObject(json)) return json;
      if (Array.isArray(json)) return Object.fromEntries(json.map((member, index) => [String(index), member as Json]));
    } catch {
      if (format === 'json') return {};
    }
  }
  const pairs = [...value.matchAll(/(?:"([^"]+)"|([\w.\-/]+))\s*[=:]\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;]+))/g)];
  return Object.fromEntries(pairs.map((pair) => [pair[1] ?? pair[2] ?? '', pair[3] ?? pair[4] ?? '']));
}

function plain(value: Json | undefined): Json {
  if (value === undefined) return null;
  return value !== null && typeof value === 'object' ? JSON.stringify(value) : value;
}

function typeOf(values: readonly Json[]): RawField['type'] {
  const first = values.find((value) => value !== null);
  return typeof first === 'number' ? 'number' : typeof first === 'boolean' ? 'boolean' : 'string';
}

/**
 * Makes time series of one shape from any: `multi` gives a frame per series, `wide` one frame with a column each, `long` text columns beside the values.
 */
export function prepareTimeSeries(frames: RawFrame[], options: JsonObject): RawFrame[] {
  const multi = frames.flatMap(toMulti);
  switch (asString(options['format'], 'multi')) {
    case 'wide':
      return multi.length === 0 ? [] : [toWide(multi)];
    case 'long':
      return multi.length === 0 ? [] : [toLong(multi)];
    default:
      return multi;
  }
}

/** Every numeric column becomes a series; rows are split by the text columns beside it. */
function toMulti(frame: RawFrame): RawFrame[] {
  const time = frame.fields.find((field) => field.type === 'time');
  if (time === undefined) return [];
  const texts = frame.fields.filter((field) => field.type === 'string');
  const numbers = frame.fields.filter((field) => field.type === 'number' || field.type === 'boolean');
  const groups = new Map<string, { labels: Record<string, string>; rows: number[] }>();
  for (let row = 0; row < frame.length; row += 1) {
    const labels = Object.fromEntries(texts.map((field) => [field.name, String(field.values[row] ?? '')]));
    const key = JSON.stringify(Object.values(labels));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { labels, rows: [row] });
    else group.rows.push(row);
  }
  return [...groups.values()].flatMap(({ labels, rows }) =>
    numbers.map((field): RawFrame => {
      const order = [...rows].sort((a, b) => Number(time.values[a]) - Number(time.values[b]));
      return {
        refId: frame.refId,
        ...(frame.name === undefined ? {} : { name: frame.name }),
        length: order.length,
        fields: [
          { ...time, values: order.map((row) => time.values[row]) },
          { ...field, values: order.map((row) => field.values[row]), labels: { ...field.labels, ...labels } },
        ],
      };
    }),
  );
}

function toWide(multi: RawFrame[]): RawFrame {
  const times = [...new Set(multi.flatMap((frame) => asArray(frame.fields[0]?.values).map(Number)))].sort((a, b) => a - b);
  const columns = multi.flatMap((frame): RawField[] => {
    const [time, value] = frame.fields;
    if (time === undefined || value === undefined) return [];
    const at = new Map(time.values.map((instant, row) => [Number(instant), value.values[row]]));
    return [{ ...value, values: times.map((instant) => at.get(instant) ?? null) }];
  });
  return {
    refId: multi[0]?.refId ?? '',
    length: times.length,
    fields: [{ name: 'Time', type: 'time', config: {}, values: times }, ...columns],
  };
}

function toLong(multi: RawFrame[]): RawFrame {
  const names = [...new Set(multi.flatMap((frame) => Object.keys(frame.fields[1]?.labels ?? {})))].sort();
  const rows = multi
    .flatMap((frame) => {
      const [time, value] = frame.fields;
      return (time?.values ?? []).map((instant, row) => ({
        instant: Number(instant),
        value: value?.values[row] ?? null,
        labels: value?.labels ?? {},
      }));
    })
    .sort((a, b) => a.instant - b.instant);
  return {
    refId: multi[0]?.refId ?? '',
    length: rows.length,
    fields: [
      { name: 'Time', type: 'time', config: {}, values: rows.map((row) => row.instant) },
      ...names.map((name): RawField => ({ name, type: 'string', config: {}, values: rows.map((row) => row.labels[name] ?? '') })),
      { name: 'Value', type: 'number', config: {}, values: rows.map((row) => row.value) },
    ],
  };
}
