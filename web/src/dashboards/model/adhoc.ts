/**
 * Adds ad hoc filters to every selector of a PromQL expression.
 *
 * A scanner, not a parser: it knows strings, comments, label lists after `by (…)`, durations and keywords well enough to tell metric names from all
 * else. What it cannot tell it leaves alone, and the server judges the result.
 */
import type { AdhocFilter } from './variables';

const KEYWORDS = new Set(
  'and or unless atan2 by without on ignoring group_left group_right bool offset start end inf nan sum min max avg group stddev stdvar count count_values bottomk topk quantile limitk limit_ratio fill fill_left fill_right anchored smoothed'.split(
    ' ',
  ),
);
const LABEL_LISTS = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);

/** The expression with the filters in every selector; unchanged without filters. */
export function withFilters(expr: string, filters: readonly AdhocFilter[]): string {
  const matchers = filters
    .filter((filter) => filter.key !== '')
    .map(matcher)
    .join(',');
  if (matchers === '') return expr;
  let out = '';
  let at = 0;
  // A label list follows the last keyword.
  let labels = false;
  while (at < expr.length) {
    const rest = expr.slice(at);
    const skipped = /^(?:#[^\n]*|"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|`[^`]*`|\s+|\[[^\]]*\]|@\s*[\d.]+|\d[\w.]*)/.exec(rest)?.[0];
    if (skipped !== undefined && skipped !== '') {
      out += skipped;
      at += skipped.length;
      continue;
    }
    if (labels && rest.startsWith('(')) {
      const end = rest.indexOf(')') + 1 || rest.length;
      out += rest.slice(0, end);
      at += end;
      labels = false;
      continue;
    }
    const word = /^[a-zA-Z_:][\w:]*/.exec(rest)?.[0];
    if (word !== undefined) {
      at += word.length;
      const next = expr.slice(at).trimStart();
      const keyword = KEYWORDS.has(word.toLowerCase());
      labels = LABEL_LISTS.has(word.toLowerCase());
      // `{` is met next and takes the matchers; a call or a keyword takes none.
      out += keyword || next.startsWith('(') || next.startsWith('{') ? word : `${word}{${matchers}}`;
      continue;
    }
    labels = false;
    if (rest.startsWith('{')) {
      const end = closingBrace(rest);
      const inner = rest.slice(1, end).trim().replace(/,$/, '');
      out += `{${inner === '' ? '' : `${inner},`}${matchers}}`;
      at += end + 1;
      continue;
    }
    out += rest.charAt(0);
    at += 1;
  }
  return out;
}

function closingBrace(text: string): number {
  const found = /^\{(?:[^"'`}]|"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|`[^`]*`)*\}/.exec(text);
  return found === null ? text.length : found[0].length - 1;
}

function matcher({ key, operator, value }: AdhocFilter): string {
  const name = /^[a-zA-Z_]\w*$/.test(key) ? key : JSON.stringify(key);
  const op = ['=', '!=', '=~', '!~'].includes(operator) ? operator : '=';
  return `${name}${op}${JSON.stringify(value)}`;
}
