/** Data sources, as Grafana's HTTP API tells them. Secrets go in and never come out: an answer says only which are set. */
import { ApiError, send } from './client';

export interface DataSource {
  uid: string;
  name: string;
  type: string;
  typeName?: string;
  access: string;
  url: string;
  user: string;
  database: string;
  basicAuth: boolean;
  basicAuthUser?: string;
  isDefault: boolean;
  readOnly: boolean;
  version?: number;
  jsonData: Readonly<Record<string, unknown>>;
  /** Which secrets are set. */
  secureJsonFields?: Readonly<Record<string, boolean>>;
}

/** A data source as it is sent: secrets that are left out stay as they are, empty ones are taken away. */
export interface WrittenDataSource extends Omit<DataSource, 'uid' | 'typeName' | 'readOnly' | 'secureJsonFields'> {
  uid?: string;
  secureJsonData: Readonly<Record<string, string>>;
}

/** What a test of the connection says. */
export interface Health {
  ok: boolean;
  message: string;
}

const byUid = (uid: string) => `/api/datasources/uid/${encodeURIComponent(uid)}`;

export async function listDataSources(signal?: AbortSignal): Promise<DataSource[]> {
  return (await send('/api/datasources', { signal })) as DataSource[];
}

export async function getDataSource(uid: string, signal?: AbortSignal): Promise<DataSource> {
  return (await send(byUid(uid), { signal })) as DataSource;
}

/** Makes a data source, or replaces the one of `uid`; answers its uid. */
export async function saveDataSource(source: WrittenDataSource): Promise<string> {
  const { uid } = source;
  const answer = await send(uid ? byUid(uid) : '/api/datasources', { method: uid ? 'PUT' : 'POST', body: source });
  return (answer as { datasource: DataSource }).datasource.uid;
}

export async function deleteDataSource(uid: string): Promise<void> {
  await send(byUid(uid), { method: 'DELETE' });
}

/** Asks the server whether it reaches a data source. That it does not is an answer, not an error. */
export async function testDataSource(uid: string): Promise<Health> {
  try {
    const { status, message } = (await send(`${byUid(uid)}/health`)) as { status: string; message: string };
    return { ok: status === 'OK', message };
  } catch (error) {
    if (error instanceof ApiError && error.status === 400) return { ok: false, message: error.message };
    throw error;
  }
}
