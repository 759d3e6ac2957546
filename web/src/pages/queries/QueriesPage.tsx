/** `/queries`: what is being evaluated right now, by whom, and the end of one. */
import { Button, Table, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getV1, send } from '../../api/client';
import type { RunningQuery } from '../../api/status';
import { Expr } from '../../components/Expr';
import { PageFrame } from '../../components/PageFrame';
import { Asked, Empty, ErrorBox } from '../../components/states';
import { useTime } from '../../components/time';
import { pageOptions } from '../../lib/base';
import { roughDuration } from '../../lib/durations';
import { messages, useT } from '../../lib/i18n';
import { formatBytes, formatCount } from '../../lib/numbers';

const texts = messages({
  title: ['Running queries', '실행 중 쿼리'],
  about: ['Asked again every two seconds, oldest first.', '2초마다 갱신하며 오래된 것부터 보여 줍니다.'],
  query: ['Query', '쿼리'],
  user: ['From', '요청자'],
  state: ['State', '상태'],
  runs: ['Runs for', '실행 시간'],
  cost: ['Samples', '표본'],
  range: ['range {length}, step {step}', '범위 {length}, 간격 {step}'],
  end: ['End it', '중단'],
  need: [
    'Ending a query needs --web.enable-admin-api or --web.enable-lifecycle.',
    '쿼리를 중단하려면 --web.enable-admin-api나 --web.enable-lifecycle이 필요합니다.',
  ],
  ending: ['ending', '중단하는 중'],
  none: ['No query is running', '실행 중인 쿼리가 없습니다'],
  noneText: ['Queries appear here while they wait or run; most are done before you see them.', '대기하거나 실행하는 동안만 나타납니다. 대부분은 보이기 전에 끝납니다.'],
});

const EVERY_MS = 2000;

export default function QueriesPage() {
  const t = useT(texts);
  const { tick } = useTime();
  const queries = useQueryClient();
  const result = useQuery({
    queryKey: ['active queries', tick],
    queryFn: ({ signal }) => getV1<RunningQuery[]>('/status/active_queries', {}, signal),
    placeholderData: (before) => before,
    refetchInterval: EVERY_MS,
  });
  const cancel = useMutation({
    mutationFn: (id: string) => send(`/api/v1/status/active_queries/${encodeURIComponent(id)}/cancel`, { method: 'POST' }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['active queries'] }),
  });
  const { adminApi, lifecycle } = pageOptions();
  const mayEnd = adminApi || lifecycle;
  return (
    <PageFrame title={t('title')} about={mayEnd ? t('about') : `${t('about')} ${t('need')}`}>
      {cancel.error && <ErrorBox error={cancel.error} />}
      <Asked result={result}>
        {(running) =>
          running.length === 0 ? (
            <Empty title={t('none')}>{t('noneText')}</Empty>
          ) : (
            <Table.ScrollContainer minWidth={700}>
              <Table verticalSpacing={6}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t('query')}</Table.Th>
                    <Table.Th>{t('user')}</Table.Th>
                    <Table.Th>{t('state')}</Table.Th>
                    <Table.Th>{t('runs')}</Table.Th>
                    <Table.Th ta="right">{t('cost')}</Table.Th>
                    <Table.Th />
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {running.map((one) => (
                    <Table.Tr key={one.id}>
                      <Table.Td>
                        <Expr expr={one.query} />
                        {one.end > one.start && (
                          <Text size="xs" c="dimmed">
                            {t('range', { length: roughDuration(one.end - one.start), step: roughDuration(one.step) })}
                          </Text>
                        )}
                      </Table.Td>
                      <Table.Td title={one.user_agent}>{one.user || one.remote_addr}</Table.Td>
                      <Table.Td>{one.cancelled ? t('ending') : one.state}</Table.Td>
                      <Table.Td>{one.duration}</Table.Td>
                      <Table.Td ta="right" title={formatBytes(one.bytes)}>
                        {formatCount(one.samples)}
                      </Table.Td>
                      <Table.Td>
                        <Button size="compact-xs" color="red" variant="light" aria-label={`${t('end')}: ${one.query}`} disabled={one.cancelled || !mayEnd} onClick={() => cancel.mutate(one.id)}>
                          {t('end')}
                        </Button>
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }
      </Asked>
    </PageFrame>
  );
}
