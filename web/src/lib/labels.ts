/** Label sets and matchers as PromQL writes them. */

type Labels = Readonly<Record<string, string>>;

const PLAIN_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const PLAIN_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** A quoted string of PromQL. */
export function quote(text: string): string {
  return `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`;
}

/** A label's name, quoted where its characters ask for it. */
export function quoteName(name: string): string {
  return PLAIN_NAME.test(name) ? name : quote(name);
}

/** A series: `up{job="node"}`, in an order that does not depend on the answer. */
export function seriesName(metric: Labels): string {
  const name = metric.__name__ ?? '';
  const rest = Object.entries(metric)
    .filter(([key]) => key !== '__name__')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${quoteName(key)}=${quote(value)}`);
  const plain = name === '' || PLAIN_METRIC.test(name);
  const parts = plain ? rest : [quote(name), ...rest];
  if (parts.length === 0) return plain && name !== '' ? name : '{}';
  return `${plain ? name : ''}{${parts.join(', ')}}`;
}

/** A selector of exactly these labels. */
export function selector(labels: Labels): string {
  return seriesName(labels);
}

export interface Matcher {
  name: string;
  value: string;
  isRegex: boolean;
  isEqual: boolean;
}

/** A matcher as Alertmanager writes it: `severity=~"a|b"`. */
export function matcherText({ name, value, isRegex, isEqual }: Matcher): string {
  const operator = isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!=';
  return `${quoteName(name)}${operator}${quote(value)}`;
}

/** Matchers as a filter: `{a="b", c=~"d|e"}`. */
export function filterText(matchers: readonly Matcher[]): string {
  return `{${matchers.map(matcherText).join(', ')}}`;
}

/** A matcher for each label: what has all these labels answers to them. */
export function equalTo(labels: Labels): Matcher[] {
  return Object.entries(labels).map(([name, value]) => ({ name, value, isRegex: false, isEqual: true }));
}

/** Reads matchers: `a="b"`, `{a="b", c=~"d|e"}`, quotes optional as in Alertmanager. `undefined` if malformed. */
export function parseMatchers(text: string): Matcher[] | undefined {
  let rest = text.trim();
  if (rest.startsWith('{')) {
    if (!rest.endsWith('}')) return undefined;
    rest = rest.slice(1, -1).trim();
  }
  const out: Matcher[] = [];
  while (rest !== '') {
    const match = /^("(?:[^"\\]|\\.)*"|[^\s=!~,"{}]+)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^,"{}]*)\s*(,|$)\s*/.exec(rest);
    if (!match) return undefined;
    const [whole, name = '', operator = '=', value = ''] = match;
    out.push({
      name: unquote(name),
      value: unquote(value.trim()),
      isRegex: operator.endsWith('~'),
      isEqual: operator.startsWith('='),
    });
    rest = rest.slice(whole.length);
  }
  return out;
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  return text.slice(1, -1).replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c));
}

/** Whether labels answer to all matchers. Patterns are anchored; one that this browser cannot read matches nothing. */
export function matchesAll(labels: Labels, matchers: readonly Matcher[]): boolean {
  return matchers.every(({ name, value, isRegex, isEqual }) => {
    const have = labels[name] ?? '';
    if (!isRegex) return (have === value) === isEqual;
    try {
      return new RegExp(`^(?:${value})$`, 's').test(have) === isEqual;
    } catch {
      return false;
    }
  });
}
