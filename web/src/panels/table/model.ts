/** Tables: columns, order of rows, filters, footers. Pure. */
import type { DisplayValue, PanelField, PanelFrame } from '../contract';
import { fullText } from '../contract';
import { asArray, asBoolean, asNumber, asObjects, asString, at, isObject, oneOf } from '../json';
import type { JsonObject } from '../json';
import { textWidth } from '../reduced';

/** How a cell draws its value. */
export type CellKind = 'auto' | 'color-text' | 'color-background' | 'gauge' | 'json-view' | 'image' | 'data-links' | 'pill' | 'markdown';

/** A column. */
export interface Column {
  field: PanelField;
  title: string;
  kind: CellKind;
  /** Only `gauge`. */
  gaugeMode: 'basic' | 'gradient' | 'lcd';
  /** Only `color-background`: the whole row takes its colour. */
  applyToRow: boolean;
  /** Only `color-background`. */
  gradient: boolean;
  align: 'left' | 'center' | 'right';
  /** Pixels, if written. */
  width: number | undefined;
  minWidth: number;
  filterable: boolean;
  wrap: boolean;
}

const OLD_MODES: ReadonlyMap<string, CellKind> = new Map([
  ['color-text', 'color-text'],
  ['color-background', 'color-background'],
  ['color-background-solid', 'color-background'],
  ['basic', 'gauge'],
  ['gradient-gauge', 'gauge'],
  ['lcd-gauge', 'gauge'],
  ['json-view', 'json-view'],
  ['image', 'image'],
]);
const KINDS = ['auto', 'color-text', 'color-background', 'gauge', 'json-view', 'image', 'data-links', 'pill', 'markdown'] as const;

/** Visible columns of a frame. */
export function columnsOf(frame: PanelFrame): Column[] {
  return frame.fields
    .filter((field) => !asBoolean(field.custom['hidden']) && !asBoolean(at(field.custom, 'hideFrom.viz')))
    .map((field): Column => {
      const options = field.custom['cellOptions'];
      const old = asString(field.custom['displayMode']);
      // `cellOptions` is the newer form; documents carry both.
      const kind = isObject(options) ? oneOf(options['type'], KINDS, 'auto') : (OLD_MODES.get(old) ?? 'auto');
      const mode = asString(at(options, 'mode'));
      const align = oneOf(field.custom['align'], ['auto', 'left', 'center', 'right'] as const, 'auto');
      return {
        field,
        kind,
        title: field.title,
        gaugeMode: isObject(options)
          ? oneOf(mode, ['basic', 'gradient', 'lcd'] as const, 'gradient')
          : old === 'lcd-gauge'
            ? 'lcd'
            : old === 'basic'
              ? 'basic'
              : 'gradient',
        applyToRow: asBoolean(at(options, 'applyToRow')),
        gradient: mode === 'gradient',
        align: align === 'auto' ? (field.type === 'number' && !(field.hasMappings && kind === 'auto') ? 'right' : 'left') : align,
        width: positive(field.custom['width']),
        minWidth: positive(field.custom['minWidth']) ?? 60,
        filterable: asBoolean(field.custom['filterable']),
        wrap: asBoolean(field.custom['wrapText']) || asBoolean(at(options, 'wrapText')),
      };
    });
}

function positive(value: unknown): number | undefined {
  const number = asNumber(value);
  return number !== undefined && number > 0 ? Math.min(4000, number) : undefined;
}

/** Widths in pixels: written ones first, the rest share what is left by the length of their content. */
export function columnWidths(columns: readonly Column[], frame: PanelFrame, total: number): number[] {
  const wanted = columns.map((column) => {
    if (column.width !== undefined) return column.width;
    const sample = [0, Math.floor(frame.length / 2), frame.length - 1].filter((row) => row >= 0 && row < frame.length);
    const longest = Math.max(
      textWidth(column.title) + 3,
      ...sample.map((row) => textWidth(fullText(column.field.display(column.field.values[row])))),
    );
    return Math.max(column.minWidth, Math.min(420, longest * 7.6 + 18) + (column.kind === 'gauge' ? 80 : 0));
  });
  const free = columns.flatMap((column, index) => (column.width === undefined ? [index] : []));
  const left = total - wanted.reduce((sum, width) => sum + width, 0);
  const flexible = free.reduce((sum, index) => sum + (wanted[index] ?? 0), 0);
  if (left > 0 && free.length > 0) return wanted.map((width, index) => (free.includes(index) ? width + (left * width) / flexible : width));
  if (left < 0 && free.length > 0) {
    // Columns shrink to their minimum before the table scrolls sideways.
    return wanted.map((width, index) =>
      free.includes(index) ? Math.max(columns[index]?.minWidth ?? 60, width + (left * width) / flexible) : width,
    );
  }
  return wanted;
}

