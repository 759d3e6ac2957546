/** `/why`: why was I paged, or not? The one answer, then everything that was decided, oldest first. */
import { Badge, Button, Card, Group, Stack, Text, TextInput, Timeline } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link } from 'react-router-dom';
import type { LedgerEntry, Why } from '../../api/alerting';
import { getV2 } from '../../api/client';
import { Acknowledge } from '../../components/Acknowledge';
import { FilterBox } from '../../components/FilterBox';
import { LabelPills } from '../../components/LabelPills';
import { PageFrame } from '../../components/PageFrame';
import { ackOf, useAcks } from '../../components/acks';
import { Asked, Empty } from '../../components/states';
import { useTime } from '../../components/time';
import { messages, useLanguage, useT } from '../../lib/i18n';
import { isComposing } from '../../lib/keyboard';
import { equalTo, filterText, matcherText, parseMatchers } from '../../lib/labels';
import { resolveTime } from '../../lib/timeRange';
import { formatTime } from '../../lib/times';
import { useUrlParam } from '../../lib/urlParams';
import { colourOf, zoneName } from './model';

const texts = messages({
  title: ['Why was I (not) paged?', '왜 알림이 왔나, 왜 안 왔나?'],
  about: ['Every decision about every alert is kept. Ask for an alert by its labels, at a moment if you like.', '모든 알림에 대한 결정이 기록됩니다. 레이블로 알림을 찾고, 필요하면 시각을 지정하세요.'],
  at: ['At', '시각'],
  atHint: ['now, or 2026-11-21 03:12', '지금, 또는 2026-11-21 03:12'],
  ledger: ['What was decided in the time range', '시간 범위 안의 결정'],
  truncated: ['Only the newest {n} are shown: narrow the time range or the filter.', '최근 {n}건만 표시합니다. 시간 범위나 조건을 좁히세요.'],
  next: ['next: {time}', '다음: {time}'],
  ask: ['Ask for an alert', '알림을 지정하세요'],
  askText: ['Write matchers such as alertname="TargetDown", or press “Why?” at an alert.', 'alertname="TargetDown"처럼 적거나 알림에서 “왜?”를 누르세요.'],
  noEntries: ['Nothing was decided in this time', '이 시간에 내려진 결정이 없습니다'],
  noEntriesText: ['Widen the time range, or loosen the matchers.', '시간 범위를 넓히거나 조건을 줄이세요.'],
  more: ['and {n} more', '외 {n}건'],
  silence: ['Silence', '무음 설정'],
  rewind: ['As of then', '이 시각 기준'],
});

const LIMIT = 500;

export default function WhyPage() {
  const t = useT(texts);
  const [filter] = useUrlParam('filter');
  const matchers = parseMatchers(filter) ?? [];
  const [at, setAt] = useUrlParam('at');
  return (
    <PageFrame title={t('title')} about={t('about')}>
      <Group mb="md" align="flex-start">
        <FilterBox />
        <AtBox at={at} onChange={setAt} />
      </Group>
      {matchers.length === 0 ? (
        <Empty title={t('ask')}>{t('askText')}</Empty>
      ) : (
        <Answer filters={matchers.map(matcherText)} at={at} />
      )}
      <Ledger filters={matchers.map(matcherText)} onRewind={setAt} />
    </PageFrame>
  );
}

function AtBox({ at, onChange }: { at: string; onChange: (at: string) => void }) {
  const t = useT(texts);
  const [text, setText] = useState(at);
  useEffect(() => setText(at), [at]);
  const apply = () => {
    if (text.trim() === '' || resolveTime(text, Date.now()) !== undefined) onChange(text.trim());
  };
  return (
    <TextInput
      aria-label={t('at')}
      placeholder={t('atHint')}
      value={text}
      w={220}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={apply}
      onKeyDown={(event) => event.key === 'Enter' && !isComposing(event.nativeEvent) && apply()}
    />
  );
}

