/**
 * Grafana's HTTP API as our server speaks it: the only place of dashboards that knows endpoints.
 *
 * Answers are read as untrusted JSON; what is missing reads as empty.
 */
import { ApiError, askV1, send } from '../api/client';
import type { Query } from '../api/client';
import type { AlertRow, DashboardRow } from '../panels/contract';
import { asArray, asBoolean, asNumber, asObject, asObjects, asString, at } from '../panels/json';
import type { Json, JsonObject } from '../panels/json';
import { traceLinksOf } from './data/exemplars';
import { parseDuration } from './model/interval';
import type { DataSourceInfo } from './model/variables';

/** What the server knows about a dashboard beside the document. */
export interface DashboardMeta {
  canEdit: boolean;
  canSave: boolean;
  starred: boolean;
  folderUid: string;
  folderTitle: string;
  /** Comes from a file: it cannot be saved, only exported. */
  provisioned: boolean;
  version: number;
  updated: string;
  updatedBy: string;
}

/** A stored dashboard. */
export interface StoredDashboard {
  /** The document as stored. */
  document: JsonObject;
  meta: DashboardMeta;
}

/** The dashboard of a uid. */
export async function getDashboard(uid: string, signal?: AbortSignal): Promise<StoredDashboard> {
  const answer = asObject(await send(`/api/dashboards/uid/${encodeURIComponent(uid)}`, { ...(signal === undefined ? {} : { signal }) }));
  const meta = asObject(answer['meta']);
  const document = asObject(answer['dashboard']);
  return {
    document,
    meta: {
      canEdit: meta['canEdit'] !== false,
      canSave: meta['canSave'] !== false,
      starred: asBoolean(meta['isStarred']),
      folderUid: asString(meta['folderUid']),
      folderTitle: asString(meta['folderTitle']),
      provisioned: asBoolean(meta['provisioned']),
      version: asNumber(meta['version'], asNumber(document['version'], 0)),
      updated: asString(meta['updated']),
      updatedBy: asString(meta['updatedBy']),
    },
  };
}

/** What is saved. */
export interface SaveRequest {
  document: JsonObject;
  folderUid: string;
  message: string;
  /** Replaces a newer version or a dashboard of the same name. */
  overwrite: boolean;
}

/** Saves; answers the uid and version. A newer version on the server is an `ApiError` of status 412. */
export async function saveDashboard(request: SaveRequest): Promise<{ uid: string; version: number }> {
  const body = { dashboard: request.document, folderUid: request.folderUid, message: request.message, overwrite: request.overwrite };
  const answer = asObject(await send('/api/dashboards/db', { body, method: 'POST' }));
  return { uid: asString(answer['uid'], asString(request.document['uid'])), version: asNumber(answer['version'], 0) };
}

/** Deletes a dashboard. */
export async function deleteDashboard(uid: string): Promise<void> {
  await send(`/api/dashboards/uid/${encodeURIComponent(uid)}`, { method: 'DELETE' });
}

/** What is searched for. */
export interface SearchRequest {
  query: string;
  tags: readonly string[];
  starred: boolean;
  folderUid?: string;
  limit: number;
}

/** Dashboards found, in the server's order. */
export async function searchDashboards(request: SearchRequest, signal?: AbortSignal): Promise<DashboardRow[]> {
  const query: Query = {
    type: 'dash-db',
    query: request.query,
    tag: request.tags,
    starred: request.starred ? 'true' : undefined,
    folderUIDs: request.folderUid,
    limit: request.limit,
  };
  return asObjects(await send('/api/search', { query, ...(signal === undefined ? {} : { signal }) })).map((row) => ({
    uid: asString(row['uid']),
    title: asString(row['title']),
    url: `d/${encodeURIComponent(asString(row['uid']))}`,
    folder: asString(row['folderTitle']),
    tags: asArray(row['tags']).filter((tag) => typeof tag === 'string'),
    starred: asBoolean(row['isStarred']),
  }));
}

/** A folder. */
export interface Folder {
  uid: string;
  title: string;
}

/** Folders that one may see. */
export async function getFolders(signal?: AbortSignal): Promise<Folder[]> {
  return asObjects(await send('/api/folders', { query: { limit: 1000 }, ...(signal === undefined ? {} : { signal }) })).map((row) => ({
    uid: asString(row['uid']),
    title: asString(row['title']),
  }));
}

