/** Transformations that turn rows, labels and fields into one another and that `@grafana/data` lacks. Written from their documentation. */
import { asArray, asBoolean, asNumber, asObject, asObjects, asString } from '../../panels/json';
import type { Json, JsonObject } from '../../panels/json';
import type { RawField, RawFrame } from './frames';

/** Frames or fields that one table may be split into. */
const PARTS_MAX = 1000;

/** `partitionByValues`: a frame per distinct combination of values in the named fields. */
export function partitionByValues(frames: RawFrame[], options: JsonObject): RawFrame[] {
  const names = texts(options['fields']);
  const naming = asObject(options['naming']);
  return frames.flatMap((frame) => {
    const keys = names.flatMap((name) => frame.fields.find((field) => field.name === name) ?? []);
    if (keys.length === 0) return [frame];
    const parts = new Map<string, { values: string[]; rows: number[] }>();
    for (let row = 0; row < frame.length; row += 1) {
      const values = keys.map((key) => String(key.values[row] ?? ''));
      const id = JSON.stringify(values);
      const part = parts.get(id);
      if (part !== undefined) part.rows.push(row);
      else if (parts.size < PARTS_MAX) parts.set(id, { values, rows: [row] });
    }
    const kept = asBoolean(options['keepFields']) ? frame.fields : frame.fields.filter((field) => !keys.includes(field));
    return [...parts.values()].map(({ values, rows }): RawFrame => {
      const labels = Object.fromEntries(keys.map((key, index) => [key.name, values[index] ?? '']));
      const asLabels = asBoolean(naming['asLabels'], true);
      const withNames = asBoolean(naming['withNames']);
      const name = keys
        .map((key, index) => (withNames ? `${key.name}${asString(naming['separator1'], '=')}` : '') + (values[index] ?? ''))
        .join(asString(naming['separator2'], ' '));
      return {
        refId: frame.refId,
        length: rows.length,
        name: asBoolean(naming['append']) && frame.name !== undefined ? `${frame.name} ${name}` : name,
        fields: kept.map((field) => ({
          ...field,
          values: rows.map((row) => field.values[row]),
          ...(asLabels && field.type !== 'time' ? { labels: { ...field.labels, ...labels } } : {}),
        })),
      };
    });
  });
}

/** `rowsToFields`: each row becomes a field, named by one column and holding another's value; other text columns become its labels. */
export function rowsToFields(frames: RawFrame[], options: JsonObject): RawFrame[] {
  const handlers = new Map(
    asObjects(options['mappings']).map((mapping) => [asString(mapping['fieldName']), asString(mapping['handlerKey'])]),
  );
  const having = (frame: RawFrame, handler: string): RawField | undefined =>
    frame.fields.find((field) => handlers.get(field.name) === handler);
  return frames.map((frame) => {
    const name = having(frame, 'field.name') ?? frame.fields.find((field) => field.type === 'string');
    const value = having(frame, 'field.value') ?? frame.fields.find((field) => field.type === 'number');
    if (name === undefined || value === undefined) return frame;
    const others = frame.fields.filter((field) => field !== name && field !== value && field.type !== 'time');
    const fields = name.values.slice(0, PARTS_MAX).map((title, row): RawField => {
      const config: JsonObject = {};
      const labels: Record<string, string> = {};
      for (const field of others) {
        const handler = handlers.get(field.name) ?? 'field.label';
        const cell = field.values[row];
        if (handler === 'unit' || handler === 'displayName' || handler === 'color')
          config[handler] = handler === 'color' ? { mode: 'fixed', fixedColor: String(cell ?? '') } : String(cell ?? '');
        else if (handler === 'min' || handler === 'max' || handler === 'decimals') config[handler] = asNumber(cell) ?? null;
        else if (handler === 'field.label') labels[field.name] = String(cell ?? '');
      }
      return { name: String(title ?? ''), type: value.type, values: [value.values[row] ?? null], config, labels };
    });
    return { refId: frame.refId, ...(frame.name === undefined ? {} : { name: frame.name }), fields, length: 1 };
  });
}

/** `joinByLabels`: a table with a row per combination of the joined labels and a column per value of the label `value`. */
export function joinByLabels(frames: RawFrame[], options: JsonObject): RawFrame[] {
  const by = asString(options['value']);
  const cells = frames.flatMap((frame) =>
    frame.fields.flatMap((field) =>
      field.labels?.[by] === undefined
        ? []
        : [{ labels: field.labels, column: field.labels[by] ?? '', value: lastValue(field), type: field.type }],
    ),
  );
  if (cells.length === 0) return frames;
  const wanted = texts(options['join']);
  const joined =
    wanted.length > 0
      ? wanted
      : [...new Set(cells.flatMap((cell) => Object.keys(cell.labels)))].filter((name) => name !== by && name !== '__name__').sort();
  const columns = [...new Set(cells.map((cell) => cell.column))].slice(0, PARTS_MAX);
  const rows = new Map<string, { labels: string[]; values: Map<string, unknown> }>();
  for (const cell of cells) {
    const labels = joined.map((name) => cell.labels[name] ?? '');
    const id = JSON.stringify(labels);
    const row = rows.get(id) ?? { labels, values: new Map<string, unknown>() };
    row.values.set(cell.column, cell.value);
    rows.set(id, row);
  }
  const list = [...rows.values()];
  return [
    {
      refId: frames[0]?.refId ?? '',
      length: list.length,
      fields: [
        ...joined.map((name, index): RawField => ({
          name,
          type: 'string',
          config: {},
          values: list.map((row) => row.labels[index] ?? ''),
        })),
        ...columns.map((name): RawField => ({
          name,
          type: cells.find((cell) => cell.column === name)?.type ?? 'number',
          config: {},
          values: list.map((row) => row.values.get(name) ?? null),
        })),
      ],
    },
  ];
}

function lastValue(field: RawField): unknown {
  return field.values.findLast((value) => value !== null && value !== undefined) ?? null;
}

function texts(value: Json | undefined): string[] {
  return asArray(value).filter((item) => typeof item === 'string');
}
