/** `/targets`: what is scraped, by pool, and how that goes. */
import { Anchor, Button, Chip, Group, Select, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router-dom';
import { getV1 } from '../../api/client';
import type { ActiveTarget, Targets } from '../../api/status';
import { Ago } from '../../components/Ago';
import { Fold } from '../../components/Fold';
import { LabelPills } from '../../components/LabelPills';
import { PageFrame } from '../../components/PageFrame';
import { SearchBox } from '../../components/SearchBox';
import { StateBadge } from '../../components/StateBadge';
import { Asked, Empty } from '../../components/states';
import { useTime } from '../../components/time';
import { roughDuration } from '../../lib/durations';
import { messages, useT } from '../../lib/i18n';
import { safeLink } from '../../lib/links';
import { useUrlParam } from '../../lib/urlParams';
import { type Health, type Pool, toPools } from './model';

const texts = messages({
  title: ['Targets', '수집 대상'],
  about: ['What is scraped, how it goes, and why not.', '무엇을 수집하는지, 잘 되고 있는지, 안 되면 왜인지 보여 줍니다.'],
  search: ['Search address, labels, error', '주소, 레이블, 오류 검색'],
  pool: ['Pool', '풀'],
  allPools: ['All pools', '모든 풀'],
  health: ['Health', '상태'],
  up: ['Up', '정상'],
  down: ['Down', '중단'],
  unknown: ['Unknown', '미확인'],
  of: ['{up} of {total} up', '{total}개 중 {up}개 정상'],
  endpoint: ['Endpoint', '주소'],
  labels: ['Labels', '레이블'],
  last: ['Last scrape', '마지막 수집'],
  took: ['Took', '걸린 시간'],
  every: ['every {interval}, timeout {timeout}', '{interval}마다, 제한 {timeout}'],
  none: ['No target is configured', '설정된 수집 대상이 없습니다'],
  noneText: ['Add a job below scrape_configs in the configuration, then reload.', '설정의 scrape_configs에 작업을 추가하고 다시 읽으세요.'],
  noMatch: ['No target matches the filter', '조건에 맞는 대상이 없습니다'],
  noMatchText: ['Take a filter off, or look at what service discovery dropped.', '조건을 줄이거나, 서비스 검색에서 제외된 대상을 확인하세요.'],
  discovery: ['Service discovery', '서비스 검색'],
});

const HEALTHS: readonly Health[] = ['up', 'down', 'unknown'];

export default function TargetsPage() {
  const t = useT(texts);
  const { tick } = useTime();
  const result = useQuery({
    queryKey: ['targets', 'active', tick],
    queryFn: ({ signal }) => getV1<Targets>('/targets', { state: 'active' }, signal),
    placeholderData: (before) => before,
  });
  return (
    <PageFrame title={t('title')} about={t('about')}>
      <Asked result={result}>{({ activeTargets }) => <Filtered targets={activeTargets} />}</Asked>
    </PageFrame>
  );
}

function Filtered({ targets }: { targets: readonly ActiveTarget[] }) {
  const t = useT(texts);
  const [search] = useUrlParam('search');
  const [pool, setPool] = useUrlParam('pool');
  const [health, setHealth] = useUrlParam('health');
  const chosen = HEALTHS.filter((one) => health.split(',').includes(one));
  const pools = toPools(targets, new Set(chosen), search, pool);
  const names = [...new Set(targets.map((target) => target.scrapePool))].sort();
  if (targets.length === 0) return <Empty title={t('none')}>{t('noneText')}</Empty>;
  return (
    <>
      <Group mb="md" gap="sm">
        <SearchBox label={t('search')} />
        <Select
          aria-label={t('pool')}
          placeholder={t('allPools')}
          data={names}
          value={pool || null}
          onChange={(next) => setPool(next ?? '')}
          clearable
          searchable
          w={200}
        />
        <Chip.Group multiple value={chosen} onChange={(next) => setHealth(next.join(','))}>
          <Group gap={6} role="group" aria-label={t('health')}>
            {HEALTHS.map((one) => (
              <Chip key={one} value={one} size="xs" data-testid={`health-${one}`}>
                {t(one)} ({targets.filter((target) => target.health === one).length})
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      </Group>
      {pools.length === 0 && (
        <Empty title={t('noMatch')} action={<Button component={Link} to="/service-discovery" variant="light" size="xs">{t('discovery')}</Button>}>
          {t('noMatchText')}
        </Empty>
      )}
      {pools.map((one) => (
        <PoolCard key={one.name} pool={one} />
      ))}
    </>
  );
}

function PoolCard({ pool }: { pool: Pool }) {
  const t = useT(texts);
  const head = (
    <>
      <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
        {pool.name}
      </Text>
      <StateBadge state={pool.up === pool.total ? 'up' : 'down'} text={t('of', { up: pool.up, total: pool.total })} />
    </>
  );
  return (
    <Fold head={head} testId="pool">
      <Table.ScrollContainer minWidth={680}>
        <Table verticalSpacing={6} highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('endpoint')}</Table.Th>
              <Table.Th>{t('labels')}</Table.Th>
              <Table.Th>{t('last')}</Table.Th>
              <Table.Th>{t('took')}</Table.Th>
              <Table.Th>{t('health')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {pool.targets.map((target) => (
              <Row key={`${target.scrapeUrl} ${JSON.stringify(target.labels)}`} target={target} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Fold>
  );
}

function Row({ target }: { target: ActiveTarget }) {
  const t = useT(texts);
  return (
    <>
      <Table.Tr>
        <Table.Td style={{ verticalAlign: 'top' }}>
          <Anchor href={safeLink(target.globalUrl)} size="sm" rel="noreferrer" style={{ overflowWrap: 'anywhere' }}>
            {target.scrapeUrl}
          </Anchor>
        </Table.Td>
        <Table.Td style={{ verticalAlign: 'top' }}>
          <LabelPills labels={target.labels} />
        </Table.Td>
        <Table.Td style={{ verticalAlign: 'top' }} title={t('every', { interval: target.scrapeInterval, timeout: target.scrapeTimeout })}>
          <Ago at={target.lastScrape} />
        </Table.Td>
        <Table.Td style={{ verticalAlign: 'top', whiteSpace: 'nowrap' }}>
          <Text size="sm">{roughDuration(target.lastScrapeDuration * 1000)}</Text>
        </Table.Td>
        <Table.Td style={{ verticalAlign: 'top' }}>
          <StateBadge state={target.health} />
        </Table.Td>
      </Table.Tr>
      {target.lastError && (
        <Table.Tr>
          <Table.Td colSpan={5} pt={0}>
            <Text size="sm" c="red" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
              {target.lastError}
            </Text>
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}
