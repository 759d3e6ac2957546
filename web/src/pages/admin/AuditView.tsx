/** The audit log, newest first, page by page as it is scrolled on. */
import { Badge, Button, Group, Table, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { type AuditEntry, listAudit } from '../../api/accounts';
import { SearchBox } from '../../components/SearchBox';
import { Asked, Empty } from '../../components/states';
import { useTime } from '../../components/time';
import { messages, useT } from '../../lib/i18n';
import { formatTime } from '../../lib/times';
import { useUrlParam } from '../../lib/urlParams';
import { findEntries } from './audit';

const texts = messages({
  who: ['Who', '누가'],
  what: ['What', '무엇을'],
  time: ['Time', '시각'],
  from: ['From', '접속 주소'],
  result: ['Result', '결과'],
  searchWho: ['Filter by who', '누가로 거르기'],
  searchWhat: ['Filter by what', '무엇으로 거르기'],
  older: ['Older entries', '이전 기록'],
  none: ['No entries', '기록이 없습니다'],
  noneText: ['Every change through this page or the API is written here, and every failed login.', '화면이나 API로 바꾼 모든 것과 실패한 로그인이 기록됩니다.'],
});

/** Entries of one page. */
const PAGE = 100;

export function AuditView() {
  const t = useT(texts);
  const { zone } = useTime();
  const [actor] = useUrlParam('actor');
  const [target] = useUrlParam('target');
  const result = useInfiniteQuery({
    queryKey: ['audit', actor, target],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => listAudit(pageParam, PAGE, { actor, target }, signal),
    getNextPageParam: (last: AuditEntry[]) => (last.length < PAGE ? undefined : last.at(-1)?.id),
    placeholderData: (before) => before,
  });
  return (
    <>
      <Group mb="md">
        <SearchBox param="actor" label={t('searchWho')} />
        <SearchBox param="target" label={t('searchWhat')} />
      </Group>
      <Asked result={result}>
        {({ pages }) => {
          const entries = findEntries(pages.flat(), actor, target);
          if (entries.length === 0) return <Empty title={t('none')}>{t('noneText')}</Empty>;
          return (
            <>
              <Table.ScrollContainer minWidth={720}>
                <Table verticalSpacing={4} fz="sm" data-testid="audit">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{t('time')}</Table.Th>
                      <Table.Th>{t('who')}</Table.Th>
                      <Table.Th>{t('what')}</Table.Th>
                      <Table.Th>{t('result')}</Table.Th>
                      <Table.Th>{t('from')}</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {entries.map((entry) => (
                      <Table.Tr key={entry.id} data-testid="audit-entry">
                        <Table.Td style={{ whiteSpace: 'nowrap' }}>{formatTime(Date.parse(entry.time), zone)}</Table.Td>
                        <Table.Td style={{ overflowWrap: 'anywhere' }}>{entry.actor}</Table.Td>
                        <Table.Td>
                          <Text span size="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
                            {entry.action} {entry.target}
                          </Text>
                        </Table.Td>
                        <Table.Td>
                          <Badge color={colourOf(entry.status)} variant="light" tt="none" radius="sm" h="auto" styles={{ label: { whiteSpace: 'normal', overflowWrap: 'anywhere' } }}>
                            {entry.status}
                          </Badge>
                        </Table.Td>
                        <Table.Td>{entry.client}</Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
              {result.hasNextPage && (
                <Button variant="light" size="compact-sm" loading={result.isFetchingNextPage} onClick={() => void result.fetchNextPage()}>
                  {t('older')}
                </Button>
              )}
            </>
          );
        }}
      </Asked>
    </>
  );
}

/** The class of an HTTP status: done, refused, failed. What the server did by itself has words instead. */
function colourOf(status: string): string {
  if (status.startsWith('2') || status === 'sent') return 'green';
  return status.startsWith('5') ? 'red' : 'yellow';
}
