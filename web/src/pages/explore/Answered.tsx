/** What all views of an answer share: waiting, errors, remarks, how long it took. */
import { Alert, Group, Loader, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Answer } from '../../api/client';
import type { QueryData } from '../../api/query';
import { Empty, ErrorBox, Loading } from '../../components/states';
import { useT } from '../../lib/i18n';
import { formatCount } from '../../lib/numbers';
import { texts } from './texts';

export interface Timed extends Answer<QueryData> {
  /** How long the answer took from here, in milliseconds. */
  tookMs: number;
}

/** Asks and measures. The former answer stays visible while the next is on its way. */
export function useAnswer(key: readonly unknown[], expr: string, ask: (signal: AbortSignal) => Promise<Answer<QueryData>>) {
  return useQuery({
    queryKey: ['query', ...key],
    enabled: expr.trim() !== '',
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    queryFn: async ({ signal }): Promise<Timed> => {
      const begun = performance.now();
      const answer = await ask(signal);
      return { ...answer, tookMs: performance.now() - begun };
    },
  });
}

interface Props {
  expr: string;
  result: ReturnType<typeof useAnswer>;
  tools?: ReactNode;
  remark?: string;
  children: (answer: Timed) => ReactNode;
}

export function Answered({ expr, result, tools, remark, children }: Props) {
  const t = useT(texts);
  const { data, error, isFetching, refetch } = result;
  if (expr.trim() === '') return <Empty title={t('empty')}>{t('emptyText')}</Empty>;
  const shown = error ? undefined : data;
  return (
    <div data-state={isFetching ? 'loading' : 'done'} data-testid="answer">
      <Group justify="space-between" gap="xs" mb="xs" mih={30}>
        <Group gap="xs">{tools}</Group>
        <Group gap="xs">
          {isFetching && <Loader size="xs" />}
          {shown && (
            <Text size="xs" c="dimmed">
              {t('status', { n: formatCount(countOf(shown.data)), ms: Math.round(shown.tookMs) })}
              {remark && ` · ${remark}`}
            </Text>
          )}
        </Group>
      </Group>
      {error && <ErrorBox error={error} retry={() => void refetch()} />}
      {shown && <Remarks answer={shown} />}
      {shown && (isEmpty(shown.data) ? <Empty title={t('noData')}>{t('noDataText')}</Empty> : children(shown))}
      {!shown && !error && <Loading />}
    </div>
  );
}

function Remarks({ answer }: { answer: Timed }) {
  const t = useT(texts);
  const all = [...answer.warnings, ...answer.infos];
  if (all.length === 0) return null;
  return (
    <Alert color={answer.warnings.length > 0 ? 'yellow' : 'blue'} variant="light" title={t('remarks')} mb="xs" py="xs">
      {all.map((text) => (
        <Text key={text} size="sm" style={{ overflowWrap: 'anywhere' }}>
          {text}
        </Text>
      ))}
    </Alert>
  );
}

function countOf(data: QueryData): number {
  return data.resultType === 'matrix' || data.resultType === 'vector' ? data.result.length : 1;
}

function isEmpty(data: QueryData): boolean {
  return (data.resultType === 'matrix' || data.resultType === 'vector') && data.result.length === 0;
}
