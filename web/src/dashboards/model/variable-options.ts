/** Options of variables: what a query's answer, a list or a pattern becomes, and which of them is selected. Pure. */
import { asArray, asBoolean, asNumber, asObject, asString, isObject } from '../../panels/json';
import type { Json } from '../../panels/json';
import { parseDuration } from './interval';
import type { VariableDoc } from './types';

/** One choice. */
export interface Option {
  text: string;
  value: string;
}

/** The value that means every option. */
export const ALL = '$__all';
/** How "all" reads; titles say it in every language, as Grafana's do. */
export const ALL_TEXT = 'All';
/** Options kept per variable: a list longer than this is no menu, and its pattern is longer than a server takes. */
export const OPTIONS_MAX = 10_000;

/** A query of a variable, understood. */
export type VariableQuery =
  | { kind: 'label-values'; match: string; label: string }
  | { kind: 'label-names'; match: string }
  | { kind: 'metrics'; pattern: string }
  | { kind: 'query-result'; expr: string }
  | { kind: 'series'; match: string };

/** The text of a variable's query: a string, or the `query` or structured fields of the newer object form. */
export function queryText(doc: VariableDoc): string {
  const query = doc['query'];
  if (typeof query === 'string') return query;
  if (!isObject(query)) return asString(doc['definition']);
  const text = asString(query['query']);
  if (text !== '') return text;
  const metric = asString(query['metric']);
  const label = asString(query['label']);
  if (label !== '') return metric === '' ? `label_values(${label})` : `label_values(${metric}, ${label})`;
  return asString(query['expr'], asString(doc['definition']));
}

