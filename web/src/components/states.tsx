/** What a page shows while it waits, when there is nothing, and when something failed: the server's words, and what to do. */
import { Alert, Button, Center, Group, Loader, Stack, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiError } from '../api/client';
import { basePath, url } from '../lib/base';
import { messages, useT } from '../lib/i18n';

const texts = messages({
  loading: ['Loading…', '불러오는 중…'],
  failed: ['This did not work', '요청에 실패했습니다'],
  retry: ['Try again', '다시 시도'],
  network: [
    'The server did not answer. Check that it is running and that this browser can reach it.',
    '서버가 응답하지 않습니다. 서버가 실행 중인지, 이 브라우저에서 접근할 수 있는지 확인하세요.',
  ],
  login: ['Log in, then try again.', '로그인한 뒤 다시 시도하세요.'],
  loginNow: ['Log in', '로그인'],
  forbidden: [
    'This is switched off, or you lack the right. The text above names the flag or role that is needed.',
    '기능이 꺼져 있거나 권한이 없습니다. 필요한 플래그나 역할은 위 메시지에 있습니다.',
  ],
  missing: [
    'The server does not know this address: it may be older than this page, or run without this part.',
    '서버에 이 주소가 없습니다. 서버 버전이 낮거나 이 기능 없이 실행 중일 수 있습니다.',
  ],
  starting: [
    'The server is starting and still reads its log. Queries work as soon as it is done.',
    '서버가 시작하면서 로그를 읽고 있습니다. 끝나면 바로 조회할 수 있습니다.',
  ],
  timeout: [
    'Ask for a shorter range or fewer series, or raise --query.timeout.',
    '조회 기간이나 시계열 수를 줄이거나 --query.timeout 값을 늘리세요.',
  ],
  execution: [
    'The query was understood, but could not be evaluated. The text above says where.',
    '쿼리 문법은 맞지만 계산할 수 없습니다. 위 메시지에서 위치를 확인하세요.',
  ],
  bad_data: ['Correct what the text above names.', '위 메시지가 가리키는 부분을 고치세요.'],
  internal: ['The server’s log says more.', '자세한 내용은 서버 로그에 있습니다.'],
});

/** Which advice fits an error. */
export function adviceFor(error: unknown): keyof typeof texts | undefined {
  if (!(error instanceof ApiError)) return undefined;
  if (error.status === 0) return 'network';
  if (error.status === 401) return 'login';
  if (error.status === 403) return 'forbidden';
  if (error.status === 503) return error.kind === 'timeout' ? 'timeout' : 'starting';
  if (error.kind === 'execution') return 'execution';
  if (error.kind === 'bad_data' || error.status === 400 || error.status === 422) return 'bad_data';
  if (error.status === 404) return 'missing';
  return error.status >= 500 ? 'internal' : undefined;
}

/** A spinner that screen readers announce. */
export function Loading({ height = 160 }: { height?: number }) {
  const t = useT(texts);
  return (
    <Center h={height} role="status" aria-live="polite">
      <Group gap="sm">
        <Loader size="sm" />
        <Text c="dimmed" size="sm">
          {t('loading')}
        </Text>
      </Group>
    </Center>
  );
}

/** Nothing to show, with why and what to do about it. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Center mih={140} p="md" data-testid="empty">
      <Stack gap={6} align="center" maw={560}>
        <Text fw={600}>{title}</Text>
        {children && (
          <Text c="dimmed" size="sm" ta="center" component="div">
            {children}
          </Text>
        )}
        {action}
      </Stack>
    </Center>
  );
}

/** An error: the server's text as it is, then what to do. */
export function ErrorBox({ error, title, retry }: { error: unknown; title?: string; retry?: () => void }) {
  const t = useT(texts);
  const advice = adviceFor(error);
  return (
    <Alert color="red" variant="light" title={title ?? t('failed')} role="alert" data-testid="error">
      <Text size="sm" ff="monospace" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {error instanceof Error ? error.message : String(error)}
      </Text>
      {advice && (
        <Text size="sm" mt={6}>
          {t(advice)}
        </Text>
      )}
      {advice === 'login' && (
        <Button
          size="xs"
          mt="sm"
          mr="xs"
          component="a"
          href={`${url('/login')}?redirectTo=${encodeURIComponent(window.location.pathname.slice(basePath().length) + window.location.search)}`}
        >
          {t('loginNow')}
        </Button>
      )}
      {retry && (
        <Button size="xs" mt="sm" variant="light" color="red" onClick={retry}>
          {t('retry')}
        </Button>
      )}
    </Alert>
  );
}

/** Shows a request's state, and its answer through `children`. An answer that is there stays visible while it is asked for again. */
export function Asked<T>({ result, children }: { result: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  const { data, error, refetch } = result;
  const failed = error !== null && <ErrorBox error={error} retry={() => void refetch()} />;
  if (data === undefined) return failed || <Loading />;
  return (
    <>
      {failed}
      {children(data)}
    </>
  );
}
