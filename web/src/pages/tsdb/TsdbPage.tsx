/** `/tsdb-status`: the head in figures, memory, what has the most series, blocks on disk, and what to do about it. */
import { Alert, Button, Card, Code, CopyButton, Grid, Group, Modal, NumberInput, Progress, Stack, Table, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { getV1, send } from '../../api/client';
import type { Block, NamedCount, TsdbStatus } from '../../api/status';
import { PageFrame } from '../../components/PageFrame';
import { Asked, ErrorBox } from '../../components/states';
import { useTime } from '../../components/time';
import { pageOptions } from '../../lib/base';
import { roughDuration } from '../../lib/durations';
import { useT } from '../../lib/i18n';
import { exploreLink } from '../../lib/links';
import { formatBytes, formatCount } from '../../lib/numbers';
import { formatTime } from '../../lib/times';
import { useUrlParam } from '../../lib/urlParams';
import { type DropTarget, dropRule, growthQuery, parsePair, selectorOf } from './model';
import { texts } from './texts';

/** The server gives no more. */
const LIMIT_MAX = 10_000;

export default function TsdbPage() {
  const t = useT(texts);
  const { tick } = useTime();
  const [limit, setLimit] = useUrlParam('limit', '10');
  const [drop, setDrop] = useState<DropTarget>();
  const rows = Math.min(Math.max(Number.parseInt(limit, 10) || 10, 1), LIMIT_MAX);
  const result = useQuery({
    queryKey: ['tsdb', rows, tick],
    queryFn: ({ signal }) => getV1<TsdbStatus>('/status/tsdb', { limit: rows }, signal),
    placeholderData: (before) => before,
  });
  const tool = (
    <NumberInput label={t('rows')} size="xs" w={110} min={1} max={LIMIT_MAX} value={rows} onChange={(value) => setLimit(String(value))} />
  );
  return (
    <PageFrame title={t('title')} about={t('about')} actions={tool}>
      <Asked result={result}>{(status) => <Status status={status} onDrop={setDrop} />}</Asked>
      <Blocks />
      <Modal opened={drop !== undefined} onClose={() => setDrop(undefined)} title={t('dropTitle')} size="lg">
        {drop && <DropHelp target={drop} />}
      </Modal>
    </PageFrame>
  );
}

function Status({ status, onDrop }: { status: TsdbStatus; onDrop: (target: DropTarget) => void }) {
  const t = useT(texts);
  const { zone } = useTime();
  const { headStats: head, bongsu } = status;
  const empty = head.minTime > head.maxTime;
  const figures: [string, string][] = [
    [t('series'), formatCount(head.numSeries)],
    [t('pairs'), formatCount(head.numLabelPairs)],
    [t('chunks'), formatCount(head.chunkCount)],
    [t('since'), empty ? '–' : formatTime(head.minTime, zone)],
    [t('until'), empty ? '–' : formatTime(head.maxTime, zone)],
  ];
  return (
    <>
      <Group gap="sm" mb="md" align="stretch">
        {figures.map(([name, value]) => (
          <Card key={name} withBorder p="sm" style={{ flex: '1 1 130px' }}>
            <Text size="xs" c="dimmed">
              {name}
            </Text>
            <Text fw={700}>{value}</Text>
          </Card>
        ))}
      </Group>
      {bongsu && <Memory bongsu={bongsu} />}
      <Grid gap="md">
        <Top title={t('byMetric')} column={t('series')} rows={status.seriesCountByMetricName} total={head.numSeries} target={(name) => ({ kind: 'metric', name })} onDrop={onDrop} />
        <Top title={t('byLabel')} column={t('values')} rows={status.labelValueCountByLabelName} target={(name) => ({ kind: 'label', name })} onDrop={onDrop} />
        <Top title={t('byMemory')} column={t('memory')} rows={status.memoryInBytesByLabelName} bytes target={(name) => ({ kind: 'label', name })} onDrop={onDrop} />
        <Top
          title={t('byPair')}
          column={t('series')}
          rows={status.seriesCountByLabelValuePair}
          total={head.numSeries}
          target={(pair) => ({ kind: 'pair', ...parsePair(pair) })}
          onDrop={onDrop}
        />
      </Grid>
    </>
  );
}

function Memory({ bongsu: { memory, refusedSeries, refusedSeriesOrigins, refusedSeriesLabels } }: { bongsu: NonNullable<TsdbStatus['bongsu']> }) {
  const t = useT(texts);
  const colours = ['blue', 'cyan', 'teal', 'orange', 'grape', 'gray'];
  const refused = refusedSeries.filter((one) => one.value > 0);
  return (
    <Card withBorder p="sm" mb="md">
      <Text fw={600} size="sm" mb={6}>
        {t('memoryUse', { used: formatBytes(memory.heldBytes), limit: formatBytes(memory.limitBytes) })}
      </Text>
      <Progress.Root size="lg" aria-label={t('memory')}>
        {memory.usedBytes.map((part, i) => (
          <Progress.Section key={part.name} value={percent(part.value, memory.limitBytes)} color={colours[i % colours.length]} aria-label={part.name} />
        ))}
      </Progress.Root>
      <Group gap="md" mt={6}>
        {memory.usedBytes.map((part, i) => (
          <Text key={part.name} size="xs">
            <span className="chart-swatch" style={{ background: `var(--mantine-color-${colours[i % colours.length]}-6)`, display: 'inline-block', width: 10, height: 10, marginRight: 4 }} />
            {part.name} {formatBytes(part.value)}
          </Text>
        ))}
      </Group>
      {refused.length > 0 && (
        <Alert color="yellow" mt="sm" title={t('refused')}>
          {[...refused, ...refusedSeriesOrigins, ...refusedSeriesLabels].map((one) => (
            <Text key={one.name} size="sm">
              {one.name}: {formatCount(one.value)}
            </Text>
          ))}
        </Alert>
      )}
    </Card>
  );
}

interface TopProps {
  title: string;
  column: string;
  rows: readonly NamedCount[];
  total?: number;
  bytes?: boolean;
  target: (name: string) => DropTarget;
  onDrop: (target: DropTarget) => void;
}

function Top({ title, column, rows, total, bytes, target, onDrop }: TopProps) {
  const t = useT(texts);
  const most = Math.max(total ?? 0, ...rows.map((row) => row.value));
  return (
    <Grid.Col span={{ base: 12, lg: 6 }}>
      <Card withBorder p="sm" h="100%">
        <Text fw={600} size="sm" mb={6}>
          {title}
        </Text>
        <Table verticalSpacing={3} fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('name')}</Table.Th>
              <Table.Th ta="right" w={150}>
                {column}
              </Table.Th>
              <Table.Th w={1} />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.name}>
                <Table.Td ff="monospace" style={{ overflowWrap: 'anywhere' }}>
                  {row.name}
                </Table.Td>
                <Table.Td ta="right">
                  <Text size="sm" ff="monospace">
                    {bytes ? formatBytes(row.value) : formatCount(row.value)}
                  </Text>
                  <Progress value={percent(row.value, most)} size={4} aria-label={column} />
                </Table.Td>
                <Table.Td>
                  <Button size="compact-xs" variant="subtle" onClick={() => onDrop(target(row.name))} aria-label={`${t('act')}: ${row.name}`}>
                    {t('act')}
                  </Button>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Card>
    </Grid.Col>
  );
}

