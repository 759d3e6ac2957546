/**
 * The variables of a dashboard with their options and selections.
 *
 * Invariants: 1. A variable is resolved after those that its query, pattern or data source mentions.  2. A variable whose query fails keeps
 * its last options and says the error; the others go on.  3. What is asked of servers goes through a `VariableSource`, so this file is
 * free of requests and time.
 */
import { asBoolean, asNumber, asObject, asObjects, asString, isObject } from '../../panels/json';
import type { Json } from '../../panels/json';
import { interpolate, promqlFormat, references } from './interpolate';
import type { Lookup, VariableValue } from './interpolate';
import { intervalFor, formatDuration, parseDuration } from './interval';
import type { DataSourceRef, VariableDoc } from './types';
import {
  ALL,
  ALL_TEXT,
  autoInterval,
  choose,
  customOptions,
  hasAll,
  intervalOptions,
  isMulti,
  optionsFromStrings,
  parseRegex,
  parseVariableQuery,
  queryText,
  savedSelection,
} from './variable-options';
import type { Option, VariableQuery } from './variable-options';

/** A filter of an ad hoc variable, added to every query of its data source. */
export interface AdhocFilter {
  key: string;
  operator: string;
  value: string;
}

/** A variable with its state. */
export interface Variable {
  doc: VariableDoc;
  name: string;
  label: string;
  /** 0 shows label and value, 1 hides the label, 2 hides all. */
  hide: number;
  options: Option[];
  /** Selected values; `[ALL]` for all. */
  selected: string[];
  filters: AdhocFilter[];
  error: string | undefined;
}

/** A data source as variables and menus see it. */
export interface DataSourceInfo {
  uid: string;
  name: string;
  type: string;
  isDefault: boolean;
  /** `jsonData.timeInterval`: how often it is scraped, in milliseconds. */
  scrapeMs: number;
  /** Where labels of exemplars lead. */
  traceLinks?: readonly { label: string; url: string; title: string }[];
}

/** What variables ask of the outside. */
export interface VariableSource {
  /** The strings that a query of a data source yields. */
  strings(source: DataSourceRef | undefined, query: VariableQuery, signal: AbortSignal): Promise<string[]>;
  dataSources(): readonly DataSourceInfo[];
}

/** The variables of a document before anything was asked. `wanted` are selections from the URL, by name. */
export function initialVariables(docs: readonly VariableDoc[], wanted: ReadonlyMap<string, readonly string[]>): Variable[] {
  return docs.map((doc) => ({
    doc,
    name: doc.name,
    label: asString(doc['label']) || doc.name,
    hide: doc.type === 'constant' && doc['hide'] === undefined ? 2 : asNumber(doc['hide'], 0),
    options: [],
    selected: [...(wanted.get(doc.name) ?? savedSelection(doc))],
    filters: doc.type === 'adhoc' ? [...baseFilters(wanted.get(doc.name), doc)] : [],
    error: undefined,
  }));
}

function baseFilters(wanted: readonly string[] | undefined, doc: VariableDoc): AdhocFilter[] {
  if (wanted !== undefined) {
    return wanted.flatMap((text) => {
      const [key = '', operator = '=', ...value] = text.split('|');
      return key === '' ? [] : [{ key: unescapePipe(key), operator, value: unescapePipe(value.join('|')) }];
    });
  }
  return asObjects(doc['filters']).map((filter) => ({
    key: asString(filter['key']),
    operator: asString(filter['operator'], '='),
    value: asString(filter['value']),
  }));
}

/** The URL form of a filter. */
export function filterText(filter: AdhocFilter): string {
  return [filter.key.replaceAll('|', '__gfp__'), filter.operator, filter.value.replaceAll('|', '__gfp__')].join('|');
}

function unescapePipe(text: string): string {
  return text.replaceAll('__gfp__', '|');
}

/** Names that a variable's options depend on. */
export function dependencies(doc: VariableDoc): Set<string> {
  const source = doc['datasource'];
  const texts = [queryText(doc), asString(doc['regex']), isObject(source) ? asString(source['uid']) : asString(source)];
  return references(texts.join('\n'));
}

