/** All metrics with type and help; a chosen one's labels and values, from which a selector is clicked together. */
import { Badge, Button, Group, Modal, ScrollArea, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useMemo, useState } from 'react';
import { getV1 } from '../../api/client';
import { Icon } from '../../components/Icon';
import { Asked, Empty } from '../../components/states';
import { useTime } from '../../components/time';
import { messages, useT } from '../../lib/i18n';
import { seriesName } from '../../lib/labels';
import { rank } from '../../lib/rank';

const texts = messages({
  title: ['Metrics', '메트릭'],
  search: ['Search by name or help', '이름이나 설명으로 검색'],
  none: ['No metric matches', '일치하는 메트릭이 없습니다'],
  more: ['{n} more: type to narrow down', '{n}개 더 있습니다. 검색해 좁히세요'],
  labels: ['Labels of {metric}', '{metric}의 레이블'],
  back: ['All metrics', '전체 메트릭'],
  use: ['Use this', '사용'],
  rate: ['Use as a rate', 'rate로 사용'],
  values: ['{n} {n|value|values}', '값 {n}개'],
});

/** Rows that are drawn at once. */
const ROWS = 200;
const VALUES = 40;

interface Metadata {
  type: string;
  help: string;
  unit: string;
}

interface Props {
  opened: boolean;
  close: () => void;
  choose: (expr: string) => void;
}

export function MetricBrowser({ opened, close, choose }: Props) {
  const t = useT(texts);
  const [metric, setMetric] = useState<string>();
  return (
    <Modal opened={opened} onClose={close} size="xl" title={metric ? t('labels', { metric }) : t('title')}>
      {opened && (metric ? <LabelsOf metric={metric} back={() => setMetric(undefined)} choose={choose} /> : <Metrics choose={setMetric} />)}
    </Modal>
  );
}

function Metrics({ choose }: { choose: (metric: string) => void }) {
  const t = useT(texts);
  const { resolved } = useTime();
  const [search, setSearch] = useState('');
  const wanted = useDeferredValue(search);
  const names = useQuery({
    queryKey: ['metric names', resolved.fromMs],
    queryFn: ({ signal }) => getV1<string[]>('/label/__name__/values', { start: resolved.fromMs / 1000, end: resolved.toMs / 1000 }, signal),
  });
  const metadata = useQuery({
    queryKey: ['metadata'],
    queryFn: ({ signal }) => getV1<Record<string, Metadata[]>>('/metadata', { limit_per_metric: 1 }, signal),
    staleTime: 60_000,
  });
  return (
    <Stack gap="sm">
      <TextInput
        data-autofocus
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
        placeholder={t('search')}
        aria-label={t('search')}
        leftSection={<Icon name="search" />}
      />
      <Asked result={names}>{(all) => <MetricList names={all} metadata={metadata.data ?? {}} wanted={wanted} choose={choose} />}</Asked>
    </Stack>
  );
}

interface ListProps {
  names: readonly string[];
  metadata: Record<string, Metadata[]>;
  wanted: string;
  choose: (metric: string) => void;
}

function MetricList({ names, metadata, wanted, choose }: ListProps) {
  const t = useT(texts);
  const about = (name: string) => metadata[name]?.[0] ?? metadata[name.replace(/_(bucket|sum|count|total)$/, '')]?.[0];
  const found = useMemo(
    () => (wanted.trim() === '' ? [...names] : rank(names, wanted, (name) => `${name} ${about(name)?.help ?? ''}`)),
    [names, metadata, wanted],
  );
  if (found.length === 0) return <Empty title={t('none')} />;
  return (
    <ScrollArea h="60vh" type="auto" viewportProps={{ tabIndex: 0, 'aria-label': t('title') }}>
      {found.slice(0, ROWS).map((name) => (
        <UnstyledButton key={name} className="palette-row" onClick={() => choose(name)} style={{ alignItems: 'flex-start' }}>
          <div style={{ flex: 1, minWidth: 0 }}>
            <Text size="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
              {name}
            </Text>
            <Text size="xs" c="dimmed">
              {about(name)?.help}
            </Text>
          </div>
          {about(name)?.type && <Badge size="sm" variant="default" tt="none">{about(name)?.type}</Badge>}
        </UnstyledButton>
      ))}
      {found.length > ROWS && (
        <Text size="sm" c="dimmed" p="xs">
          {t('more', { n: found.length - ROWS })}
        </Text>
      )}
    </ScrollArea>
  );
}

function LabelsOf({ metric, back, choose }: { metric: string; back: () => void; choose: (expr: string) => void }) {
  const t = useT(texts);
  const { resolved } = useTime();
  const [chosen, setChosen] = useState<Readonly<Record<string, string>>>({});
  const match = seriesName({ __name__: metric });
  const series = useQuery({
    queryKey: ['series of', match, resolved.fromMs],
    queryFn: ({ signal }) =>
      getV1<Record<string, string>[]>('/series', { 'match[]': [match], start: resolved.fromMs / 1000, end: resolved.toMs / 1000, limit: 10_000 }, signal),
  });
  const expr = seriesName({ __name__: metric, ...chosen });
  const counter = /_(total|count|sum|bucket)$/.test(metric);
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Button size="compact-sm" variant="subtle" leftSection={<Icon name="left" />} onClick={back}>
          {t('back')}
        </Button>
        <Group gap="xs">
          <Button size="compact-sm" onClick={() => choose(expr)}>
            {t('use')}
          </Button>
          {counter && (
            <Button size="compact-sm" variant="light" onClick={() => choose(`rate(${expr}[5m])`)}>
              {t('rate')}
            </Button>
          )}
        </Group>
      </Group>
      <Text size="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
        {expr}
      </Text>
      <Asked result={series}>
        {(all) => (
          <ScrollArea h="50vh" type="auto" viewportProps={{ tabIndex: 0, 'aria-label': t('labels', { metric }) }}>
            {labelValues(all).map(([name, values]) => (
              <Stack key={name} gap={4} mb="sm">
                <Group gap="xs">
                  <Text size="sm" fw={600} ff="monospace">
                    {name}
                  </Text>
                  <Text size="xs" c="dimmed">
                    {t('values', { n: values.length })}
                  </Text>
                </Group>
                <Group gap={4}>
                  {values.slice(0, VALUES).map((value) => (
                    <Button
                      key={value}
                      size="compact-xs"
                      variant={chosen[name] === value ? 'filled' : 'default'}
                      aria-pressed={chosen[name] === value}
                      onClick={() => setChosen(toggle(chosen, name, value))}
                    >
                      {value || '""'}
                    </Button>
                  ))}
                  {values.length > VALUES && (
                    <Text size="xs" c="dimmed">
                      + {values.length - VALUES}
                    </Text>
                  )}
                </Group>
              </Stack>
            ))}
          </ScrollArea>
        )}
      </Asked>
    </Stack>
  );
}

function toggle(chosen: Readonly<Record<string, string>>, name: string, value: string): Record<string, string> {
  const { [name]: before, ...rest } = chosen;
  return before === value ? rest : { ...rest, [name]: value };
}

/** Labels with their values, those with fewest values first: they divide best. */
function labelValues(series: readonly Readonly<Record<string, string>>[]): [string, string[]][] {
  const found = new Map<string, Set<string>>();
  for (const labels of series) {
    for (const [name, value] of Object.entries(labels)) {
      if (name === '__name__') continue;
      const values = found.get(name) ?? new Set();
      found.set(name, values.add(value));
    }
  }
  return [...found].map<[string, string[]]>(([name, values]) => [name, [...values].sort()]).sort((a, b) => a[1].length - b[1].length);
}