/** What a query text asks for; anything without a known function is a series selector. */
export function parseVariableQuery(text: string): VariableQuery {
  const query = text.trim();
  const labelValues = /^label_values\((?:([\s\S]+),\s*)?("[^"]+"|[\p{L}_$][\p{L}\p{N}_:.$]*)\s*\)$/u.exec(query);
  if (labelValues !== null)
    return { kind: 'label-values', match: (labelValues[1] ?? '').trim(), label: (labelValues[2] ?? '').replaceAll('"', '') };
  const labelNames = /^label_names\(([\s\S]*)\)$/.exec(query);
  if (labelNames !== null) return { kind: 'label-names', match: (labelNames[1] ?? '').trim() };
  const metrics = /^metrics\(([\s\S]*)\)$/.exec(query);
  if (metrics !== null) return { kind: 'metrics', pattern: (metrics[1] ?? '').trim() };
  const result = /^query_result\(([\s\S]+)\)$/.exec(query);
  if (result !== null) return { kind: 'query-result', expr: (result[1] ?? '').trim() };
  return { kind: 'series', match: query };
}

/** Options of a query variable: its regex picks and renames, duplicates go, its sort order applies. */
export function optionsFromStrings(found: readonly string[], doc: VariableDoc): Option[] {
  const pattern = parseRegex(asString(doc['regex']));
  const out = new Map<string, Option>();
  for (const item of found) {
    for (const option of pattern === undefined ? [{ text: item, value: item }] : applyRegex(item, pattern)) {
      if (!out.has(option.value)) out.set(option.value, option);
    }
    if (out.size >= OPTIONS_MAX) break;
  }
  return sortOptions([...out.values()], asNumber(doc['sort'], 0));
}

/** A pattern as people write it: `/a(.*)/i` or `a(.*)`; `undefined` if empty or broken. */
export function parseRegex(text: string): RegExp | undefined {
  if (text.trim() === '') return undefined;
  const slashed = /^\/([\s\S]*)\/([a-z]*)$/.exec(text.trim());
  try {
    const flags = (slashed?.[2] ?? '').replace(/[^gimsu]/g, '');
    return new RegExp(slashed?.[1] ?? `^${text}$`, flags.includes('g') ? flags : `${flags}g`);
  } catch {
    return undefined;
  }
}

function applyRegex(item: string, pattern: RegExp): Option[] {
  const matches = [...item.matchAll(pattern)];
  const [first] = matches;
  if (first === undefined) return [];
  const named = matches.map((match) => match.groups ?? {});
  const text = named.find((groups) => groups['text'] !== undefined)?.['text'];
  const value = named.find((groups) => groups['value'] !== undefined)?.['value'];
  if (text !== undefined || value !== undefined) return [{ text: text ?? value ?? '', value: value ?? text ?? '' }];
  if (first.length === 1) return [{ text: item, value: item }];
  return matches.flatMap((match) => (match[1] === undefined ? [] : [{ text: match[1], value: match[1] }]));
}

/** Order 0 is as found; odd ascends, even descends: by letters (1, 2), number (3, 4), letters without case (5, 6), natural (7, 8). */
export function sortOptions(options: Option[], order: number): Option[] {
  if (order <= 0) return options;
  const natural = new Intl.Collator('en', { numeric: true });
  const compare: (a: Option, b: Option) => number =
    order <= 2
      ? (a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0)
      : order <= 4
        ? (a, b) => firstNumber(a.text) - firstNumber(b.text)
        : order <= 6
          ? (a, b) => a.text.toLowerCase().localeCompare(b.text.toLowerCase(), 'en')
          : (a, b) => natural.compare(a.text, b.text);
  const sorted = [...options].sort(compare);
  return order % 2 === 0 ? sorted.reverse() : sorted;
}

function firstNumber(text: string): number {
  const found = /\d+(?:\.\d+)?/.exec(text);
  return found === null ? -1 : Number(found[0]);
}

/** Options of a `custom` variable: `a, b : c, d\,e` is a, b with value c, and "d,e". */
export function customOptions(text: string): Option[] {
  return [...text.matchAll(/(?:\\,|[^,])+/g)].flatMap(([raw]) => {
    const item = raw.replaceAll('\\,', ',').trim();
    const pair = /^(.+?)\s:\s(.+)$/.exec(item);
    return item === ''
      ? []
      : [pair === null ? { text: item, value: item } : { text: (pair[1] ?? '').trim(), value: (pair[2] ?? '').trim() }];
  });
}

/** Options of an `interval` variable; `auto` stands first if it is on. */
export function intervalOptions(doc: VariableDoc): Option[] {
  const steps = [...queryText(doc).matchAll(/(["'])(.*?)\1|\w+/g)]
    .map((match) => match[2] ?? match[0])
    .filter((text) => parseDuration(text) !== undefined);
  const options = steps.map((text) => ({ text, value: text }));
  return asBoolean(doc['auto']) ? [{ text: 'auto', value: autoInterval(doc.name) }, ...options] : options;
}

/** The value that stands for an interval computed from the range. */
export function autoInterval(name: string): string {
  return `$__auto_interval_${name}`;
}

/** Whether a variable may hold several values. */
export function isMulti(doc: VariableDoc): boolean {
  return asBoolean(doc['multi']);
}

/** Whether "all" can be chosen. */
export function hasAll(doc: VariableDoc): boolean {
  return asBoolean(doc['includeAll']);
}

/** The selection that the document saved, as a list; empty if it saved none. */
export function savedSelection(doc: VariableDoc): string[] {
  const value = asObject(doc['current'])['value'];
  return (Array.isArray(value) ? asArray(value) : [value ?? null]).flatMap((item: Json) =>
    typeof item === 'string' ? [item] : typeof item === 'number' ? [String(item)] : [],
  );
}

/**
 * The selection among `options` nearest to what is wanted: wanted values that exist, else "all" where it is offered, else the first option.
 * With `keepUnknown` (a value from the URL or typed by hand) values outside the options stay.
 */
export function choose(options: readonly Option[], wanted: readonly string[], doc: VariableDoc, keepUnknown: boolean): string[] {
  const all = hasAll(doc);
  const known = wanted.flatMap((item) => {
    if (item === ALL || (item === ALL_TEXT && all)) return all ? [ALL] : [];
    const found = options.find((option) => option.value === item) ?? options.find((option) => option.text === item);
    return found !== undefined ? [found.value] : keepUnknown && item !== '' ? [item] : [];
  });
  if (known.includes(ALL)) return [ALL];
  if (known.length > 0) return isMulti(doc) ? [...new Set(known)] : known.slice(0, 1);
  if (all) return [ALL];
  return options[0] === undefined ? [] : [options[0].value];
}
