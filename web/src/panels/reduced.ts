/**
 * One value per series (or per row): what stat, gauge, bar gauge and pie chart draw. Pure.
 */
import type { DisplayValue, PanelField, PanelFrame, PanelLink } from './contract';
import { asArray, asBoolean, asNumber, asObject, asString } from './json';
import type { JsonObject } from './json';
import { calcName } from './legend/model';

/** A value with its name, and the series behind it for sparklines. */
export interface Reduced {
  key: string;
  title: string;
  display: DisplayValue;
  color: string;
  field: PanelField;
  /** Times and values of the series; empty where rows are shown. */
  times: readonly unknown[];
  links: PanelLink[];
}

/** Values shown at most; `limit` of the options may lower it. */
export const VALUES_MAX = 400;

/** The values that `options.reduceOptions` asks for. */
export function reducedValues(frames: readonly PanelFrame[], options: JsonObject, language: string): Reduced[] {
  const reduce = asObject(options['reduceOptions']);
  const calcs = asArray(reduce['calcs']).filter((calc) => typeof calc === 'string');
  const wanted = fieldFilter(asString(reduce['fields']));
  const limit = Math.min(VALUES_MAX, asNumber(reduce['limit'], VALUES_MAX));
  const out: Reduced[] = [];
  for (const frame of frames) {
    const time = frame.fields.find((field) => field.type === 'time');
    for (const field of frame.fields) {
      if (!wanted(field) || out.length >= limit) continue;
      if (asBoolean(reduce['values'])) {
        const name = frame.fields.find((other) => other.type === 'string' && other !== field);
        field.values.slice(0, limit - out.length).forEach((value, row) => {
          const text = name === undefined ? field.title : name.display(name.values[row]).text;
          out.push(entry(frame, field, `${row}`, text, value, [], row));
        });
        continue;
      }
      for (const calc of calcs.length > 0 ? calcs : ['lastNotNull']) {
        const title = calcs.length > 1 ? `${field.title} (${calcName(calc, language)})` : field.title;
        out.push(entry(frame, field, calc, title, field.calc(calc), time?.values ?? [], Math.max(0, field.values.length - 1)));
      }
    }
  }
  return distinct(out);
}

/** Series of one name get keys of their own, for the page tells them apart by key. */
export function distinct<T extends { key: string }>(items: T[]): T[] {
  const seen = new Map<string, number>();
  return items.map((item) => {
    const count = seen.get(item.key) ?? 0;
    seen.set(item.key, count + 1);
    return count === 0 ? item : { ...item, key: `${item.key}\0${count}` };
  });
}

function entry(
  frame: PanelFrame,
  field: PanelField,
  suffix: string,
  title: string,
  value: unknown,
  times: readonly unknown[],
  row: number,
): Reduced {
  const display = field.display(value);
  const color =
    field.colorMode === 'thresholds' || field.colorMode.startsWith('continuous') || (display.color !== undefined && field.hasMappings)
      ? (display.color ?? field.color)
      : field.color;
  return { key: [frame.refId, field.title, suffix].join('\0'), title, display, color, field, times, links: field.links(row) };
}

/** Empty: every numeric field; `/pattern/` or a name: those fields, texts and times too. */
function fieldFilter(fields: string): (field: PanelField) => boolean {
  if (fields === '') return (field) => field.type === 'number' || field.type === 'boolean';
  const pattern = /^\/([\s\S]*)\/([a-z]*)$/.exec(fields);
  if (pattern === null) return (field) => field.title === fields || field.name === fields;
  try {
    const regex = new RegExp(pattern[1] ?? '', (pattern[2] ?? '').replace('g', ''));
    return (field) => regex.test(field.title) || regex.test(field.name);
  } catch {
    return () => false;
  }
}

/** Columns and rows for `count` boxes in a rectangle, so that boxes are near `ratio` (width to height). */
export function boxGrid(
  count: number,
  width: number,
  height: number,
  orientation: string,
  ratio: number,
): { columns: number; rows: number } {
  if (count <= 1) return { columns: 1, rows: 1 };
  if (orientation === 'vertical') return { columns: count, rows: 1 };
  if (orientation === 'horizontal') return { columns: 1, rows: count };
  let best = { columns: 1, rows: count, waste: Infinity };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const waste = Math.abs(Math.log(width / columns / (height / rows) / ratio)) + (columns * rows - count) * 0.25;
    if (waste < best.waste) best = { columns, rows, waste };
  }
  return { columns: best.columns, rows: best.rows };
}

/** Width of a bold digit in the widest of the system fonts that pages are shown in. */
const CHARACTER_EM = 0.7;

/** The largest font size, in pixels, at which a text of this many characters fits. */
export function fittingFont(characters: number, width: number, height: number, largest: number): number {
  return Math.max(9, Math.min(largest, height, width / (Math.max(1, characters) * CHARACTER_EM)));
}

/** Length of a text in Latin characters: Hangul and Han are about twice as wide. */
export function textWidth(text: string): number {
  let width = 0;
  for (const char of text) width += /[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uff00-\uff60]/.test(char) ? 1.75 : 1;
  return width;
}

/** Black or white, whichever reads better on `color` (hex or rgb). */
export function textOn(color: string): string {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(color);
  const rgb =
    hex !== null
      ? hex.slice(1, 4).map((part) => Number.parseInt(part, 16))
      : (/^rgba?\(([^)]+)\)/.exec(color)?.[1] ?? '')
          .split(/[,\s]+/)
          .slice(0, 3)
          .map(Number);
  const [r = 0, g = 0, b = 0] = rgb.map((part) => {
    const share = part / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.3 ? '#16181d' : '#ffffff';
}
