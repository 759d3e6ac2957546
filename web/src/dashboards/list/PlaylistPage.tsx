/**
 * A playlist: dashboards one after another, full screen. `/playlists/play/UID`, or `/playlists/play?d=uid&d=uid&every=30s`.
 *
 * Keys: left and right go back and on, space holds and goes on, Escape ends.
 */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useNavigate, useParams } from 'react-router-dom';

import { Empty, ErrorBox } from '../../components/states';
import { messages, useT } from '../../lib/i18n';
import { url } from '../../lib/base';
import { isComposing, takesText } from '../../lib/keyboard';
import { useUrlParams } from '../../lib/urlParams';
import { parseDuration } from '../model/interval';
import { getPlaylist } from '../playlists';

const texts = messages({
  none: ['This playlist is empty', '재생 목록이 비어 있습니다'],
  hint: [
    'Its address names the dashboards: /playlists/play?d=UID&d=UID&every=30s',
    '주소에 대시보드를 적습니다: /playlists/play?d=UID&d=UID&every=30s',
  ],
  playing: ['Dashboard {n} of {all}', '대시보드 {all}개 중 {n}번째'],
});

const EVERY_MS = 30_000;
const EVERY_MS_MIN = 5000;

export function PlaylistPage() {
  const t = useT(texts);
  const { params } = useUrlParams();
  const { '*': rest = '' } = useParams();
  const uid = decodeURIComponent(/^play\/([^/]+)/.exec(rest)?.[1] ?? '');
  const stored = useQuery({ queryKey: ['playlists', uid], enabled: uid !== '', queryFn: ({ signal }) => getPlaylist(uid, signal) });
  if (stored.error !== null)
    return (
      <div style={{ padding: 16 }}>
        <ErrorBox error={stored.error} />
      </div>
    );
  if (uid !== '' && stored.data === undefined) return null;
  const dashboards = stored.data?.dashboards ?? params.getAll('d');
  const every = Math.max(EVERY_MS_MIN, parseDuration(stored.data?.interval ?? params.get('every') ?? '') ?? EVERY_MS);
  if (dashboards.length === 0) return <Empty title={t('none')}>{t('hint')}</Empty>;
  return <Player dashboards={dashboards} every={every} />;
}

function Player({ dashboards, every }: { dashboards: readonly string[]; every: number }) {
  const t = useT(texts);
  const navigate = useNavigate();
  const [turn, setTurn] = useState(0);
  const [held, setHeld] = useState(false);
  const at = ((turn % dashboards.length) + dashboards.length) % dashboards.length;
  useEffect(() => {
    if (held) return undefined;
    // Begins anew with each turn, so that somebody who went on by hand sees the next for as long.
    const timer = window.setInterval(() => setTurn((old) => (document.visibilityState === 'visible' ? old + 1 : old)), every);
    return () => window.clearInterval(timer);
  }, [every, held, turn]);
  const key = (event: KeyboardEvent): void => {
    if (isComposing(event) || takesText(event.target)) return;
    if (event.key === 'ArrowRight') setTurn((old) => old + 1);
    else if (event.key === 'ArrowLeft') setTurn((old) => old - 1);
    else if (event.key === ' ') setHeld((old) => !old);
    else if (event.key === 'Escape') void navigate('/playlists');
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  useEffect(() => {
    document.addEventListener('keydown', key);
    return () => document.removeEventListener('keydown', key);
  });
  return (
    <iframe
      key={at}
      title={t('playing', { n: at + 1, all: dashboards.length })}
      src={url(`/d/${encodeURIComponent(dashboards[at] ?? '')}?kiosk=1`)}
      // Keys pressed inside of the dashboard are the playlist's too.
      onLoad={(event) => event.currentTarget.contentDocument?.addEventListener('keydown', key, { capture: true })}
      data-held={held}
      style={{
        position: 'fixed',
        inset: 0,
        width: '100%',
        height: '100%',
        border: 'none',
        zIndex: 160,
        background: 'var(--mantine-color-body)',
      }}
    />
  );
}
