/** `/rules`: groups with their rules, how they fared and what they cost. */
import { Anchor, Badge, Group, SegmentedControl, Stack, Switch, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router-dom';
import { getV1 } from '../../api/client';
import type { Rule, RuleGroup } from '../../api/status';
import { Ago } from '../../components/Ago';
import { Annotations } from '../../components/Annotations';
import { Expr } from '../../components/Expr';
import { Fold } from '../../components/Fold';
import { LabelPills } from '../../components/LabelPills';
import { PageFrame } from '../../components/PageFrame';
import { SearchBox } from '../../components/SearchBox';
import { StateBadge } from '../../components/StateBadge';
import { Asked, Empty, ErrorBox } from '../../components/states';
import { useTime } from '../../components/time';
import { formatDuration, roughDuration } from '../../lib/durations';
import { messages, useT } from '../../lib/i18n';
import { useUrlParam } from '../../lib/urlParams';
import { type Kind, filterGroups, healthOf } from './model';

const texts = messages({
  title: ['Rules', '규칙'],
  about: ['Recording and alerting rules, when they were evaluated, and what they cost.', '기록 규칙과 알림 규칙, 평가 시각과 비용을 보여 줍니다.'],
  search: ['Search name, expression, file', '이름, 식, 파일 검색'],
  all: ['All', '전체'],
  alerting: ['Alerting', '알림'],
  recording: ['Recording', '기록'],
  kind: ['Kind', '종류'],
  onlyErrors: ['Only failing', '오류만'],
  every: ['every {interval}', '{interval}마다'],
  last: ['last', '마지막'],
  took: ['took {time}', '{time} 걸림'],
  for: ['for {time}', '{time} 지속'],
  keep: ['keep firing for {time}', '해소 후 {time} 유지'],
  failing: ['{n} failing', '오류 {n}개'],
  rules: ['{n} {n|rule|rules}', '규칙 {n}개'],
  none: ['No rules', '규칙이 없습니다'],
  noneText: ['Name rule files below rule_files in the configuration, then reload.', '설정의 rule_files에 규칙 파일을 적고 다시 읽으세요.'],
  noMatch: ['No rule matches the filter', '조건에 맞는 규칙이 없습니다'],
  backtest: ['Backtest', '백테스트'],
});

export default function RulesPage() {
  const t = useT(texts);
  const { tick } = useTime();
  const [search] = useUrlParam('search');
  const [kind, setKind] = useUrlParam('type');
  const [errors, setErrors] = useUrlParam('errors');
  const result = useQuery({
    queryKey: ['rules', tick],
    queryFn: ({ signal }) => getV1<{ groups: RuleGroup[] }>('/rules', { exclude_alerts: 'true' }, signal),
    placeholderData: (before) => before,
  });
  return (
    <PageFrame title={t('title')} about={t('about')}>
      <Group mb="md">
        <SearchBox label={t('search')} />
        <SegmentedControl
          size="xs"
          aria-label={t('kind')}
          value={kind}
          onChange={setKind}
          data={[
            { value: '', label: t('all') },
            { value: 'alerting', label: t('alerting') },
            { value: 'recording', label: t('recording') },
          ]}
        />
        <Switch label={t('onlyErrors')} checked={errors === '1'} onChange={(event) => setErrors(event.currentTarget.checked ? '1' : '')} />
      </Group>
      <Asked result={result}>
        {({ groups }) => {
          const shown = filterGroups(groups, search, kind as Kind, errors === '1');
          if (groups.length === 0) return <Empty title={t('none')}>{t('noneText')}</Empty>;
          if (shown.length === 0) return <Empty title={t('noMatch')} />;
          return shown.map((group) => <GroupCard key={`${group.file} ${group.name}`} group={group} open={shown.length <= 20} />);
        }}
      </Asked>
    </PageFrame>
  );
}

function GroupCard({ group, open }: { group: RuleGroup; open: boolean }) {
  const t = useT(texts);
  const { err } = healthOf(group);
  const head = (
    <>
      <Text fw={600}>{group.name}</Text>
      <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
        {group.file}
      </Text>
      <Badge variant="default" tt="none">
        {t('rules', { n: group.rules.length })}
      </Badge>
      {err > 0 && <StateBadge state="err" text={t('failing', { n: err })} />}
      <Text size="xs" c="dimmed" component="span">
        {t('every', { interval: formatDuration(group.interval * 1000) })} · {t('last')} <Ago at={group.lastEvaluation} /> ·{' '}
        {t('took', { time: roughDuration(group.evaluationTime * 1000) })}
      </Text>
    </>
  );
  return (
    <Fold head={head} open={open} testId="group">
      <Table verticalSpacing={8}>
        <Table.Tbody>
          {group.rules.map((rule, i) => (
            <RuleRow key={i} rule={rule} />
          ))}
        </Table.Tbody>
      </Table>
    </Fold>
  );
}

function RuleRow({ rule }: { rule: Rule }) {
  const t = useT(texts);
  return (
    <Table.Tr>
      <Table.Td style={{ verticalAlign: 'top' }}>
        <Stack gap={4}>
          <Group gap="xs">
            <Text fw={600} size="sm" ff={rule.type === 'recording' ? 'monospace' : undefined} style={{ overflowWrap: 'anywhere' }}>
              {rule.name}
            </Text>
            <Badge size="sm" variant="default" tt="none">
              {t(rule.type)}
            </Badge>
            <StateBadge state={rule.health} />
            <Text size="xs" c="dimmed">
              {rule.type === 'alerting' && rule.duration > 0 && `${t('for', { time: formatDuration(rule.duration * 1000) })} · `}
              {rule.type === 'alerting' && rule.keepFiringFor > 0 && `${t('keep', { time: formatDuration(rule.keepFiringFor * 1000) })} · `}
              {t('took', { time: roughDuration(rule.evaluationTime * 1000) })}
            </Text>
            {rule.type === 'alerting' && (
              <Anchor component={Link} size="xs" to={`/backtest?rule=${encodeURIComponent(rule.name)}`}>
                {t('backtest')}
              </Anchor>
            )}
          </Group>
          <Expr expr={rule.query} />
          {rule.labels && Object.keys(rule.labels).length > 0 && <LabelPills labels={rule.labels} />}
          {rule.type === 'alerting' && <Annotations annotations={rule.annotations} />}
          {rule.lastError && <ErrorBox error={rule.lastError} />}
        </Stack>
      </Table.Td>
    </Table.Tr>
  );
}