/** Makes a folder. */
export async function createFolder(title: string): Promise<Folder> {
  const answer = asObject(await send('/api/folders', { body: { title }, method: 'POST' }));
  return { uid: asString(answer['uid']), title };
}

/** Tags in use with how many dashboards carry them. */
export async function getTags(signal?: AbortSignal): Promise<{ tag: string; count: number }[]> {
  return asObjects(await send('/api/dashboards/tags', { ...(signal === undefined ? {} : { signal }) })).map((row) => ({
    tag: asString(row['term']),
    count: asNumber(row['count'], 0),
  }));
}

/** Stars a dashboard, or takes the star back. */
export async function setStar(uid: string, starred: boolean): Promise<void> {
  await send(`/api/user/stars/dashboard/uid/${encodeURIComponent(uid)}`, { method: starred ? 'POST' : 'DELETE' });
}

/** A stored version of a dashboard. */
export interface Version {
  version: number;
  created: string;
  by: string;
  message: string;
}

/** Versions, newest first. */
export async function getVersions(uid: string, signal?: AbortSignal): Promise<Version[]> {
  const answer = await send(`/api/dashboards/uid/${encodeURIComponent(uid)}/versions`, {
    query: { limit: 200 },
    ...(signal === undefined ? {} : { signal }),
  });
  const rows = Array.isArray(answer) ? asObjects(answer) : asObjects(asObject(answer)['versions']);
  return rows
    .map((row) => ({
      version: asNumber(row['version'], 0),
      created: asString(row['created']),
      by: asString(row['createdBy']),
      message: asString(row['message']),
    }))
    .sort((a, b) => b.version - a.version);
}

/** The document of a version. */
export async function getVersion(uid: string, version: number): Promise<JsonObject> {
  return asObject(asObject(await send(`/api/dashboards/uid/${encodeURIComponent(uid)}/versions/${version}`))['data']);
}

/** Makes a former version the newest. */
export async function restoreVersion(uid: string, version: number): Promise<void> {
  await send(`/api/dashboards/uid/${encodeURIComponent(uid)}/restore`, { body: { version }, method: 'POST' });
}

/** The built-in server's data source. */
export const BUILT_IN: DataSourceInfo = { uid: 'bongsu', name: 'Bongsu', type: 'prometheus', isDefault: true, scrapeMs: 15_000 };

/** Data sources that one may query. A server without that API, or one that refuses it, still has its own. */
export async function getDataSources(signal?: AbortSignal): Promise<DataSourceInfo[]> {
  try {
    const settings = asObject(await send('/api/frontend/settings', { ...(signal === undefined ? {} : { signal }) }));
    const named = Object.values(asObject(settings['datasources'])).map(asObject);
    const known = named
      .filter((source) => asString(source['uid']) !== '' && !asString(source['uid']).startsWith('-- '))
      .map((source): DataSourceInfo => ({
        uid: asString(source['uid']),
        name: asString(source['name']),
        type: asString(source['type']),
        isDefault: asBoolean(source['isDefault']),
        scrapeMs: parseDuration(asString(at(source, 'jsonData.timeInterval'))) ?? 15_000,
        traceLinks: traceLinksOf(asObject(source['jsonData'])),
      }));
    return known.length > 0 ? known : [BUILT_IN];
  } catch (error) {
    if (error instanceof ApiError) return [BUILT_IN];
    throw error;
  }
}

/** Asks a Prometheus-compatible data source; ours answers directly, others through the proxy. */
export async function askPrometheus(
  uid: string,
  path: string,
  form: Query,
  signal: AbortSignal,
): Promise<{ data: Json; warnings: string[] }> {
  if (uid === BUILT_IN.uid || uid === '') {
    const answer = await askV1<Json>(path, { form, signal });
    return { data: answer.data, warnings: answer.warnings };
  }
  const answer = asObject(await send(`/api/datasources/proxy/uid/${encodeURIComponent(uid)}/api/v1${path}`, { form, signal }));
  return { data: answer['data'] ?? null, warnings: asArray(answer['warnings']).filter((text) => typeof text === 'string') };
}

/** The same with parameters in the address, for endpoints that take no form. */
export async function getPrometheus(uid: string, path: string, query: Query, signal: AbortSignal): Promise<Json> {
  if (uid === BUILT_IN.uid || uid === '') return (await askV1<Json>(path, { query, signal })).data;
  return asObject(await send(`/api/datasources/proxy/uid/${encodeURIComponent(uid)}/api/v1${path}`, { query, signal }))['data'] ?? null;
}

