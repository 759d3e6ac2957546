/**
 * Samples for dashboards: whatever their queries name exists afterwards, with labels that match and join.
 *
 * Of every selector in every query two series are made (0 and 1). Label `x` of series `i` is `x-i` unless the selector wants another value, and every
 * series has every label that any of the queries names, so that joins and groupings find partners. Counters grow, gauges swing, buckets add up.
 */
import { parser } from '@prometheus-io/lezer-promql';

/** Series of each selector. */
const SERIES = 2;
const BOUNDS = ['0.005', '0.01', '0.05', '0.1', '0.5', '1', '5', '10', '+Inf'];
/** As fine as the scrape interval that data sources have unless they say otherwise: rates over its multiples find two samples. */
const STEP_S = 15;
/** Stands for the number of a series in a value that a variable would fill in. */
const NUMBER = '@@';

/** Every text of a document below the given keys. */
function textsOf(value, keys, found = []) {
  if (Array.isArray(value)) value.forEach((one) => textsOf(one, keys, found));
  else if (typeof value === 'object' && value !== null)
    for (const [key, one] of Object.entries(value)) {
      if (keys.includes(key) && typeof one === 'string') found.push(one);
      else textsOf(one, keys, found);
    }
  return found;
}

/** What a variable of the document is in a query: the label that it lists, or what is written in it. */
function variableValue(variable) {
  const query = typeof variable.query === 'object' ? variable.query?.query : variable.query;
  const label = /label_values\((?:.*,\s*)?([a-zA-Z_]\w*)\s*\)\s*$/s.exec(query ?? '')?.[1];
  if (label !== undefined) return `${label}-${NUMBER}`;
  const named = /^\/?(\w+)="/.exec(variable.regex?.replace(/^\//, '') ?? '')?.[1];
  if (named !== undefined) return `${named}-${NUMBER}`;
  const current = Array.isArray(variable.current?.value) ? variable.current.value[0] : variable.current?.value;
  if (typeof current === 'string' && current !== '' && !current.startsWith('$')) return current;
  const first = typeof query === 'string' ? query.split(',')[0]?.split(':').at(-1)?.trim() : '';
  return ['custom', 'interval', 'constant', 'textbox'].includes(variable.type) && first ? first : `${variable.name}-${NUMBER}`;
}

const BUILT_IN = { __rate_interval: '5m', __interval: '1m', __range: '1h', __interval_ms: '60000', __range_s: '3600', __range_ms: '3600000' };

function filled(text, variables) {
  return text.replace(/\$\{(\w+)(?::[^}]*)?\}|\$(\w+)|\[\[(\w+)(?::[^\]]*)?\]\]/g, (whole, a, b, c) => {
    const name = a ?? b ?? c;
    return BUILT_IN[name] ?? variables.get(name) ?? (/^\d+$/.test(name) ? whole : name);
  });
}

/** The queries of a document, variables filled in. */
function queriesOf(document) {
  const list = document.templating?.list ?? [];
  const variables = new Map(list.map((one) => [one.name, variableValue(one)]));
  const of = list.flatMap((one) => {
    const query = (typeof one.query === 'object' ? one.query?.query : one.query) ?? '';
    if (one.type !== 'query' || typeof query !== 'string') return [];
    const values = /^label_values\((.*),\s*[a-zA-Z_]\w*\s*\)\s*$/s.exec(query)?.[1];
    return [values ?? /^query_result\((.*)\)\s*$/s.exec(query)?.[1] ?? ''];
  });
  return [...textsOf(document, ['expr']), ...of].filter((text) => text !== '').map((text) => filled(text, variables));
}

/** Selectors of a query as lists of matchers, and the labels that it names. */
function readQuery(text) {
  const selectors = [];
  const labels = new Set();
  let open;
  let matcher;
  parser.parse(text).iterate({
    enter: ({ name, from, to, type }) => {
      const here = text.slice(from, to);
      if (name === 'VectorSelector') selectors.push((open = []));
      else if (name === 'Identifier' && open !== undefined) open.push({ label: '__name__', op: '=', value: here });
      else if (name === 'UnquotedLabelMatcher') open?.push((matcher = { label: '', op: '=', value: '' }));
      else if (name === 'LabelName') {
        if (matcher !== undefined) matcher.label = here;
        if (here !== '__name__') labels.add(here);
      } else if (name === 'MatchOp' && matcher !== undefined) matcher.op = here;
      else if (name === 'StringLiteral' && matcher !== undefined) matcher.value = here.slice(1, -1).replaceAll('\\\\', '\\');
      return !type.isError;
    },
    leave: ({ name }) => {
      if (name === 'VectorSelector') open = undefined;
      if (name === 'UnquotedLabelMatcher') matcher = undefined;
    },
  });
  return { selectors, labels };
}

function matches({ op, value }, text) {
  const whole = () => new RegExp(`^(?:${value})$`, 's').test(text);
  return op === '=' ? text === value : op === '!=' ? text !== value : op === '=~' ? whole() : !whole();
}

