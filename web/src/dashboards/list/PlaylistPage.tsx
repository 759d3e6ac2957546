/** A playlist: dashboards one after another, full screen. `/playlists/play?d=uid&d=uid&every=30s`. */
import { useEffect, useState } from 'react';

import { Empty } from '../../components/states';
import { messages, useT } from '../../lib/i18n';
import { url } from '../../lib/base';
import { useUrlParams } from '../../lib/urlParams';
import { parseDuration } from '../model/interval';

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
  const uids = params.getAll('d');
  const every = Math.max(EVERY_MS_MIN, parseDuration(params.get('every') ?? '') ?? EVERY_MS);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const timer = window.setInterval(() => {
      if (document.visibilityState === 'visible') setTurn((old) => old + 1);
    }, every);
    return () => window.clearInterval(timer);
  }, [every]);
  const uid = uids[turn % Math.max(1, uids.length)];
  if (uid === undefined) return <Empty title={t('none')}>{t('hint')}</Empty>;
  return (
    <iframe
      title={t('playing', { n: (turn % uids.length) + 1, all: uids.length })}
      src={url(`/d/${encodeURIComponent(uid)}?kiosk=1`)}
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
