/** `/status`: build, process, where alerts go, which features are on. */
import { Anchor, Badge, Card, Grid, Group, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getV1, getV2 } from '../../api/client';
import { Ago } from '../../components/Ago';
import { PageFrame } from '../../components/PageFrame';
import { StateBadge } from '../../components/StateBadge';
import { Asked } from '../../components/states';
import { useTime } from '../../components/time';
import { pageOptions, url } from '../../lib/base';
import { messages, useT } from '../../lib/i18n';
import { formatBytes, formatCount } from '../../lib/numbers';

const texts = messages({
  title: ['Status', '상태'],
  about: ['The process, its build, and what is switched on.', '프로세스와 빌드, 켜져 있는 기능입니다.'],
  runtime: ['Process', '프로세스'],
  build: ['Build', '빌드'],
  alertmanagers: ['Alertmanagers that get our alerts', '알림을 받는 Alertmanager'],
  noAlertmanagers: ['None is known: alerts of rules go nowhere. Name one below alerting in the configuration.', '없습니다. 규칙의 알림이 전달되지 않습니다. 설정의 alerting에 적으세요.'],
  dropped: ['dropped', '제외됨'],
  cluster: ['Alertmanager', 'Alertmanager'],
  clusterStatus: ['Cluster', '클러스터'],
  peers: ['Peers', '노드'],
  features: ['Features', '기능'],
  startTime: ['Started', '시작'],
  serverTime: ['Server time', '서버 시각'],
  hostname: ['Host', '호스트'],
  CWD: ['Working directory', '작업 폴더'],
  reloadConfigSuccess: ['Last reload', '마지막 다시 읽기'],
  lastConfigTime: ['Configuration of', '설정 시각'],
  corruptionCount: ['Damaged places found', '손상 발견'],
  goroutineCount: ['Tasks', '작업 수'],
  GOMAXPROCS: ['Processors', '프로세서'],
  GOMEMLIMIT: ['Memory limit', '메모리 제한'],
  storageRetention: ['Kept for', '보관 기간'],
  uptime: ['Since', '시작'],
  licences: ['Licences of what these pages are built from', '이 화면에 쓰인 소프트웨어의 라이선스'],
});

type Runtime = Readonly<Record<string, string | number | boolean>>;
/** A limit of "none", as Go writes it. */
const NO_LIMIT = 2 ** 62;

export default function StatusPage() {
  const t = useT(texts);
  const { role, alertmanager } = pageOptions();
  return (
    <PageFrame title={t('title')} about={t('about')}>
      <Grid>
        {role === 'server' && (
          <>
            <Part title={t('runtime')}>
              <RuntimeInfo />
            </Part>
            <Part title={t('build')}>
              <Build />
            </Part>
            <Part title={t('alertmanagers')}>
              <Alertmanagers />
            </Part>
          </>
        )}
        {alertmanager && (
          <Part title={t('cluster')}>
            <ClusterStatus />
          </Part>
        )}
        {role === 'server' && (
          <Grid.Col span={12}>
            <Card withBorder p="sm">
              <Text fw={600} mb="xs">
                {t('features')}
              </Text>
              <Features />
            </Card>
          </Grid.Col>
        )}
      </Grid>
      <Anchor href={url('/licenses.md')} size="sm" mt="md" display="inline-block">
        {t('licences')}
      </Anchor>
    </PageFrame>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <Grid.Col span={{ base: 12, lg: 6 }}>
      <Card withBorder p="sm" h="100%" component="section" aria-label={title}>
        <Text fw={600} mb="xs">
          {title}
        </Text>
        {children}
      </Card>
    </Grid.Col>
  );
}