/** A text that a pattern takes: one of its alternatives, with what stands for anything left out. */
function sample(pattern) {
  const plain = pattern.replace(/\([^()]*\)\?|\w\?/g, '').replace(/\(\?:|[()^]|\$$/g, '');
  return plain.split('|').find((one) => one !== '')?.replace(/\\(.)/g, '$1').replace(/\.[*+]|\[[^\]]*\][*+]?/g, '1') ?? '';
}

/** The labels of series `index` of a selector. */
function labelsOf(selector, names, index) {
  const out = new Map([...names].map((name) => [name, `${name}-${index}`]));
  for (const written of selector) {
    const matcher = { ...written, value: written.value.replaceAll(NUMBER, String(index)) };
    const here = out.get(matcher.label) ?? '';
    if (matches(matcher, here)) continue;
    if (matcher.op === '=') out.set(matcher.label, matcher.value);
    else if (matcher.op === '=~') out.set(matcher.label, sample(matcher.value));
    else out.set(matcher.label, `other-${index}`);
  }
  for (const [name, value] of out) if (value === '') out.delete(name);
  return out;
}

/** The selectors of a document's queries, and every label that it names anywhere. */
function readDocument(document) {
  const read = queriesOf(document).map(readQuery);
  const labels = new Set(read.flatMap((one) => [...one.labels]));
  for (const text of textsOf(document, ['legendFormat'])) for (const [, name] of text.matchAll(/\{\{\s*(\w+)\s*\}\}/g)) labels.add(name);
  for (const name of ['le', 'quantile', '__name__']) labels.delete(name);
  return { selectors: read.flatMap((one) => one.selectors).filter((one) => nameOf(one) !== undefined), labels };
}

function nameOf(selector) {
  return selector.find(({ label, op }) => label === '__name__' && op === '=')?.value;
}

/** All series that the documents' queries need, by name. */
export function seriesFor(documents) {
  const read = documents.map(readDocument);
  // A metric has the labels of every document that asks for it, and no more.
  const names = new Map();
  for (const { selectors, labels } of read)
    for (const selector of selectors) names.set(nameOf(selector), new Set([...(names.get(nameOf(selector)) ?? []), ...labels]));
  // Selectors that want most come first: others then find what they want among theirs.
  const selectors = read.flatMap((one) => one.selectors).sort((a, b) => b.length - a.length);
  const made = new Map();
  for (const selector of selectors) {
    const name = nameOf(selector);
    for (let index = 0; index < SERIES; index += 1) {
      const wanted = selector.map((one) => ({ ...one, value: one.value.replaceAll(NUMBER, String(index)) })).filter(({ label }) => label !== 'le');
      const known = made.get(name) ?? [];
      if (known.some((other) => other.index === index && wanted.every((one) => matches(one, other.labels.get(one.label) ?? '')))) continue;
      made.set(name, [...known, { index, labels: labelsOf(wanted, names.get(name), index) }]);
    }
  }
  return made;
}

function escaped(text) {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** A sample's value: `turn` counts the instants, `at` is Unix seconds. */
function valueOf(name, index, turn, at) {
  if (/(_total|_count|_sum)$/.test(name)) return turn * STEP_S * (index + 1) * 0.2;
  if (/timestamp|created|start_time/.test(name)) return at - 3600;
  if (/(_info|_state|_status|_condition|_phase|_ready|_reason|unschedulable|^up$|_up)/.test(name) && !/replicas|_number_/.test(name)) return index === 0 ? 1 : 0;
  if (/bytes/.test(name)) return 1e8 * (index + 1) * (1 + 0.2 * Math.sin(turn / 9 + index));
  return 10 * (index + 1) + Math.round(3 * Math.sin(turn / 9 + index) * 100) / 100;
}

/** The samples of the last `seconds` before `end` (Unix seconds) as OpenMetrics. */
export function openMetrics(series, end, seconds = 3600) {
  const lines = [];
  for (const [name, all] of series) {
    const bucket = name.endsWith('_bucket');
    for (const { index, labels } of all) {
      const own = [...labels].filter(([label]) => label !== '__name__' && !(bucket && label === 'le')).map(([label, value]) => `${label}="${escaped(value)}"`);
      for (const [rank, bound] of (bucket ? BOUNDS : ['']).entries()) {
        const text = [...own, ...(bucket ? [`le="${bound}"`] : [])].join(',');
        for (let turn = 0; turn * STEP_S <= seconds; turn += 1) {
          const at = Math.floor(end / STEP_S) * STEP_S - seconds + turn * STEP_S;
          const value = bucket ? turn * (rank + 1) * (index + 1) : valueOf(name, index, turn, at);
          lines.push(`${name}{${text}} ${value} ${at}`);
        }
      }
    }
  }
  return `${lines.join('\n')}\n# EOF\n`;
}
