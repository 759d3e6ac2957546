/** `/routing`: the tree of routes, and where an alert with given labels would go. */
import { Badge, Button, Card, Group, Stack, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Route } from '../../api/alerting';
import { getV2 } from '../../api/client';
import { LabelsInput, parseLabels } from '../../components/LabelsInput';
import { PageFrame } from '../../components/PageFrame';
import { StateBadge } from '../../components/StateBadge';
import { Asked } from '../../components/states';
import { formatDuration } from '../../lib/durations';
import { messages, useT } from '../../lib/i18n';
import { useUrlParam } from '../../lib/urlParams';
import { type RouteRow, toRows } from './model';

const texts = messages({
  title: ['Routing', '라우팅'],
  about: ['Every alert begins at the top and goes down to the first route that takes it; with “continue”, to later ones too.', '알림은 맨 위에서 시작해 처음 맞는 경로로 내려갑니다. continue가 있으면 다음 경로도 봅니다.'],
  where: ['Where would an alert with these labels go?', '이 레이블의 알림은 어디로 갈까요?'],
  ask: ['Show', '보기'],
  clear: ['Clear', '지우기'],
  goes: ['It goes to', '전달 대상'],
  told: ['told', '전달'],
  root: ['everything', '모든 알림'],
  continue: ['continue', 'continue'],
  grouped: ['grouped by {names}', '{names} 기준으로 묶음'],
  eachAlone: ['each alert alone', '알림마다 따로'],
  oneGroup: ['one group', '한 묶음'],
  timing: ['waits {wait}, again after {interval}, repeats after {repeat}', '{wait} 대기, {interval} 후 갱신, {repeat} 후 반복'],
  muted: ['muted during {names}', '{names} 동안 보내지 않음'],
  activeDuring: ['only during {names}', '{names} 동안만'],
  escalation: ['{receiver} after {time} without an answer', '{time} 동안 확인이 없으면 {receiver}'],
});

interface Tree {
  routes: readonly Route[];
  matching: readonly number[] | null;
}

export default function RoutingPage() {
  const t = useT(texts);
  const [stored, store] = useUrlParam('labels');
  const [text, setText] = useState(stored);
  const labels = parseLabels(stored) ?? {};
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const result = useQuery({
    queryKey: ['routes', pairs],
    queryFn: ({ signal }) => getV2<Tree>('/bongsu/routes', { label: pairs }, signal),
    placeholderData: keepPreviousData,
  });
  return (
    <PageFrame title={t('title')} about={t('about')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (parseLabels(text)) store(text.trim());
        }}
      >
        <Group align="flex-end" mb="md">
          <LabelsInput label={t('where')} value={text} onChange={setText} />
          <Button type="submit" disabled={!parseLabels(text)}>
            {t('ask')}
          </Button>
          {stored !== '' && (
            <Button
              variant="default"
              onClick={() => {
                setText('');
                store('');
              }}
            >
              {t('clear')}
            </Button>
          )}
        </Group>
      </form>
      <Asked result={result}>
        {({ routes, matching }) => {
          const rows = toRows(routes, matching);
          const told = rows.filter((row) => row.told);
          return (
            <Stack gap="xs">
              {matching && (
                <Group gap="xs" role="status" data-testid="told">
                  <Text fw={600}>{t('goes')}</Text>
                  {told.map((row) => (
                    <Badge key={row.index} size="lg" tt="none">
                      {row.route.receiver}
                    </Badge>
                  ))}
                </Group>
              )}
              {rows.map((row) => (
                <RouteCard key={row.index} row={row} asked={matching !== null} />
              ))}
            </Stack>
          );
        }}
      </Asked>
    </PageFrame>
  );
}

function RouteCard({ row: { route, depth, told, passed }, asked }: { row: RouteRow; asked: boolean }) {
  const t = useT(texts);
  const time = (seconds: number) => formatDuration(seconds * 1000);
  const grouping = route.groupBy.includes('...') ? t('eachAlone') : route.groupBy.length === 0 ? t('oneGroup') : t('grouped', { names: route.groupBy.join(', ') });
  return (
    <Card
      withBorder
      p="xs"
      ml={`min(${depth * 28}px, ${depth * 4}vw)`}
      // What the alert does not pass is dashed: paler words would be hard to read.
      style={{
        borderStyle: asked && !passed ? 'dashed' : undefined,
        borderLeft: told ? '4px solid var(--mantine-primary-color-filled)' : undefined,
      }}
      data-testid="route"
    >
      <Group gap="xs">
        {route.matchers.length === 0 && <Text size="sm">{t('root')}</Text>}
        {route.matchers.map((matcher) => (
          <Badge key={matcher} variant="default" tt="none" radius="sm" ff="monospace" fw={400}>
            {matcher}
          </Badge>
        ))}
        <Text size="sm">→</Text>
        <Text size="sm" fw={700}>
          {route.receiver}
        </Text>
        {route.continue && (
          <Badge size="sm" variant="light" tt="none">
            {t('continue')}
          </Badge>
        )}
        {told && <StateBadge state="active" text={t('told')} />}
      </Group>
      <Text size="xs" c="dimmed">
        {grouping} ·{' '}
        {t('timing', { wait: time(route.groupWaitSeconds), interval: time(route.groupIntervalSeconds), repeat: time(route.repeatIntervalSeconds) })}
        {route.muteTimeIntervals.length > 0 && ` · ${t('muted', { names: route.muteTimeIntervals.join(', ') })}`}
        {route.activeTimeIntervals.length > 0 && ` · ${t('activeDuring', { names: route.activeTimeIntervals.join(', ') })}`}
        {route.escalation.map((step) => ` · ${t('escalation', { receiver: step.receiver, time: time(step.afterSeconds) })}`)}
      </Text>
    </Card>
  );
}