function Facts({ rows }: { rows: readonly (readonly [string, React.ReactNode])[] }) {
  return (
    <Table verticalSpacing={4} fz="sm">
      <Table.Tbody>
        {rows.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" w="40%">
              {name}
            </Table.Th>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function RuntimeInfo() {
  const t = useT(texts);
  const { tick } = useTime();
  const result = useQuery({
    queryKey: ['runtime', tick],
    queryFn: ({ signal }) => getV1<Runtime>('/status/runtimeinfo', {}, signal),
    placeholderData: (before) => before,
  });
  return (
    <Asked result={result}>
      {(info) => (
        <Facts
          rows={[
            [t('startTime'), <Ago key="a" at={String(info.startTime)} />],
            [t('hostname'), String(info.hostname ?? '')],
            [t('CWD'), String(info.CWD ?? '')],
            [t('reloadConfigSuccess'), <StateBadge key="r" state={info.reloadConfigSuccess ? 'ok' : 'err'} />],
            [t('lastConfigTime'), <Ago key="c" at={String(info.lastConfigTime)} />],
            [t('storageRetention'), String(info.storageRetention ?? '')],
            [t('corruptionCount'), formatCount(Number(info.corruptionCount ?? 0))],
            [t('goroutineCount'), formatCount(Number(info.goroutineCount ?? 0))],
            [t('GOMAXPROCS'), String(info.GOMAXPROCS ?? '')],
            [t('GOMEMLIMIT'), Number(info.GOMEMLIMIT) > NO_LIMIT ? '–' : formatBytes(Number(info.GOMEMLIMIT ?? 0))],
          ]}
        />
      )}
    </Asked>
  );
}

function Build() {
  const result = useQuery({
    queryKey: ['build'],
    queryFn: ({ signal }) => getV1<Record<string, string>>('/status/buildinfo', {}, signal),
  });
  const { version } = pageOptions();
  return (
    <Asked result={result}>
      {(info) => (
        <Facts
          rows={[
            ...(version ? [['Bongsu', version] as const] : []),
            ...Object.entries(info)
              .filter(([, value]) => value !== '')
              .map(([name, value]) => [name === 'version' ? 'Prometheus API' : name === 'goVersion' ? 'compiler' : name, value] as const),
          ]}
        />
      )}
    </Asked>
  );
}

interface Found {
  activeAlertmanagers: { url: string }[];
  droppedAlertmanagers: { url: string }[];
}

function Alertmanagers() {
  const t = useT(texts);
  const { tick } = useTime();
  const result = useQuery({
    queryKey: ['alertmanagers', tick],
    queryFn: ({ signal }) => getV1<Found>('/alertmanagers', {}, signal),
    placeholderData: (before) => before,
  });
  return (
    <Asked result={result}>
      {({ activeAlertmanagers, droppedAlertmanagers }) => (
        <>
          {activeAlertmanagers.length === 0 && <Text size="sm">{t('noAlertmanagers')}</Text>}
          {activeAlertmanagers.map(({ url }) => (
            <Text key={url} size="sm" ff="monospace">
              {url}
            </Text>
          ))}
          {droppedAlertmanagers.map(({ url }) => (
            <Group key={url} gap="xs">
              <Text size="sm" ff="monospace" c="dimmed">
                {url}
              </Text>
              <Badge color="gray" tt="none">
                {t('dropped')}
              </Badge>
            </Group>
          ))}
        </>
      )}
    </Asked>
  );
}

interface AlertmanagerStatus {
  cluster: { status: string; name?: string; peers?: { name: string; address: string }[] };
  versionInfo: { version: string };
  uptime: string;
}

function ClusterStatus() {
  const t = useT(texts);
  const { tick } = useTime();
  const result = useQuery({
    queryKey: ['alertmanager status', tick],
    queryFn: ({ signal }) => getV2<AlertmanagerStatus>('/status', {}, signal),
    placeholderData: (before) => before,
  });
  return (
    <Asked result={result}>
      {({ cluster, versionInfo, uptime }) => (
        <Facts
          rows={[
            ['API', `Alertmanager ${versionInfo.version}`],
            [t('uptime'), <Ago key="u" at={uptime} />],
            [t('clusterStatus'), [cluster.status, cluster.name].filter(Boolean).join(' · ')],
            [t('peers'), (cluster.peers ?? []).map((peer) => `${peer.name} (${peer.address})`).join(', ') || '–'],
          ]}
        />
      )}
    </Asked>
  );
}

function Features() {
  const result = useQuery({
    queryKey: ['features'],
    queryFn: ({ signal }) => getV1<Record<string, Record<string, boolean>>>('/features', {}, signal),
  });
  return (
    <Asked result={result}>
      {(features) =>
        Object.entries(features).map(([category, all]) => (
          <div key={category} style={{ marginBottom: 10 }}>
            <Text size="sm" fw={600} mb={4}>
              {category}
            </Text>
            <Group gap={4}>
              {Object.entries(all).map(([name, on]) => (
                <Badge key={name} variant={on ? 'light' : 'default'} color={on ? 'green' : 'gray'} tt="none" radius="sm" fw={on ? 600 : 400}>
                  {on ? '✓' : '✗'} {name}
                </Badge>
              ))}
            </Group>
          </div>
        ))
      }
    </Asked>
  );
}
