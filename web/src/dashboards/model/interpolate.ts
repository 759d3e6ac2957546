/**
 * Variables in texts: `$name`, `${name}`, `${name:format}`, `${name.field:format}` and `[[name:format]]`.
 *
 * Pure: what a name means is asked of a `Lookup`; a name it does not know stays in the text as written.
 */
import { formatTime } from '../../panels/zone';

/** What a variable stands for. `value` and `text` are lists for multi-value variables. */
export interface VariableValue {
  value: string | string[];
  text: string | string[];
  /** A written "all" value: goes in as it is, in every format. */
  verbatim?: boolean;
  /** Whether it may hold several values: decides escaping in PromQL. */
  multi?: boolean;
}

/** The meaning of a name, with the path after its dot; `undefined` if there is no such variable. */
export type Lookup = (name: string, path: string | undefined) => VariableValue | undefined;

/** How a value without a written format becomes text. */
export type DefaultFormat = (value: string | string[], variable: VariableValue) => string;

const REFERENCE = /\$(\w+)|\[\[(\w+?)(?::([^\]]+))?\]\]|\$\{(\w+)(?:\.([^:}]+))?(?::([^}]+))?\}/g;

/** `text` with every known reference replaced once; replacements are not searched again. */
export function interpolate(text: string, lookup: Lookup, byDefault: DefaultFormat = glob, zone = 'browser'): string {
  if (!text.includes('$') && !text.includes('[[')) return text;
  return text.replace(REFERENCE, (whole: string, a?: string, b?: string, bFormat?: string, c?: string, path?: string, cFormat?: string) => {
    const name = a ?? b ?? c ?? '';
    const variable = lookup(name, path);
    if (variable === undefined) return whole;
    const format = bFormat ?? cFormat;
    if (variable.verbatim === true && format !== 'text' && format !== 'queryparam' && format !== 'percentencode')
      return one(variable.value);
    return format === undefined ? byDefault(variable.value, variable) : formatValue(name, variable, format, zone);
  });
}

/** Names that `text` refers to. */
export function references(text: string): Set<string> {
  const names = new Set<string>();
  for (const match of text.matchAll(REFERENCE)) names.add(match[1] ?? match[2] ?? match[4] ?? '');
  return names;
}

/** The default of titles and of most data sources: `{a,b}` for several values. */
export function glob(value: string | string[]): string {
  return Array.isArray(value) ? (value.length > 1 ? `{${value.join(',')}}` : (value[0] ?? '')) : value;
}

/** Titles and texts for people: the values' texts, joined by ` + `. */
export function plainText(_value: string | string[], variable: VariableValue): string {
  return Array.isArray(variable.text) ? variable.text.join(' + ') : variable.text;
}

/** PromQL: values of variables that may hold several become an escaped pattern, others only escape quotes and backslashes. */
export function promqlFormat(value: string | string[], variable: VariableValue): string {
  if (typeof value === 'string') return variable.multi === true ? escapePattern(value) : escapeString(value);
  const escaped = value.map(escapePattern);
  return escaped.length === 1 ? (escaped[0] ?? '') : `(${escaped.join('|')})`;
}

/** A value inside a PromQL string; single quotes too, since we cannot know which quote stands around it. */
function escapeString(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('"', '\\"');
}

/** A value as a literal inside a regular expression inside a PromQL string: the backslash itself is escaped there. */
function escapePattern(value: string): string {
  return value
    .replaceAll('\\', '\\\\\\\\')
    .replace(/["]/g, '\\"')
    .replace(/[$^*{}[\]'+?.()|]/g, '\\\\$&');
}

function one(value: string | string[]): string {
  return Array.isArray(value) ? value.join(',') : value;
}

function list(value: string | string[]): string[] {
  return Array.isArray(value) ? value : [value];
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&');
}

function escapeLucene(text: string): string {
  return text === '' ? '__empty__' : text.replace(/([!*+\-=<>\s&|()[\]{}^~?:\\/"])/g, '\\$1');
}

function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}

/** A value in one of Grafana's named formats; an unknown format is the default one, as there. */
function formatValue(name: string, variable: VariableValue, formatText: string, zone: string): string {
  const [format = '', ...args] = formatText.split(':');
  const values = list(variable.value);
  const single = !Array.isArray(variable.value);
  switch (format) {
    case 'raw':
      return one(variable.value);
    case 'csv':
      return values.join(',');
    case 'pipe':
      return values.join('|');
    case 'glob':
      return glob(variable.value);
    case 'regex': {
      const escaped = values.map(escapeRegex);
      return single || escaped.length === 1 ? (escaped[0] ?? '') : `(${escaped.join('|')})`;
    }
    case 'lucene':
      return single
        ? escapeLucene(values[0] ?? '')
        : values.length === 0
          ? '__empty__'
          : `(${values.map((value) => `"${escapeLucene(value)}"`).join(' OR ')})`;
    case 'json':
      return single ? JSON.stringify(values[0]).slice(1, -1) : JSON.stringify(values);
    case 'singlequote':
      return values.map((value) => `'${value.replaceAll("'", "\\'")}'`).join(',');
    case 'doublequote':
      return values.map((value) => `"${value.replaceAll('"', '\\"')}"`).join(',');
    case 'sqlstring':
      return values.map((value) => `'${value.replaceAll("'", "''")}'`).join(',');
    case 'percentencode':
      return single ? percentEncode(values[0] ?? '') : percentEncode(glob(values));
    case 'uriencode':
      return encodeURI(one(variable.value));
    case 'queryparam':
      return values.map((value) => `var-${percentEncode(name)}=${percentEncode(value)}`).join('&');
    case 'distributed':
      return values.map((value, index) => (index === 0 ? value : `${name}=${value}`)).join(',');
    case 'html':
      return escapeHtml(one(variable.value));
    case 'text':
      return plainText(variable.value, variable);
    case 'date':
      return formatDate(Number(values[0]), args.join(':'), zone);
    default:
      return glob(variable.value);
  }
}

function formatDate(at: number, pattern: string, zone: string): string {
  if (!Number.isFinite(at)) return '';
  if (pattern === '' || pattern === 'iso') return new Date(at).toISOString();
  if (pattern === 'seconds') return String(Math.round(at / 1000));
  return formatTime(at, pattern, zone);
}