function Answer({ filters, at }: { filters: readonly string[]; at: string }) {
  const t = useT(texts);
  const { language } = useLanguage();
  const { tick, zone, nowMs } = useTime();
  const acks = useAcks(tick);
  const atMs = at === '' ? undefined : resolveTime(at, Date.now(), false, zone);
  const result = useQuery({
    queryKey: ['why', filters, at, language, tick],
    queryFn: ({ signal }) =>
      getV2<Why>('/bongsu/why', { filter: filters, at: atMs === undefined ? undefined : new Date(atMs).toISOString(), lang: language, tz: zoneName(zone) }, signal),
    placeholderData: (before) => before,
  });
  return (
    <Asked result={result}>
      {({ text, alerts }) => (
        <Stack gap="sm" mb="lg">
          <Card withBorder p="md" bg="var(--mantine-color-blue-light)" data-testid="why">
            <Text fw={600}>{text}</Text>
          </Card>
          {alerts.map((alert) => (
            <Card key={alert.fingerprint} withBorder p="sm">
              <Group gap="xs" mb={4}>
                <Badge color={colourOf(alert.verdict)} tt="none">
                  {alert.verdict}
                </Badge>
                {alert.next && <Text size="sm">{t('next', { time: formatTime(Date.parse(alert.next), zone) })}</Text>}
              </Group>
              <LabelPills labels={alert.labels} />
              <Group gap="xs" mt={6}>
                <Acknowledge labels={alert.labels} fingerprint={alert.fingerprint} acknowledged={ackOf(alert.labels, acks.data ?? [], nowMs)} />
                <Button size="compact-xs" variant="light" component={Link} to={`/silences/new?filter=${encodeURIComponent(filterText(equalTo(alert.labels)))}`}>
                  {t('silence')}
                </Button>
              </Group>
              <Text size="sm" mt={6}>
                {alert.text}
              </Text>
              {(alert.receivers ?? []).map((one) => (
                <Text key={`${one.receiver} ${one.integration}`} size="sm" c="dimmed">
                  {one.receiver} / {one.integration}: {one.text}
                </Text>
              ))}
            </Card>
          ))}
        </Stack>
      )}
    </Asked>
  );
}

function Ledger({ filters, onRewind }: { filters: readonly string[]; onRewind: (at: string) => void }) {
  const t = useT(texts);
  const { language } = useLanguage();
  const { resolved, tick, zone } = useTime();
  const result = useQuery({
    queryKey: ['ledger', filters, resolved, language, tick],
    queryFn: ({ signal }) =>
      getV2<{ entries: LedgerEntry[]; truncated: boolean }>(
        '/bongsu/ledger',
        { filter: filters, start: new Date(resolved.fromMs).toISOString(), end: new Date(resolved.toMs).toISOString(), limit: LIMIT, lang: language, tz: zoneName(zone) },
        signal,
      ),
    placeholderData: (before) => before,
  });
  return (
    <section aria-label={t('ledger')}>
      <Text fw={600} mb="sm">
        {t('ledger')}
      </Text>
      <Asked result={result}>
        {({ entries, truncated }) =>
          entries.length === 0 ? (
            <Empty title={t('noEntries')}>{t('noEntriesText')}</Empty>
          ) : (
            <>
              {truncated && (
                <Text size="sm" c="dimmed" mb="xs">
                  {t('truncated', { n: LIMIT })}
                </Text>
              )}
              <Timeline bulletSize={14} lineWidth={2} active={entries.length}>
                {entries.map((entry, i) => (
                  <Timeline.Item key={i} color={colourOf(entry.kind)} data-testid="ledger-entry">
                    <Group gap="xs">
                      <Text size="sm" c="dimmed" ff="monospace">
                        {formatTime(Date.parse(entry.at), zone)}
                      </Text>
                      <Button size="compact-xs" variant="subtle" onClick={() => onRewind(formatTime(Date.parse(entry.at), zone))}>
                        {t('rewind')}
                      </Button>
                    </Group>
                    <Text size="sm">{entry.text}</Text>
                    {(entry.alerts ?? []).length > 0 && filters.length === 0 && (
                      <Group gap={6} mt={4}>
                        {(entry.alerts ?? []).slice(0, 3).map((alert) => (
                          <LabelPills key={alert.fingerprint} labels={alert.labels} />
                        ))}
                        {(entry.alertCount ?? 0) > 3 && <Text size="xs">{t('more', { n: (entry.alertCount ?? 0) - 3 })}</Text>}
                      </Group>
                    )}
                  </Timeline.Item>
                ))}
              </Timeline>
            </>
          )
        }
      </Asked>
    </section>
  );
}
