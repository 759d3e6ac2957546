/** Playlists as Grafana's HTTP API has them. */
import { send } from '../api/client';
import { asObject, asObjects, asString } from '../panels/json';

/** Dashboards shown one after another. */
export interface Playlist {
  uid: string;
  name: string;
  /** A duration, such as `30s`. */
  interval: string;
  /** Uids of dashboards. Only in the answer for one playlist. */
  dashboards: string[];
}

function read(value: unknown): Playlist {
  const row = asObject(value);
  return {
    uid: asString(row['uid']),
    name: asString(row['name']),
    interval: asString(row['interval'], '30s'),
    // Items by tag or by number are another program's; they are left out.
    dashboards: asObjects(row['items'])
      .filter((item) => asString(item['type']) === 'dashboard_by_uid')
      .map((item) => asString(item['value'])),
  };
}

/** All playlists, without their dashboards. */
export async function getPlaylists(signal?: AbortSignal): Promise<Playlist[]> {
  return asObjects(await send('/api/playlists', { ...(signal === undefined ? {} : { signal }) })).map(read);
}

/** A playlist with its dashboards. */
export async function getPlaylist(uid: string, signal?: AbortSignal): Promise<Playlist> {
  return read(await send(`/api/playlists/${encodeURIComponent(uid)}`, { ...(signal === undefined ? {} : { signal }) }));
}

/** Keeps a playlist: a new one if its uid is empty. */
export async function savePlaylist(playlist: Playlist): Promise<void> {
  const items = playlist.dashboards.map((value, index) => ({ type: 'dashboard_by_uid', value, order: index + 1 }));
  const body = { name: playlist.name, interval: playlist.interval, items };
  if (playlist.uid === '') await send('/api/playlists', { body, method: 'POST' });
  else await send(`/api/playlists/${encodeURIComponent(playlist.uid)}`, { body, method: 'PUT' });
}

/** Deletes a playlist. */
export async function deletePlaylist(uid: string): Promise<void> {
  await send(`/api/playlists/${encodeURIComponent(uid)}`, { method: 'DELETE' });
}