/** Batches in which variables can be resolved: each depends on earlier ones only. Members of a cycle come last, in document order. */
export function resolutionOrder(docs: readonly VariableDoc[]): VariableDoc[][] {
  const names = new Set(docs.map((doc) => doc.name));
  const done = new Set<string>();
  let left = [...docs];
  const batches: VariableDoc[][] = [];
  while (left.length > 0) {
    const ready = left.filter((doc) => [...dependencies(doc)].every((name) => name === doc.name || !names.has(name) || done.has(name)));
    const batch = ready.length > 0 ? ready : left;
    batches.push(batch);
    for (const doc of batch) done.add(doc.name);
    left = left.filter((doc) => !batch.includes(doc));
  }
  return batches;
}

/** The values that variables stand for; built-ins are asked of `builtin` after them. */
export function variableLookup(variables: readonly Variable[], builtin: Lookup = () => undefined): Lookup {
  const byName = new Map(variables.map((variable) => [variable.name, variable]));
  return (name, path) => {
    const variable = byName.get(name);
    return variable === undefined ? builtin(name, path) : variableValue(variable, path, builtin);
  };
}

/** What a variable stands for; `path` is `text` or `value`. */
export function variableValue(variable: Variable, path: string | undefined, builtin: Lookup): VariableValue {
  const multi = isMulti(variable.doc) || hasAll(variable.doc);
  const isAll = variable.selected[0] === ALL;
  const allValue = asString(variable.doc['allValue']);
  if (isAll && allValue !== '' && path !== 'text') return { value: allValue, text: ALL_TEXT, verbatim: true, multi };
  const texts = variable.selected.map((value) => variable.options.find((option) => option.value === value)?.text ?? value);
  if (path === 'text') return { value: isAll ? ALL_TEXT : texts.join(' + '), text: isAll ? ALL_TEXT : texts };
  if (isAll) return { value: variable.options.map((option) => option.value), text: ALL_TEXT, multi };
  if (variable.doc.type === 'interval' && variable.selected[0] === autoInterval(variable.name)) return autoValue(variable.doc, builtin);
  if (isMulti(variable.doc)) return { value: variable.selected, text: texts, multi };
  return { value: variable.selected[0] ?? '', text: texts[0] ?? '', multi };
}

/** `auto` of an interval variable: the range in `auto_count` steps of at least `auto_min`. */
function autoValue(doc: VariableDoc, builtin: Lookup): VariableValue {
  const span = Number(builtin('__range_ms', undefined)?.value ?? 3_600_000);
  const step = formatDuration(
    intervalFor(span, asNumber(doc['auto_count'], 30), parseDuration(asString(doc['auto_min'], '10s')) ?? 10_000),
  );
  return { value: step, text: step };
}

/** Values to repeat over. */
export function repeatValues(variables: readonly Variable[], name: string): Option[] {
  const variable = variables.find((candidate) => candidate.name === name);
  if (variable === undefined) return [];
  if (variable.selected[0] === ALL) return variable.options;
  return variable.selected.map((value) => ({ value, text: variable.options.find((option) => option.value === value)?.text ?? value }));
}

/** The data source a reference means after interpolation; `undefined` for the default one. */
export function dataSourceRef(written: Json | undefined, lookup: Lookup, known: readonly DataSourceInfo[]): DataSourceInfo | undefined {
  const fallback = known.find((source) => source.isDefault) ?? known[0];
  const uid = interpolate(isObject(written) ? asString(written['uid']) : asString(written), lookup);
  const type = isObject(written) ? interpolate(asString(written['type']), lookup) : '';
  if (uid === '' || uid === 'default' || uid === 'null')
    return type === ''
      ? fallback
      : (known.find((source) => source.type === type && source.isDefault) ?? known.find((source) => source.type === type) ?? fallback);
  const exact = known.find((source) => source.uid === uid) ?? known.find((source) => source.name === uid);
  if (exact !== undefined || uid.startsWith('-- ')) return exact;
  // A uid of another installation: the nearest source of the same type is what its author would pick.
  return type === ''
    ? fallback
    : (known.find((source) => source.type === type && source.isDefault) ?? known.find((source) => source.type === type));
}