/** Runs queries of other kinds of data sources on the server; the answer is frames by refId. */
export async function queryDataSources(queries: readonly JsonObject[], from: number, to: number, signal: AbortSignal): Promise<JsonObject> {
  const answer = asObject(
    await send('/api/ds/query', { body: { queries, from: String(Math.round(from)), to: String(Math.round(to)) }, method: 'POST', signal }),
  );
  return asObject(answer['results']);
}

/** Annotations that the server keeps. */
export async function getAnnotations(
  query: { dashboardUID?: string; tags?: readonly string[]; matchAny?: boolean; from: number; to: number; limit: number },
  signal: AbortSignal,
): Promise<JsonObject[]> {
  return asObjects(
    await send('/api/annotations', {
      query: {
        dashboardUID: query.dashboardUID,
        tags: query.tags,
        matchAny: query.matchAny === true ? 'true' : undefined,
        from: Math.round(query.from),
        to: Math.round(query.to),
        limit: query.limit,
        type: 'annotation',
      },
      signal,
    }),
  );
}

/** Keeps an annotation. */
export async function createAnnotation(body: {
  dashboardUID: string;
  time: number;
  timeEnd?: number;
  text: string;
  tags: string[];
}): Promise<void> {
  await send('/api/annotations', { body, method: 'POST' });
}

/** Alerts of the server's rules. */
export async function getAlerts(signal: AbortSignal): Promise<AlertRow[]> {
  const answer = await askV1<Json>('/rules', { query: { type: 'alert' }, signal });
  return asObjects(asObject(answer.data)['groups'])
    .flatMap((group) => asObjects(group['rules']))
    .flatMap((rule): AlertRow[] => {
      const row = (alert: JsonObject): AlertRow => ({
        name: asString(rule['name']),
        state: asString(alert['state'], asString(rule['state'])),
        labels: texts(alert['labels']),
        annotations: texts(alert['annotations']),
        since: Date.parse(asString(alert['activeAt'])) || 0,
        value: asString(alert['value']),
      });
      const alerts = asObjects(rule['alerts']);
      return alerts.length > 0 ? alerts.map(row) : [row(rule)];
    });
}

function texts(value: Json | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(asObject(value)).map(([name, text]) => [name, asString(text)]));
}

/** Whoever is logged in; `undefined` for nobody. */
export async function getUser(signal?: AbortSignal): Promise<{ login: string; email: string; id: number } | undefined> {
  try {
    const answer = asObject(await send('/api/user', { ...(signal === undefined ? {} : { signal }) }));
    return { login: asString(answer['login']), email: asString(answer['email']), id: asNumber(answer['id'], 0) };
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

/** A snapshot as its author sees it. */
export interface SnapshotInfo {
  key: string;
  name: string;
  created: string;
  /** Empty if it stays. */
  expires: string;
}

/** Keeps a snapshot; answers its key. `expiresS`: seconds until it goes, 0 for never. */
export async function createSnapshot(document: JsonObject, name: string, expiresS: number): Promise<string> {
  const body = { dashboard: document, name, expires: expiresS, external: false };
  return asString(asObject(await send('/api/snapshots', { body, method: 'POST' }))['key']);
}

/** The document of a snapshot. */
export async function getSnapshot(key: string, signal?: AbortSignal): Promise<JsonObject> {
  const answer = await send(`/api/snapshots/${encodeURIComponent(key)}`, { ...(signal === undefined ? {} : { signal }) });
  return asObject(asObject(answer)['dashboard']);
}

/** One's own snapshots; administrators get all. */
export async function getSnapshots(signal?: AbortSignal): Promise<SnapshotInfo[]> {
  return asObjects(await send('/api/dashboard/snapshots', { ...(signal === undefined ? {} : { signal }) })).map((row) => ({
    key: asString(row['key']),
    name: asString(row['name']),
    created: asString(row['created']),
    expires: asString(row['expires']),
  }));
}

/** Deletes a snapshot. */
export async function deleteSnapshot(key: string): Promise<void> {
  await send(`/api/snapshots/${encodeURIComponent(key)}`, { method: 'DELETE' });
}
