/** What variables ask of data sources. */
import { asArray, asObject, asObjects, asString } from '../../panels/json';
import type { Json } from '../../panels/json';
import { askPrometheus, getPrometheus } from '../api';
import type { VariableQuery } from '../model/variable-options';
import type { DataSourceInfo, VariableSource } from '../model/variables';
import type { TimeSpan } from '../model/time';

/** Answers variables' queries over a time span. */
export function prometheusSource(known: readonly DataSourceInfo[], span: TimeSpan): VariableSource {
  return {
    dataSources: () => known,
    strings: (source, query, signal) => strings(source?.uid ?? '', query, span, signal),
  };
}

async function strings(uid: string, query: VariableQuery, span: TimeSpan, signal: AbortSignal): Promise<string[]> {
  const range = { start: (span.from / 1000).toFixed(3), end: (span.to / 1000).toFixed(3) };
  switch (query.kind) {
    case 'label-values': {
      const path = `/label/${encodeURIComponent(labelName(query.label))}/values`;
      return texts(await getPrometheus(uid, path, { ...range, 'match[]': query.match === '' ? undefined : query.match }, signal));
    }
    case 'label-names':
      return texts(
        (await askPrometheus(uid, '/labels', { ...range, 'match[]': query.match === '' ? undefined : query.match }, signal)).data,
      );
    case 'metrics': {
      const names = texts(await getPrometheus(uid, '/label/__name__/values', range, signal));
      const pattern = new RegExp(query.pattern === '' ? '.*' : query.pattern);
      return names.filter((name) => pattern.test(name));
    }
    case 'query-result':
      return resultTexts((await askPrometheus(uid, '/query', { query: query.expr, time: range.end }, signal)).data);
    case 'series':
      return asObjects((await askPrometheus(uid, '/series', { ...range, 'match[]': query.match }, signal)).data).map(seriesText);
  }
}

/** Names outside of the classic alphabet travel in their `U__` form. */
function labelName(label: string): string {
  if (/^[a-zA-Z_]\w*$/.test(label)) return label;
  return `U__${[...label].map((char) => (char === '_' ? '__' : /\w/.test(char) ? char : `_${char.codePointAt(0)?.toString(16) ?? ''}_`)).join('')}`;
}

function texts(data: Json): string[] {
  return asArray(data).filter((value) => typeof value === 'string');
}

/** Samples as `name{labels} value time`, which patterns of documents pick apart. */
export function resultTexts(data: Json): string[] {
  const { resultType, result } = asObject(data);
  if (resultType === 'scalar' || resultType === 'string') return [asString(asArray(result)[1])];
  return asObjects(result).map((item) => {
    const [time, value] = asArray(item['value']);
    return `${seriesText(asObject(item['metric']))} ${asString(value)} ${Math.round(Number(time ?? 0) * 1000)}`;
  });
}

function seriesText(labels: Readonly<Record<string, Json | undefined>>): string {
  const { __name__: name, ...rest } = labels;
  return `${asString(name)}{${Object.entries(rest)
    .map(([label, value]) => `${label}="${asString(value)}"`)
    .join(',')}}`;
}