/** What changed and what came from outside when variables are resolved. */
export interface ResolveOptions {
  /** Names whose selection is kept even if no option has it: given in the URL or typed. */
  keepUnknown: ReadonlySet<string>;
  /** Only these and their dependants are resolved anew; all if `undefined`. */
  changed: ReadonlySet<string> | undefined;
  builtin: Lookup;
  signal: AbortSignal;
}

/** The variables with options and selections; batches run one after another, a batch's members at once. */
export async function resolveVariables(
  variables: readonly Variable[],
  source: VariableSource,
  options: ResolveOptions,
): Promise<Variable[]> {
  const state = new Map(variables.map((variable) => [variable.name, variable]));
  const dirty = new Set(options.changed ?? []);
  for (const batch of resolutionOrder(variables.map((variable) => variable.doc))) {
    const work = batch.filter((doc) => options.changed === undefined || [...dependencies(doc)].some((name) => dirty.has(name)));
    await Promise.all(
      work.map(async (doc) => {
        const variable = state.get(doc.name);
        if (variable === undefined) return;
        const lookup = variableLookup([...state.values()], options.builtin);
        const resolved = await resolveOne(variable, source, lookup, options);
        if (resolved.selected.join('\0') !== variable.selected.join('\0') || resolved.options !== variable.options) dirty.add(doc.name);
        state.set(doc.name, resolved);
      }),
    );
  }
  return variables.map((variable) => state.get(variable.name) ?? variable);
}

async function resolveOne(variable: Variable, source: VariableSource, lookup: Lookup, options: ResolveOptions): Promise<Variable> {
  const { doc } = variable;
  const keep = options.keepUnknown.has(doc.name);
  const withOptions = (found: Option[]): Variable => ({
    ...variable,
    options: found,
    selected: choose(found, variable.selected, doc, keep),
    error: undefined,
  });
  switch (doc.type) {
    case 'query': {
      try {
        const ref = dataSourceRef(doc['datasource'], lookup, source.dataSources());
        const text = interpolate(queryText(doc), lookup, promqlFormat);
        const strings = await source.strings(
          ref === undefined ? undefined : { uid: ref.uid, type: ref.type },
          parseVariableQuery(text),
          options.signal,
        );
        return withOptions(optionsFromStrings(strings, { ...doc, regex: interpolate(asString(doc['regex']), lookup) }));
      } catch (error) {
        if (options.signal.aborted) throw error;
        return {
          ...variable,
          selected: variable.selected.length > 0 ? variable.selected : choose(variable.options, [], doc, false),
          error: error instanceof Error ? error.message : String(error),
        };
      }
    }
    case 'datasource':
      return withOptions(dataSourceOptions(doc, source.dataSources()));
    case 'custom':
      return withOptions(customOptions(queryText(doc)));
    case 'interval':
      return withOptions(intervalOptions(doc));
    case 'constant': {
      const value = queryText(doc);
      return { ...variable, options: [{ text: value, value }], selected: [value] };
    }
    case 'textbox': {
      const value = variable.selected[0] ?? queryText(doc);
      return { ...variable, options: [{ text: value, value }], selected: [value] };
    }
    case 'switch': {
      const on = asString(doc['enabledValue'], 'true');
      const off = asString(doc['disabledValue'], 'false');
      return withOptions([
        { text: off, value: off },
        { text: on, value: on },
      ]);
    }
    default: // `adhoc` has filters instead of options; kinds we do not know keep their saved selection.
      return variable;
  }
}

/** Data sources of a variable's type whose name fits its regex; `default` selects the default one. */
function dataSourceOptions(doc: VariableDoc, known: readonly DataSourceInfo[]): Option[] {
  const pattern = parseRegex(asString(doc['regex']));
  const type = queryText(doc);
  const matching = known.filter((source) => source.type === type && (pattern === undefined || source.name.search(pattern) >= 0));
  const sorted = [...matching].sort((a, b) => Number(b.isDefault) - Number(a.isDefault));
  return sorted.map((source) => ({ text: source.name, value: source.uid }));
}

/** Whether a variable is asked again whenever the time range changes. */
export function refreshesOnTime(doc: VariableDoc): boolean {
  return asNumber(doc['refresh'], 0) === 2 || (doc.type === 'query' && asBoolean(asObject(doc['query'])['refreshOnTime']));
}