/** By which column and in which direction. */
export interface Sort {
  title: string;
  desc: boolean;
}

/** The order that the options ask for. */
export function initialSort(options: JsonObject): Sort[] {
  return asObjects(options['sortBy'])
    .map((sort) => ({ title: asString(sort['displayName']), desc: asBoolean(sort['desc']) }))
    .filter((sort) => sort.title !== '');
}

/** Rows that pass the filters (text found in the shown value), in order; values that are missing come last. */
export function orderedRows(
  frame: PanelFrame,
  columns: readonly Column[],
  sort: readonly Sort[],
  filters: ReadonlyMap<string, string>,
): number[] {
  let rows = Array.from({ length: frame.length }, (_row, index) => index);
  for (const [title, text] of filters) {
    const column = columns.find((candidate) => candidate.title === title);
    const wanted = text.trim().toLowerCase();
    if (column === undefined || wanted === '') continue;
    rows = rows.filter((row) => fullText(column.field.display(column.field.values[row])).toLowerCase().includes(wanted));
  }
  const keys = sort.flatMap(({ title, desc }) => {
    const field = frame.fields.find((candidate) => candidate.title === title || candidate.name === title);
    return field === undefined ? [] : [{ field, sign: desc ? -1 : 1 }];
  });
  if (keys.length === 0) return rows;
  const collator = new Intl.Collator(undefined, { numeric: true });
  return rows.sort((a, b) => {
    for (const { field, sign } of keys) {
      const [x, y] = [field.values[a], field.values[b]];
      const [missingX, missingY] = [isMissing(x), isMissing(y)];
      if (missingX || missingY) {
        if (missingX !== missingY) return missingX ? 1 : -1;
        continue;
      }
      const order = typeof x === 'number' && typeof y === 'number' ? x - y : collator.compare(String(x), String(y));
      if (order !== 0) return sign * order;
    }
    return a - b;
  });
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === 'number' && Number.isNaN(value));
}

/** Texts below the columns: a reduction each, or the number of rows under the first; `undefined` without a footer. */
export function footerTexts(columns: readonly Column[], frame: Pick<PanelFrame, 'length'>, options: JsonObject): string[] | undefined {
  const footer = options['footer'];
  if (!asBoolean(at(footer, 'show'))) return undefined;
  if (asBoolean(at(footer, 'countRows'))) return columns.map((_column, index) => (index === 0 ? String(frame.length) : ''));
  const reducer = asArray(at(footer, 'reducer')).find((name) => typeof name === 'string') ?? 'sum';
  const fields = at(footer, 'fields');
  const chosen = Array.isArray(fields) ? fields : typeof fields === 'string' && fields !== '' ? [fields] : undefined;
  return columns.map(({ field }) => {
    if (field.type !== 'number' || (chosen !== undefined && !chosen.includes(field.name) && !chosen.includes(field.title))) return '';
    return fullText(field.display(field.calc(reducer)));
  });
}

/** The shown values as CSV with quotes where needed; a leading `=`, `+`, `-` or `@` of a text is defused for spreadsheets. */
export function tableCsv(columns: readonly Column[], rows: readonly number[], raw: boolean): string {
  const quote = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const safe = (text: string): string => (/^[=+\-@\t]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text);
  const cell = (column: Column, row: number): string => {
    const value = column.field.values[row];
    if (column.field.type === 'time' && typeof value === 'number') return new Date(value).toISOString();
    return raw || typeof value === 'number' ? String(value ?? '') : fullText(column.field.display(value) as DisplayValue);
  };
  return [
    columns.map((column) => quote(safe(column.title))).join(','),
    ...rows.map((row) => columns.map((column) => quote(safe(cell(column, row)))).join(',')),
  ].join('\r\n');
}