function DropHelp({ target }: { target: DropTarget }) {
  const t = useT(texts);
  const rule = dropRule(target);
  const selector = selectorOf(target);
  const remove = useMutation({
    mutationFn: () => send('/api/v1/admin/tsdb/delete_series', { method: 'POST', query: { 'match[]': [selector] } }),
  });
  return (
    <Stack gap="sm">
      <Text size="sm">{t('dropText')}</Text>
      <Code block data-testid="drop-rule">{rule}</Code>
      <Group>
        <CopyButton value={rule}>
          {({ copied, copy }) => (
            <Button size="xs" onClick={copy}>
              {copied ? t('copied') : t('copy')}
            </Button>
          )}
        </CopyButton>
        <Button size="xs" variant="light" component={Link} to={exploreLink(selector, 'table')}>
          {t('look')}
        </Button>
        <Button size="xs" variant="light" component={Link} to={exploreLink(growthQuery(target, target.kind === 'metric' ? 'job' : '__name__'))}>
          {t('growth')}
        </Button>
      </Group>
      {pageOptions().adminApi && target.kind !== 'label' && (
        <>
          <Text size="sm" mt="sm">
            {t('deleteText', { selector })}
          </Text>
          <Group>
            <Button size="xs" color="red" variant="light" loading={remove.isPending} onClick={() => remove.mutate()}>
              {t('delete')}
            </Button>
            {remove.isSuccess && <Text size="sm">{t('deleted')}</Text>}
          </Group>
          {remove.error && <ErrorBox error={remove.error} />}
        </>
      )}
    </Stack>
  );
}

function Blocks() {
  const t = useT(texts);
  const { tick, zone } = useTime();
  const result = useQuery({
    queryKey: ['blocks', tick],
    queryFn: ({ signal }) => getV1<{ blocks: Block[] }>('/status/tsdb/blocks', {}, signal),
    placeholderData: (before) => before,
  });
  return (
    <Card withBorder p="sm" mt="md">
      <Text fw={600} size="sm" mb={6}>
        {t('blocks')}
      </Text>
      <Asked result={result}>
        {({ blocks }) =>
          blocks.length === 0 ? (
            <Text size="sm" c="dimmed">
              {t('noBlocks')}
            </Text>
          ) : (
            <Table.ScrollContainer minWidth={560}>
              <Table verticalSpacing={3} fz="sm">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>ULID</Table.Th>
                    <Table.Th>{t('since')}</Table.Th>
                    <Table.Th>{t('length')}</Table.Th>
                    <Table.Th ta="right">{t('series')}</Table.Th>
                    <Table.Th ta="right">{t('samples')}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {blocks.map((block) => (
                    <Table.Tr key={block.ulid}>
                      <Table.Td ff="monospace">{block.ulid}</Table.Td>
                      <Table.Td>{formatTime(block.minTime, zone)}</Table.Td>
                      <Table.Td>{roughDuration(block.maxTime - block.minTime)}</Table.Td>
                      <Table.Td ta="right">{formatCount(block.stats?.numSeries ?? 0)}</Table.Td>
                      <Table.Td ta="right">{formatCount(block.stats?.numSamples ?? 0)}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }
      </Asked>
    </Card>
  );
}

/** A share in percent, to a hundredth: screen readers know no exponents. */
function percent(part: number, whole: number): number {
  return whole > 0 ? Math.round((part / whole) * 10_000) / 100 : 0;
}
