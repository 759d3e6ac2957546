/** What everybody should know right now: a reload that failed, a disk that is full, a server that is starting. Pushed live by the server. */
import { Alert, Progress, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { getV1 } from '../api/client';
import { pageOptions, url } from '../lib/base';
import { messages, useT } from '../lib/i18n';
import { Icon } from '../components/Icon';

interface Notice {
  text: string;
  date: string;
  active: boolean;
}

const texts = messages({
  starting: ['The server is starting', '서버를 시작하는 중입니다'],
  replay: [
    'It reads what was written before the last stop: segment {current} of {max}. Scraping goes on meanwhile; queries answer once it is done.',
    '이전에 기록한 로그를 읽는 중입니다: 세그먼트 {current}/{max}. 수집은 계속되며, 끝나면 조회할 수 있습니다.',
  ],
});

export function Notices() {
  if (pageOptions().role !== 'server') return null;
  return <ServerNotices />;
}

function ServerNotices() {
  const notices = useNotices();
  return (
    <Stack gap={0} aria-live="polite">
      {notices.map((notice) => (
        <Alert key={notice.text} color="yellow" variant="light" radius={0} py={8} icon={<Icon name="bell" />} data-testid="notice">
          {notice.text}
        </Alert>
      ))}
      <Starting />
    </Stack>
  );
}

/** Listens to the live stream; where it is refused (too many listeners), asks now and then. */
function useNotices(): Notice[] {
  const [shown, setShown] = useState<Notice[]>([]);
  const [polling, setPolling] = useState(typeof EventSource === 'undefined');
  useEffect(() => {
    if (polling) return undefined;
    const source = new EventSource(url('/api/v1/notifications/live'));
    source.onmessage = (event: MessageEvent<string>) => {
      const notice = JSON.parse(event.data) as Notice;
      setShown((before) => [...before.filter((n) => n.text !== notice.text), ...(notice.active ? [notice] : [])]);
    };
    source.onerror = () => {
      // A connection that breaks is renewed by the browser; one that was refused is closed for good.
      if (source.readyState === EventSource.CLOSED) setPolling(true);
      else setShown([]);
    };
    return () => source.close();
  }, [polling]);
  const polled = useQuery({
    queryKey: ['notifications'],
    queryFn: ({ signal }) => getV1<Notice[]>('/notifications', {}, signal),
    enabled: polling,
    refetchInterval: 30_000,
    retry: false,
  });
  return polling ? (polled.data ?? []).filter((n) => n.active) : shown;
}

interface Replay {
  min: number;
  max: number;
  current: number;
  state?: string;
}

/** While the server reads its log: how far it is. Everything is asked for again once it is done. */
function Starting() {
  const t = useT(texts);
  const queries = useQueryClient();
  const ready = useQuery({
    queryKey: ['ready'],
    queryFn: async ({ signal }) => (await fetch(url('/-/ready'), { signal })).status !== 503,
    refetchInterval: (query) => (query.state.data === false ? 1000 : 30_000),
    retry: false,
  });
  const starting = ready.data === false;
  const replay = useQuery({
    queryKey: ['walreplay'],
    queryFn: ({ signal }) => getV1<Replay>('/status/walreplay', {}, signal),
    enabled: starting,
    refetchInterval: 1000,
    retry: false,
  });
  const [wasStarting, setWasStarting] = useState(false);
  useEffect(() => {
    if (starting) setWasStarting(true);
    else if (wasStarting && ready.data) {
      setWasStarting(false);
      void queries.invalidateQueries();
    }
  }, [starting, wasStarting, ready.data, queries]);
  if (!starting) return null;
  const { current = 0, max = 0, min = 0 } = replay.data ?? {};
  const done = max > min ? ((current - min) / (max - min)) * 100 : 0;
  return (
    <Alert color="blue" radius={0} title={t('starting')} icon={<Icon name="database" />} data-testid="starting">
      <Text size="sm" mb={6}>
        {t('replay', { current, max })}
      </Text>
      <Progress value={done} aria-label={t('starting')} animated />
    </Alert>
  );
}
