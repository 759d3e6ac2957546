/** `/alerts`: alerting rules and the alerts they have raised. */
import { Anchor, Badge, Button, Chip, Group, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import type { ListedAck } from '../../api/alerting';
import { getV1 } from '../../api/client';
import type { AlertState, RuleAlert, RuleGroup } from '../../api/status';
import { Acknowledge } from '../../components/Acknowledge';
import { Ago } from '../../components/Ago';
import { Annotations } from '../../components/Annotations';
import { Expr } from '../../components/Expr';
import { Fold } from '../../components/Fold';
import { LabelPills } from '../../components/LabelPills';
import { PageFrame } from '../../components/PageFrame';
import { SearchBox } from '../../components/SearchBox';
import { StateBadge } from '../../components/StateBadge';
import { ackOf, useAcks } from '../../components/acks';
import { Asked, Empty } from '../../components/states';
import { useTime } from '../../components/time';
import { pageOptions } from '../../lib/base';
import { formatDuration } from '../../lib/durations';
import { messages, useT } from '../../lib/i18n';
import { equalTo, filterText } from '../../lib/labels';
import { useUrlParam } from '../../lib/urlParams';
import { type AlertRow, countStates, toRows } from './model';

const texts = messages({
  title: ['Alerts', '알림'],
  about: ['What the alerting rules found at their last evaluation.', '알림 규칙이 마지막 평가에서 찾은 것입니다.'],
  search: ['Search name, labels, annotations', '이름, 레이블, 설명 검색'],
  states: ['State', '상태'],
  firing: ['Firing', '발생'],
  pending: ['Pending', '대기'],
  inactive: ['Inactive', '비활성'],
  unknown: ['Unknown', '미확인'],
  alerts: ['{n} {n|alert|alerts}', '알림 {n}건'],
  labels: ['Labels', '레이블'],
  since: ['Active since', '시작'],
  kept: ['kept firing since', '유지 시작'],
  value: ['Value', '값'],
  for: ['for {time}', '{time} 지속'],
  silence: ['Silence', '무음 설정'],
  why: ['Why?', '왜?'],
  ackBy: ['acknowledged by {owner}', '{owner} 확인'],
  backtest: ['Backtest', '백테스트'],
  more: ['Show all {n}', '{n}건 모두 보기'],
  none: ['No alerting rules', '알림 규칙이 없습니다'],
  noneText: ['Name files with alerting rules below rule_files in the configuration, then reload.', '설정의 rule_files에 알림 규칙 파일을 적고 다시 읽으세요.'],
  quiet: ['Nothing here', '해당하는 알림이 없습니다'],
  quietText: ['No alert is in the chosen state.', '선택한 상태의 알림이 없습니다.'],
});

const STATES: readonly AlertState[] = ['firing', 'pending', 'inactive'];
/** Alerts of one rule before "show all". */
const ROWS = 50;

export default function AlertsPage() {
  const t = useT(texts);
  const { tick } = useTime();
  const [search] = useUrlParam('search');
  const [state, setState] = useUrlParam('state');
  const result = useQuery({
    queryKey: ['alert rules', tick],
    queryFn: ({ signal }) => getV1<{ groups: RuleGroup[] }>('/rules', { type: 'alert' }, signal),
    placeholderData: (before) => before,
  });
  const acks = useAcks(tick);
  const chosen = STATES.filter((one) => state.split(',').includes(one));
  return (
    <PageFrame title={t('title')} about={t('about')}>
      <Asked result={result}>
        {({ groups }) => {
          const counts = countStates(groups);
          const rows = toRows(groups, new Set(chosen), search);
          if (groups.length === 0) return <Empty title={t('none')}>{t('noneText')}</Empty>;
          return (
            <>
              <Group mb="md">
                <SearchBox label={t('search')} />
                <Chip.Group multiple value={chosen} onChange={(next) => setState(next.join(','))}>
                  <Group gap={6} role="group" aria-label={t('states')}>
                    {STATES.map((one) => (
                      <Chip key={one} value={one} size="xs" data-testid={`state-${one}`}>
                        {t(one)} ({counts[one]})
                      </Chip>
                    ))}
                  </Group>
                </Chip.Group>
              </Group>
              {rows.length === 0 && <Empty title={t('quiet')}>{t('quietText')}</Empty>}
              {rows.map((row) => (
                <RuleCard key={`${row.file} ${row.group} ${row.rule.name} ${row.rule.query}`} row={row} acks={acks.data ?? []} />
              ))}
            </>
          );
        }}
      </Asked>
    </PageFrame>
  );
}

function RuleCard({ row: { rule, group, alerts }, acks }: { row: AlertRow; acks: readonly ListedAck[] }) {
  const t = useT(texts);
  const [all, setAll] = useState(false);
  const head = (
    <>
      <StateBadge state={rule.state} />
      <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
        {rule.name}
      </Text>
      <Text size="xs" c="dimmed">
        {group}
      </Text>
      {alerts.length > 0 && (
        <Badge variant="default" tt="none">
          {t('alerts', { n: alerts.length })}
        </Badge>
      )}
    </>
  );
  return (
    <Fold head={head} open={rule.state === 'firing'} testId="alert-rule">
      <Stack gap={6}>
        <Group gap="xs">
          <Expr expr={rule.query} />
          {rule.duration > 0 && (
            <Text size="xs" c="dimmed">
              {t('for', { time: formatDuration(rule.duration * 1000) })}
            </Text>
          )}
          <Anchor component={Link} size="xs" to={`/backtest?rule=${encodeURIComponent(rule.name)}`}>
            {t('backtest')}
          </Anchor>
        </Group>
        {rule.labels && <LabelPills labels={rule.labels} />}
        {alerts.length > 0 && (
          <Table.ScrollContainer minWidth={620}>
            <Table verticalSpacing={6}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('labels')}</Table.Th>
                  <Table.Th>{t('states')}</Table.Th>
                  <Table.Th>{t('since')}</Table.Th>
                  <Table.Th>{t('value')}</Table.Th>
                  <Table.Th />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {(all ? alerts : alerts.slice(0, ROWS)).map((alert) => (
                  <AlertLine key={JSON.stringify(alert.labels)} alert={alert} acks={acks} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
        {!all && alerts.length > ROWS && (
          <Button size="compact-sm" variant="light" onClick={() => setAll(true)}>
            {t('more', { n: alerts.length })}
          </Button>
        )}
        {alerts.length === 0 && <Annotations annotations={rule.annotations} />}
      </Stack>
    </Fold>
  );
}

function AlertLine({ alert, acks }: { alert: RuleAlert; acks: readonly ListedAck[] }) {
  const t = useT(texts);
  const { nowMs } = useTime();
  const ack = ackOf(alert.labels, acks, nowMs);
  const filter = encodeURIComponent(filterText(equalTo(alert.labels)));
  return (
    <>
      <Table.Tr>
        <Table.Td style={{ verticalAlign: 'top' }}>
          <LabelPills labels={alert.labels} without={['alertname']} />
        </Table.Td>
        <Table.Td style={{ verticalAlign: 'top' }}>
          <StateBadge state={alert.state} />
          {ack && (
            <Text size="xs" c="dimmed">
              {t('ackBy', { owner: ack.owner })}
              {ack.note && `: ${ack.note}`}
            </Text>
          )}
        </Table.Td>
        <Table.Td style={{ verticalAlign: 'top' }}>
          <Ago at={alert.activeAt} />
          {alert.keepFiringSince && (
            <Text size="xs" c="dimmed" component="div">
              {t('kept')} <Ago at={alert.keepFiringSince} />
            </Text>
          )}
        </Table.Td>
        <Table.Td style={{ verticalAlign: 'top' }} ff="monospace">
          {Number(alert.value)}
        </Table.Td>
        <Table.Td style={{ verticalAlign: 'top' }}>
          {pageOptions().alertmanager && (
            <Group gap={4} wrap="nowrap">
              <Button size="compact-xs" variant="light" component={Link} to={`/silences/new?filter=${filter}`}>
                {t('silence')}
              </Button>
              {alert.state === 'firing' && <Acknowledge labels={alert.labels} acknowledged={ack} />}
              <Button size="compact-xs" variant="light" component={Link} to={`/why?filter=${filter}`}>
                {t('why')}
              </Button>
            </Group>
          )}
        </Table.Td>
      </Table.Tr>
      {Object.keys(alert.annotations).length > 0 && (
        <Table.Tr>
          <Table.Td colSpan={5} pt={0}>
            <Annotations annotations={alert.annotations} />
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}
