/** `/playlists`: make, change, play and delete playlists. */
import { ActionIcon, Button, Group, Modal, MultiSelect, Stack, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router-dom';

import { Icon } from '../../components/Icon';
import { PageFrame } from '../../components/PageFrame';
import { Asked, Empty, ErrorBox } from '../../components/states';
import { messages, useT } from '../../lib/i18n';
import { searchDashboards } from '../api';
import { parseDuration } from '../model/interval';
import { deletePlaylist, getPlaylist, getPlaylists, savePlaylist } from '../playlists';
import type { Playlist } from '../playlists';
import { dashboardTexts } from '../texts';
import './list.css';

const texts = messages({
  ...dashboardTexts,
  title: ['Playlists', '재생 목록'],
  about: ['Dashboards one after another, full screen.', '대시보드를 전체 화면으로 차례로 보여 줍니다.'],
  new: ['New playlist', '새 재생 목록'],
  noneTitle: ['No playlist yet', '재생 목록이 없습니다'],
  noneText: ['Make one for the screen on the wall.', '벽에 걸린 화면에 띄울 목록을 만드세요.'],
  name: ['Name', '이름'],
  interval: ['Each for, such as 30s', '하나당 시간, 예: 30s'],
  play: ['Play', '재생'],
  change: ['Change {name}', '{name} 수정'],
  removeOf: ['Delete {name}', '{name} 삭제'],
  badInterval: ['A duration, such as 30s or 5m', '30s, 5m 같은 시간'],
});

const NEW: Playlist = { uid: '', name: '', interval: '30s', dashboards: [] };

export function PlaylistsPage() {
  const t = useT(texts);
  const client = useQueryClient();
  const [edited, setEdited] = useState<Playlist>();
  const [error, setError] = useState<unknown>();
  const found = useQuery({ queryKey: ['playlists'], queryFn: ({ signal }) => getPlaylists(signal) });
  const refresh = () => client.invalidateQueries({ queryKey: ['playlists'] });
  return (
    <PageFrame title={t('title')} about={t('about')} actions={<Button onClick={() => setEdited(NEW)}>{t('new')}</Button>}>
      {error !== undefined && <ErrorBox error={error} />}
      <Asked result={found}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title={t('noneTitle')}>{t('noneText')}</Empty>
          ) : (
            <ul className="dl-list">
              {rows.map((row) => (
                <li key={row.uid} className="dl-row" data-testid="playlist-row">
                  <Link to={`/playlists/play/${encodeURIComponent(row.uid)}`}>{row.name}</Link>
                  <span className="dl-weak">{row.interval}</span>
                  <span style={{ flex: 1 }} />
                  <Button component={Link} size="compact-sm" variant="light" to={`/playlists/play/${encodeURIComponent(row.uid)}`}>
                    {t('play')}
                  </Button>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={t('change', { name: row.name })}
                    onClick={() => void getPlaylist(row.uid).then(setEdited, setError)}
                  >
                    <Icon name="edit" size={14} />
                  </ActionIcon>
                  <ActionIcon
                    variant="subtle"
                    color="red"
                    aria-label={t('removeOf', { name: row.name })}
                    onClick={() => void deletePlaylist(row.uid).then(refresh, setError)}
                  >
                    <Icon name="trash" size={14} />
                  </ActionIcon>
                </li>
              ))}
            </ul>
          )
        }
      </Asked>
      {edited !== undefined && (
        <PlaylistForm
          playlist={edited}
          close={() => setEdited(undefined)}
          saved={() => {
            setEdited(undefined);
            void refresh();
          }}
        />
      )}
    </PageFrame>
  );
}

/** Dashboards offered at most. */
const OFFERED_MAX = 1000;

function PlaylistForm({ playlist, close, saved }: { playlist: Playlist; close(): void; saved(): void }) {
  const t = useT(texts);
  const [next, setNext] = useState(playlist);
  const [error, setError] = useState<unknown>();
  const known = useQuery({
    queryKey: ['dashboards', 'search', '', [], false],
    queryFn: ({ signal }) => searchDashboards({ query: '', tags: [], starred: false, limit: OFFERED_MAX }, signal),
  });
  const offered = new Map([...next.dashboards.map((uid) => [uid, uid] as const), ...(known.data ?? []).map((row) => [row.uid, row.title] as const)]);
  const badInterval = parseDuration(next.interval) === undefined;
  return (
    <Modal opened onClose={close} title={playlist.uid === '' ? t('new') : playlist.name} closeButtonProps={{ 'aria-label': t('close') }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          savePlaylist(next).then(saved, setError);
        }}
      >
        <Stack gap="sm">
          <TextInput label={t('name')} required value={next.name} onChange={(event) => setNext({ ...next, name: event.currentTarget.value })} />
          <TextInput
            label={t('interval')}
            value={next.interval}
            error={badInterval ? t('badInterval') : undefined}
            onChange={(event) => setNext({ ...next, interval: event.currentTarget.value })}
          />
          <MultiSelect
            label={t('dashboards')}
            searchable
            data={[...offered].map(([value, label]) => ({ value, label }))}
            value={next.dashboards}
            onChange={(dashboards) => setNext({ ...next, dashboards })}
          />
          {error !== undefined && <ErrorBox error={error} />}
          <Group justify="flex-end">
            <Button type="submit" disabled={badInterval || next.name.trim() === '' || next.dashboards.length === 0} data-testid="playlist-save">
              {t('save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
