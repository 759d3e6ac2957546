/** `/backtest`: what a rule would have done in the time range, drawn on its graph, and who would have been told. */
import { Alert, Badge, Button, Card, Group, Stack, Table, Text, Textarea } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { getV1, send } from '../../api/client';
import { queryRange, seriesOf } from '../../api/query';
import type { RuleGroup } from '../../api/status';
import { TimeChart } from '../../components/chart/TimeChart';
import { toChart } from '../../components/chart/model';
import { LabelPills } from '../../components/LabelPills';
import { PageFrame } from '../../components/PageFrame';
import { StateBadge } from '../../components/StateBadge';
import { Asked, Empty, ErrorBox } from '../../components/states';
import { useTime } from '../../components/time';
import { roughDuration } from '../../lib/durations';
import { messages, useT } from '../../lib/i18n';
import { formatTime } from '../../lib/times';
import type { ResolvedRange } from '../../lib/timeRange';
import { useUrlParam } from '../../lib/urlParams';
import { type Band, type BacktestResult, EXAMPLE, bandsOf, drawnExpr, expressionsOf, findRule, ruleFile } from './model';

const texts = messages({
  title: ['Backtest', '백테스트'],
  about: ['What a rule would have done over the time range above, and who would have been told.', '위 시간 범위에서 규칙이 어떻게 동작했을지, 누가 알림을 받았을지 보여 줍니다.'],
  rules: ['Rule file', '규칙 파일'],
  run: ['Run over {length}', '{length} 동안 실행'],
  alerts: ['Alerts', '알림'],
  quiet: ['It would never have fired', '한 번도 발생하지 않았을 것입니다'],
  quietText: ['Look at the graph: how far is the value from the threshold?', '그래프에서 값이 기준과 얼마나 떨어져 있는지 보세요.'],
  notifications: ['Notifications that would have gone out', '전달되었을 알림'],
  noNotifications: ['Nobody would have been told.', '아무에게도 전달되지 않았을 것입니다.'],
  keptQuiet: ['{inhibited} kept quiet by other alerts, {muted} by time intervals', '다른 알림에 억제 {inhibited}건, 시간 구간에 억제 {muted}건'],
  truncated: ['There was more than is shown: choose a shorter range.', '결과가 더 있습니다. 시간 범위를 줄이세요.'],
  firing: ['{n} firing', '발생 {n}건'],
  resolved: ['{n} resolved', '해소 {n}건'],
  graph: ['Expression over time; coloured where pending (yellow) and firing (red)', '시간에 따른 식의 값. 대기는 노랑, 발생은 빨강'],
});

/** Alerts and messages that are drawn as rows. */
const ROWS_MAX = 100;

export default function BacktestPage() {
  const t = useT(texts);
  const { resolved } = useTime();
  const [wanted] = useUrlParam('rule');
  const [text, setText] = useState(EXAMPLE);
  const groups = useQuery({
    queryKey: ['alert rules for backtest'],
    queryFn: ({ signal }) => getV1<{ groups: RuleGroup[] }>('/rules', { type: 'alert', exclude_alerts: 'true' }, signal),
    enabled: wanted !== '',
  });
  useEffect(() => {
    const found = findRule(groups.data?.groups ?? [], wanted);
    if (found) setText(ruleFile(found.rule, found.interval));
  }, [groups.data, wanted]);
  const run = useMutation({
    mutationFn: async (range: ResolvedRange) => {
      const form = { rules: text, start: range.fromMs / 1000, end: range.toMs / 1000 };
      const answer = (await send('/api/v1/bongsu/backtest', { form })) as { data: BacktestResult };
      return { result: answer.data, range, expr: expressionsOf(text)[0] };
    },
  });
  return (
    <PageFrame title={t('title')} about={t('about')}>
      <Stack gap="md">
        <Textarea
          label={t('rules')}
          autosize
          minRows={8}
          maxRows={24}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          spellCheck={false}
        />
        <div>
          <Button loading={run.isPending} onClick={() => run.mutate(resolved)} data-testid="run">
            {t('run', { length: roughDuration(resolved.toMs - resolved.fromMs) })}
          </Button>
        </div>
        {run.error && <ErrorBox error={run.error} />}
        {run.data && <Outcome {...run.data} />}
      </Stack>
    </PageFrame>
  );
}

