/** `/acks`: who takes care of what, until when; and the end of it. */
import { Button, Group, Table, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router-dom';
import type { ListedAck } from '../../api/alerting';
import { deleteV2 } from '../../api/client';
import { Ago } from '../../components/Ago';
import { PageFrame } from '../../components/PageFrame';
import { SearchBox } from '../../components/SearchBox';
import { useAcks } from '../../components/acks';
import { Asked, Empty, ErrorBox } from '../../components/states';
import { useTime } from '../../components/time';
import { messages, useT } from '../../lib/i18n';
import { filterText } from '../../lib/labels';
import { useUrlParam } from '../../lib/urlParams';
import { findAcks, isForever } from './model';

const texts = messages({
  title: ['Acknowledgements', '확인한 알림'],
  about: ['Alerts that somebody takes care of. Their repeats stop until they resolve, or until the time that is given.', '담당자가 처리 중인 알림입니다. 해소되거나 정한 시각이 될 때까지 반복 알림을 보내지 않습니다.'],
  search: ['Search owner, note, labels', '담당자, 메모, 레이블 검색'],
  owner: ['Owner', '담당자'],
  note: ['Note', '메모'],
  what: ['What', '대상'],
  since: ['Since', '시작'],
  until: ['Until', '언제까지'],
  resolved: ['until it resolves', '해소될 때까지'],
  more: ['and {n} more', '외 {n}건'],
  show: ['Show', '보기'],
  end: ['End it', '끝내기'],
  endOf: ['End it: the acknowledgement of {owner}', '{owner}의 확인 끝내기'],
  none: ['Nothing is acknowledged', '확인한 알림이 없습니다'],
  noneText: ['Press “Acknowledge” at an alert to say that you take care of it.', '알림에서 “확인”을 누르면 담당자로 표시됩니다.'],
});

/** Alerts of one acknowledgement that are spelled out. */
const SPELLED = 3;

export default function AcksPage() {
  const t = useT(texts);
  const { tick } = useTime();
  const [search] = useUrlParam('search');
  const result = useAcks(tick);
  return (
    <PageFrame title={t('title')} about={t('about')}>
      <Group mb="md">
        <SearchBox label={t('search')} />
      </Group>
      <Asked result={result}>
        {(acks) => {
          const found = findAcks(acks, search);
          if (found.length === 0) return <Empty title={t('none')}>{t('noneText')}</Empty>;
          return (
            <Table.ScrollContainer minWidth={760}>
              <Table verticalSpacing={6}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t('owner')}</Table.Th>
                    <Table.Th>{t('what')}</Table.Th>
                    <Table.Th>{t('note')}</Table.Th>
                    <Table.Th>{t('since')}</Table.Th>
                    <Table.Th>{t('until')}</Table.Th>
                    <Table.Th aria-label={t('end')} />
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {found.map((ack) => (
                    <AckLine key={ack.id} ack={ack} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          );
        }}
      </Asked>
    </PageFrame>
  );
}

function AckLine({ ack }: { ack: ListedAck }) {
  const t = useT(texts);
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: () => deleteV2(`/bongsu/ack/${encodeURIComponent(ack.id)}`),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['acks'] }),
  });
  return (
    <Table.Tr data-testid="ack">
      <Table.Td fw={600}>{ack.owner}</Table.Td>
      <Table.Td>
        {ack.matcherSets.slice(0, SPELLED).map((set) => {
          const filter = filterText(set);
          return (
            <Text key={filter} size="sm" ff="monospace" component={Link} to={`/groups?filter=${encodeURIComponent(filter)}`} style={{ display: 'block', overflowWrap: 'anywhere' }}>
              {filter}
            </Text>
          );
        })}
        {ack.matcherSets.length > SPELLED && <Text size="xs">{t('more', { n: ack.matcherSets.length - SPELLED })}</Text>}
      </Table.Td>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>{ack.note}</Table.Td>
      <Table.Td>
        <Ago at={ack.at} />
      </Table.Td>
      <Table.Td>{isForever(ack.until, Date.now()) ? t('resolved') : <Ago at={ack.until ?? ''} />}</Table.Td>
      <Table.Td ta="right">
        <Button size="compact-xs" variant="light" loading={end.isPending} onClick={() => end.mutate()} aria-label={t('endOf', { owner: ack.owner })}>
          {t('end')}
        </Button>
        {end.error && <ErrorBox error={end.error} />}
      </Table.Td>
    </Table.Tr>
  );
}
