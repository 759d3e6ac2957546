/** `/groups`: alerts as they are routed and grouped for each receiver, with what keeps them quiet, and what to do about them. */
import { Anchor, Badge, Button, Chip, Group, Select, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import type { Alert, AlertGroup } from '../../api/alerting';
import { getV2 } from '../../api/client';
import { Acknowledge } from '../../components/Acknowledge';
import { Ago } from '../../components/Ago';
import { Annotations } from '../../components/Annotations';
import { FilterBox } from '../../components/FilterBox';
import { Fold } from '../../components/Fold';
import { LabelPills } from '../../components/LabelPills';
import { PageFrame } from '../../components/PageFrame';
import { StateBadge } from '../../components/StateBadge';
import { Asked, Empty } from '../../components/states';
import { useTime } from '../../components/time';
import { pageOptions } from '../../lib/base';
import { messages, useT } from '../../lib/i18n';
import { equalTo, filterText, matcherText, parseMatchers } from '../../lib/labels';
import { exploreLink, safeLink } from '../../lib/links';
import { useUrlParam } from '../../lib/urlParams';
import { exprOf, stateOf, statesOf } from './model';

const texts = messages({
  title: ['Notification groups', '알림 그룹'],
  about: ['Alerts as they are routed and grouped for each receiver.', '수신자별로 라우팅되고 묶인 알림입니다.'],
  receiver: ['Receiver', '수신자'],
  anyReceiver: ['All receivers', '모든 수신자'],
  show: ['Also show', '함께 보기'],
  silenced: ['Silenced', '무음'],
  inhibited: ['Inhibited', '억제'],
  muted: ['Muted', '시간 외'],
  ungrouped: ['Not grouped', '묶지 않음'],
  silence: ['Silence', '무음 설정'],
  silenceGroup: ['Silence the group', '그룹 무음'],
  why: ['Why?', '왜?'],
  source: ['Query', '쿼리'],
  silencedBy: ['silenced by', '무음:'],
  inhibitedBy: ['kept quiet by {n} {n|other alert|other alerts}', '다른 알림 {n}건이 억제'],
  mutedBy: ['outside of its times: {names}', '시간 구간 밖: {names}'],
  ackBy: ['acknowledged by {owner}', '{owner} 확인'],
  since: ['since', '시작'],
  more: ['Show all {n}', '{n}건 모두 보기'],
  none: ['All is quiet', '알림이 없습니다'],
  noneText: ['No alert answers to the filter. Silenced and inhibited ones can be shown too.', '조건에 맞는 알림이 없습니다. 무음이나 억제된 알림도 볼 수 있습니다.'],
});

/** Alerts of a group before "show all". */
const ROWS = 30;
const HIDABLE = ['silenced', 'inhibited', 'muted'] as const;

export default function GroupsPage() {
  const t = useT(texts);
  const { tick } = useTime();
  const [filter] = useUrlParam('filter');
  const [receiver, setReceiver] = useUrlParam('receiver');
  const [show, setShow] = useUrlParam('show', 'silenced,inhibited,muted');
  const shown = show.split(',');
  const matchers = (parseMatchers(filter) ?? []).map(matcherText);
  const receivers = useQuery({ queryKey: ['receivers'], queryFn: ({ signal }) => getV2<{ name: string }[]>('/receivers', {}, signal) });
  const result = useQuery({
    queryKey: ['groups', filter, receiver, show, tick],
    queryFn: ({ signal }) =>
      getV2<AlertGroup[]>(
        '/alerts/groups',
        {
          filter: matchers,
          receiver: receiver && `^${receiver.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`,
          silenced: shown.includes('silenced'),
          inhibited: shown.includes('inhibited'),
          muted: shown.includes('muted'),
        },
        signal,
      ),
    placeholderData: (before) => before,
  });
  return (
    <PageFrame title={t('title')} about={t('about')}>
      <Group mb="md" align="flex-start">
        <FilterBox />
        <Select
          aria-label={t('receiver')}
          placeholder={t('anyReceiver')}
          data={(receivers.data ?? []).map((one) => one.name)}
          value={receiver || null}
          onChange={(next) => setReceiver(next ?? '')}
          clearable
          searchable
          w={200}
        />
        <Chip.Group multiple value={shown} onChange={(next) => setShow(next.join(',') || 'none')}>
          <Group gap={6} role="group" aria-label={t('show')} mt={4}>
            {HIDABLE.map((one) => (
              <Chip key={one} value={one} size="xs">
                {t(one)}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      </Group>
      <Asked result={result}>
        {(groups) => {
          const filled = groups.filter((group) => group.alerts.length > 0);
          if (filled.length === 0) return <Empty title={t('none')}>{t('noneText')}</Empty>;
          return filled.map((group) => (
            <GroupCard key={`${group.receiver.name} ${JSON.stringify(group.labels)} ${JSON.stringify(group.routeLabels)}`} group={group} />
          ));
        }}
      </Asked>
    </PageFrame>
  );
}

function GroupCard({ group }: { group: AlertGroup }) {
  const t = useT(texts);
  const [all, setAll] = useState(false);
  const head = (
    <>
      <Badge variant="filled" color="dark" tt="none" radius="sm">
        {group.receiver.name}
      </Badge>
      {Object.keys(group.labels).length > 0 ? <LabelPills labels={group.labels} /> : <Text size="sm">{t('ungrouped')}</Text>}
      {statesOf(group).map(([state, count]) => (
        <Group key={state} gap={4}>
          <StateBadge state={state} />
          <Text size="sm">{count}</Text>
        </Group>
      ))}
    </>
  );
  const rows = all ? group.alerts : group.alerts.slice(0, ROWS);
  return (
    <Fold head={head} testId="alert-group">
      {Object.keys(group.labels).length > 0 && (
        <Button size="compact-xs" variant="light" mb="xs" component={Link} to={`/silences/new?filter=${encodeURIComponent(filterText(equalTo(group.labels)))}`}>
          {t('silenceGroup')}
        </Button>
      )}
      <Stack gap="sm">
        {rows.map((alert) => (
          <AlertCard key={alert.fingerprint} alert={alert} groupLabels={group.labels} />
        ))}
      </Stack>
      {group.alerts.length > rows.length && (
        <Button size="compact-sm" variant="light" mt="xs" onClick={() => setAll(true)}>
          {t('more', { n: group.alerts.length })}
        </Button>
      )}
    </Fold>
  );
}

function AlertCard({ alert, groupLabels }: { alert: Alert; groupLabels: AlertGroup['labels'] }) {
  const t = useT(texts);
  const filter = encodeURIComponent(filterText(equalTo(alert.labels)));
  const expr = pageOptions().role === 'server' ? exprOf(alert.generatorURL) : undefined;
  const source = safeLink(alert.generatorURL ?? '');
  const { status, acknowledged } = alert;
  return (
    <div className="alert-card">
      <Group gap="xs" mb={4}>
        <StateBadge state={stateOf(alert)} />
        <Text size="sm" c="dimmed" component="span">
          {t('since')} <Ago at={alert.startsAt} />
        </Text>
        <Button size="compact-xs" variant="light" component={Link} to={`/silences/new?filter=${filter}`}>
          {t('silence')}
        </Button>
        <Acknowledge labels={alert.labels} fingerprint={alert.fingerprint} acknowledged={acknowledged} />
        <Button size="compact-xs" variant="light" component={Link} to={`/why?filter=${filter}`}>
          {t('why')}
        </Button>
        {expr ? (
          <Anchor component={Link} size="sm" to={exploreLink(expr)}>
            {t('source')}
          </Anchor>
        ) : (
          source && (
            <Anchor size="sm" href={source} rel="noreferrer">
              {t('source')}
            </Anchor>
          )
        )}
      </Group>
      {/* What the group shares is told by its head. */}
      <LabelPills labels={alert.labels} without={Object.keys(groupLabels)} />
      <Annotations annotations={alert.annotations} />
      {acknowledged && (
        <Text size="sm">
          {t('ackBy', { owner: acknowledged.owner })} <Ago at={acknowledged.at} />
          {acknowledged.note && `: ${acknowledged.note}`}
        </Text>
      )}
      {status.silencedBy.map((id) => (
        <Text key={id} size="sm">
          {t('silencedBy')}{' '}
          <Anchor component={Link} size="sm" ff="monospace" to={`/silences/${encodeURIComponent(id)}`}>
            {id}
          </Anchor>
        </Text>
      ))}
      {status.inhibitedBy.length > 0 && <Text size="sm">{t('inhibitedBy', { n: status.inhibitedBy.length })}</Text>}
      {(status.mutedBy ?? []).length > 0 && <Text size="sm">{t('mutedBy', { names: (status.mutedBy ?? []).join(', ') })}</Text>}
    </div>
  );
}