function Outcome({ result, range, expr }: { result: BacktestResult; range: ResolvedRange; expr: string | undefined }) {
  const t = useT(texts);
  const { zone } = useTime();
  const bands = useMemo(() => bandsOf(result), [result]);
  const alerts = result.rules.flatMap((rule) => rule.alerts.map((alert) => ({ ...alert, rule: rule.name })));
  const { notifications, quiet } = result;
  return (
    <>
      {result.truncated && <Alert color="yellow">{t('truncated')}</Alert>}
      {expr && <Drawing expr={drawnExpr(expr)} range={range} bands={bands} />}
      {alerts.length === 0 ? (
        <Empty title={t('quiet')}>{t('quietText')}</Empty>
      ) : (
        <Card withBorder p="sm" component="section" aria-label={t('alerts')} data-testid="outcome">
          <Text fw={600} mb="xs">
            {t('alerts')} ({alerts.length})
          </Text>
          <Stack gap="sm">
            {alerts.slice(0, ROWS_MAX).map((alert, i) => (
              <div key={i}>
                <LabelPills labels={alert.labels} />
                {alert.spans.slice(0, ROWS_MAX).map((span) => (
                  <Group key={`${span.from} ${span.state}`} gap="xs">
                    <StateBadge state={span.state === 'firing' ? 'firing' : 'pending'} />
                    <Text size="sm" ff="monospace">
                      {formatTime(Date.parse(span.from), zone)} – {formatTime(Date.parse(span.to), zone)}
                    </Text>
                    <Text size="sm" c="dimmed">
                      {roughDuration(Date.parse(span.to) - Date.parse(span.from))}
                    </Text>
                  </Group>
                ))}
              </div>
            ))}
          </Stack>
        </Card>
      )}
      {notifications && (
        <Card withBorder p="sm" component="section" aria-label={t('notifications')}>
          <Text fw={600} mb="xs">
            {t('notifications')} ({notifications.length})
          </Text>
          {notifications.length === 0 && <Text size="sm">{t('noNotifications')}</Text>}
          {quiet && (quiet.inhibited > 0 || quiet.muted > 0) && (
            <Text size="sm" c="dimmed">
              {t('keptQuiet', quiet)}
            </Text>
          )}
          <Table verticalSpacing={4} fz="sm">
            <Table.Tbody>
              {notifications.slice(0, ROWS_MAX).map((one, i) => (
                <Table.Tr key={i}>
                  <Table.Td ff="monospace">{formatTime(Date.parse(one.at), zone)}</Table.Td>
                  <Table.Td>
                    <Badge variant="default" tt="none">
                      {one.receiver} / {one.integration}
                    </Badge>
                  </Table.Td>
                  <Table.Td>
                    {[one.firing.length > 0 && t('firing', { n: one.firing.length }), one.resolved.length > 0 && t('resolved', { n: one.resolved.length })]
                      .filter(Boolean)
                      .join(', ')}
                  </Table.Td>
                  <Table.Td c="dimmed">{one.reason}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Card>
      )}
    </>
  );
}

function Drawing({ expr, range, bands }: { expr: string; range: ResolvedRange; bands: readonly Band[] }) {
  const t = useT(texts);
  const { zone } = useTime();
  const stepMs = Math.max(Math.floor((range.toMs - range.fromMs) / 300_000), 1) * 1000;
  const fromMs = Math.floor(range.fromMs / stepMs) * stepMs;
  const toMs = Math.floor(range.toMs / stepMs) * stepMs;
  const result = useQuery({
    queryKey: ['backtest graph', expr, fromMs, toMs, stepMs],
    queryFn: async ({ signal }) => (await queryRange({ query: expr, fromMs, toMs, stepMs }, signal)).data,
  });
  return (
    <Card withBorder p="sm">
      <Text size="sm" c="dimmed" mb={4}>
        {t('graph')}
      </Text>
      <Asked result={result}>
        {(data) => <TimeChart data={toChart(seriesOf(data) ?? [], fromMs, toMs, stepMs)} range={range} zone={zone} label={expr} bands={bands} height={260} />}
      </Asked>
    </Card>
  );
}
