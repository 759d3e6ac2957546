/** Annotations of a dashboard: those that the server keeps, and events that Prometheus queries find. */
import type { Annotation } from '../../panels/contract';
import { asArray, asBoolean, asNumber, asObject, asObjects, asString, at } from '../../panels/json';
import type { JsonObject } from '../../panels/json';
import { askPrometheus, getAnnotations } from '../api';
import { interpolate, promqlFormat } from '../model/interpolate';
import type { Lookup } from '../model/interpolate';
import { intervalFor, parseDuration, safeStep } from '../model/interval';
import type { TimeSpan } from '../model/time';
import { dataSourceRef } from '../model/variables';
import type { DataSourceInfo } from '../model/variables';
import { parseValue } from './prometheus';

/** Marks shown at most. */
const MARKS_MAX = 1000;

/** What one annotation query of the document yields. */
export async function runAnnotation(
  doc: JsonObject,
  dashboardUid: string,
  span: TimeSpan,
  lookup: (stepMs: number) => Lookup,
  sources: readonly DataSourceInfo[],
  signal: AbortSignal,
): Promise<Annotation[]> {
  const color = asString(doc['iconColor'], 'rgba(0, 211, 255, 1)');
  const target = asObject(doc['target']);
  const reference = asObject(doc['datasource']);
  const stored =
    asNumber(doc['builtIn'], 0) === 1 ||
    asString(reference['type']) === 'grafana' ||
    asString(reference['uid']) === '-- Grafana --' ||
    doc['datasource'] === '-- Grafana --';
  if (stored) {
    const byTags = asString(target['type'], asString(doc['type'])) === 'tags';
    const tags = asArray(target['tags'] ?? doc['tags'])
      .filter((tag) => typeof tag === 'string')
      .map((tag) => interpolate(tag, lookup(0)));
    if (!byTags && dashboardUid === '') return [];
    const rows = await getAnnotations(
      {
        ...(byTags ? { tags, matchAny: asBoolean(target['matchAny']) } : { dashboardUID: dashboardUid }),
        from: span.from,
        to: span.to,
        limit: asNumber(target['limit'], 100),
      },
      signal,
    );
    return rows.map((row) => ({
      time: asNumber(row['time'], 0),
      timeEnd: asNumber(row['timeEnd'], 0) > asNumber(row['time'], 0) ? asNumber(row['timeEnd']) : undefined,
      title: '',
      text: asString(row['text']),
      tags: asArray(row['tags']).filter((tag) => typeof tag === 'string'),
      color,
      id: asNumber(row['id'], 0),
    }));
  }
  const source = dataSourceRef(doc['datasource'], lookup(0), sources);
  const written = asString(doc['expr'], asString(target['expr']));
  if (source?.type !== 'prometheus' || written === '') return [];
  const minMs = parseDuration(asString(doc['step'], asString(target['interval']))) ?? 60_000;
  const stepMs = safeStep(span.to - span.from, intervalFor(span.to - span.from, 1000, minMs), minMs);
  const start = Math.floor(span.from / stepMs) * (stepMs / 1000);
  const { data } = await askPrometheus(
    source.uid,
    '/query_range',
    {
      query: interpolate(written, lookup(stepMs), promqlFormat),
      start: start.toFixed(3),
      end: (span.to / 1000).toFixed(3),
      step: String(stepMs / 1000),
    },
    signal,
  );
  return marksOf(asObjects(at(data, 'result')), doc, stepMs, color);
}

/** Samples above zero; a run without a break is one region. With `useValueForTime` the value is the instant. */
export function marksOf(series: readonly JsonObject[], doc: JsonObject, stepMs: number, color: string): Annotation[] {
  const marks: Annotation[] = [];
  const tagKeys = asString(doc['tagKeys'])
    .split(',')
    .map((key) => key.trim())
    .filter((key) => key !== '');
  for (const item of series) {
    const labels = Object.fromEntries(Object.entries(asObject(item['metric'])).map(([name, value]) => [name, asString(value)]));
    const fill = (text: string): string => text.replace(/\{\{\s*(.+?)\s*\}\}/g, (_whole, name: string) => labels[name] ?? '');
    const base = {
      title: fill(asString(doc['titleFormat'], asString(doc['name']))),
      text: fill(asString(doc['textFormat'])),
      tags: tagKeys.flatMap((key) => (labels[key] === undefined ? [] : [labels[key]])),
      color,
    };
    let last: Annotation | undefined;
    for (const pair of asArray(item['values'])) {
      const [seconds, text] = asArray(pair);
      const at_ = Math.round(Number(seconds) * 1000);
      const value = parseValue(asString(text));
      if (!(value > 0) || marks.length >= MARKS_MAX) {
        last = undefined;
        continue;
      }
      if (doc['useValueForTime'] === true || doc['useValueForTime'] === 'on') {
        const time = Math.floor(value);
        if (!marks.some((mark) => mark.time === time && mark.text === base.text)) marks.push({ ...base, time, timeEnd: undefined });
        continue;
      }
      if (last !== undefined && at_ - (last.timeEnd ?? last.time) <= stepMs) {
        last.timeEnd = at_;
        continue;
      }
      last = { ...base, time: at_, timeEnd: undefined };
      marks.push(last);
    }
  }
  return marks;
}
