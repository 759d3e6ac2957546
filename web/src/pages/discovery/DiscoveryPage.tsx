/** `/service-discovery`: labels before and after relabelling, what was dropped, and each step of it. */
import { Badge, Button, Group, Modal, Stack, Switch, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { getV1 } from '../../api/client';
import type { Labels, Targets } from '../../api/status';
import { Fold } from '../../components/Fold';
import { LabelPills } from '../../components/LabelPills';
import { PageFrame } from '../../components/PageFrame';
import { SearchBox } from '../../components/SearchBox';
import { Asked, Empty } from '../../components/states';
import { useTime } from '../../components/time';
import { messages, useT } from '../../lib/i18n';
import { useUrlParam } from '../../lib/urlParams';
import { RelabelSteps } from './RelabelSteps';
import { type FoundPool, toFoundPools } from './model';

const texts = messages({
  title: ['Service discovery', '서비스 검색'],
  about: ['What was found, which labels it came with, and what relabelling made of it.', '찾은 대상과 원래 레이블, 재지정(relabel) 결과를 보여 줍니다.'],
  search: ['Search labels', '레이블 검색'],
  onlyDropped: ['Only dropped', '제외된 것만'],
  counts: ['{active} active, {dropped} dropped', '활성 {active}개, 제외 {dropped}개'],
  discovered: ['Discovered labels', '찾은 레이블'],
  labels: ['Target labels', '대상 레이블'],
  dropped: ['dropped by relabelling', '재지정 규칙으로 제외됨'],
  steps: ['Relabel steps', '재지정 단계'],
  more: ['Show all {n}', '{n}개 모두 보기'],
  notListed: ['The server lists only some of the dropped ones (keep_dropped_targets).', '서버가 제외된 대상 일부만 보관합니다 (keep_dropped_targets).'],
  none: ['Nothing was discovered', '찾은 대상이 없습니다'],
  noneText: ['Check the discovery sections below scrape_configs; the server’s log tells of failed refreshes.', 'scrape_configs의 검색 설정을 확인하세요. 실패한 새로 고침은 서버 로그에 있습니다.'],
});

/** Rows of a pool before "show all". */
const ROWS = 50;

export default function DiscoveryPage() {
  const t = useT(texts);
  const { tick } = useTime();
  const [search] = useUrlParam('search');
  const [only, setOnly] = useUrlParam('dropped');
  const result = useQuery({
    queryKey: ['targets', 'any', tick],
    queryFn: ({ signal }) => getV1<Targets>('/targets', { state: 'any' }, signal),
    placeholderData: (before) => before,
  });
  const [shown, setShown] = useState<{ pool: string; labels: Labels }>();
  return (
    <PageFrame title={t('title')} about={t('about')}>
      <Group mb="md">
        <SearchBox label={t('search')} />
        <Switch label={t('onlyDropped')} checked={only === '1'} onChange={(event) => setOnly(event.currentTarget.checked ? '1' : '')} />
      </Group>
      <Asked result={result}>
        {(targets) => {
          const pools = toFoundPools(targets, search);
          if (pools.length === 0) return <Empty title={t('none')}>{t('noneText')}</Empty>;
          return pools.map((pool) => (
            <PoolCard key={pool.name} pool={pool} onlyDropped={only === '1'} onSteps={(labels) => setShown({ pool: pool.name, labels })} />
          ));
        }}
      </Asked>
      <Modal opened={shown !== undefined} onClose={() => setShown(undefined)} size="xl" title={t('steps')}>
        {shown && <RelabelSteps pool={shown.pool} labels={shown.labels} />}
      </Modal>
    </PageFrame>
  );
}

function PoolCard({ pool, onlyDropped, onSteps }: { pool: FoundPool; onlyDropped: boolean; onSteps: (labels: Labels) => void }) {
  const t = useT(texts);
  const [all, setAll] = useState(false);
  const found = onlyDropped ? pool.found.filter((one) => !one.labels) : pool.found;
  const rows = all ? found : found.slice(0, ROWS);
  const listed = pool.found.filter((one) => !one.labels).length;
  const head = (
    <>
      <Text fw={600}>{pool.name}</Text>
      <Badge variant="default" tt="none">
        {t('counts', { active: pool.active, dropped: pool.dropped })}
      </Badge>
    </>
  );
  return (
    <Fold head={head} testId="pool">
      <Table.ScrollContainer minWidth={640}>
        <Table verticalSpacing={8}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w="48%">{t('discovered')}</Table.Th>
              <Table.Th w="40%">{t('labels')}</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((one, i) => (
              <Table.Tr key={i}>
                <Table.Td style={{ verticalAlign: 'top' }}>
                  <LabelPills labels={one.discovered} />
                </Table.Td>
                <Table.Td style={{ verticalAlign: 'top' }}>
                  {one.labels ? <LabelPills labels={one.labels} /> : <Badge color="gray" tt="none" variant="light">{t('dropped')}</Badge>}
                </Table.Td>
                <Table.Td style={{ verticalAlign: 'top' }}>
                  <Button size="compact-xs" variant="light" onClick={() => onSteps(one.discovered)}>
                    {t('steps')}
                  </Button>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Stack gap={4} mt="xs" align="flex-start">
        {found.length > rows.length && (
          <Button size="compact-sm" variant="light" onClick={() => setAll(true)}>
            {t('more', { n: found.length })}
          </Button>
        )}
        {listed < pool.dropped && (
          <Text size="xs" c="dimmed">
            {t('notListed')}
          </Text>
        )}
      </Stack>
    </Fold>
  );
}
