/** What the query touches and costs: the engine's plan as a tree, each node with its share of the time. */
import { Badge, Group, Progress, Switch, Table, Text, Tooltip } from '@mantine/core';
import { type ExplainNode, queryRange } from '../../api/query';
import { Empty } from '../../components/states';
import { useTime } from '../../components/time';
import { roughDuration } from '../../lib/durations';
import { messages, useT } from '../../lib/i18n';
import { formatBytes, formatCount } from '../../lib/numbers';
import { Answered, useAnswer } from './Answered';
import { flatten } from './explainModel';
import { type PanelState, stepFor } from './model';

const texts = messages({
  node: ['Part of the query', '쿼리의 부분'],
  series: ['Series', '시계열'],
  samples: ['Samples', '표본'],
  bytes: ['Memory', '메모리'],
  time: ['Own time', '자체 시간'],
  total: ['With what lies below: {time}', '하위 포함: {time}'],
  reusable: ['{n} steps of this answer can be used again by the next refresh', '다음 새로 고침에서 {n}개 지점을 다시 쓸 수 있습니다'],
  withCache: ['With the answers that are kept', '저장된 결과 사용'],
  cached: ['{n} from cache', '캐시 {n}'],
  none: ['The server gave no explanation', '서버가 실행 설명을 주지 않았습니다'],
  about: [
    'The query was evaluated over the page’s time range; figures are what that took. The costliest part is marked.',
    '화면의 시간 범위로 쿼리를 실행하며 측정한 값입니다. 비용이 가장 큰 부분을 표시합니다.',
  ],
});

interface Props {
  state: PanelState;
  onChange: (state: PanelState) => void;
}

export function ExplainTab({ state, onChange }: Props) {
  const t = useT(texts);
  const { resolved, tick } = useTime();
  const stepMs = stepFor(state.resolution, resolved.fromMs, resolved.toMs);
  // The steps that the graph asks for: those are kept.
  const fromMs = Math.floor(resolved.fromMs / stepMs) * stepMs;
  const toMs = Math.floor(resolved.toMs / stepMs) * stepMs;
  const request = { query: state.expr, fromMs, toMs, stepMs, explain: true, cached: state.cached };
  const tools = (
    <Switch size="xs" label={t('withCache')} checked={state.cached} onChange={(event) => onChange({ ...state, cached: event.currentTarget.checked })} />
  );
  const result = useAnswer(['explain', state.expr, fromMs, toMs, stepMs, state.cached, tick], state.expr, (signal) => queryRange(request, signal));
  return (
    <Answered expr={state.expr} result={result} tools={tools}>
      {({ data }) =>
        data.explain ? (
          <>
            <Text size="sm" c="dimmed" mb="xs">
              {t('about')}
              {data.cache && data.cache.reusableSteps > 0 && ` ${t('reusable', { n: data.cache.reusableSteps })}`}
            </Text>
            <Tree root={data.explain} />
          </>
        ) : (
          <Empty title={t('none')} />
        )
      }
    </Answered>
  );
}

function Tree({ root }: { root: ExplainNode }) {
  const t = useT(texts);
  const rows = flatten(root);
  const total = Math.max(root.seconds, Number.MIN_VALUE);
  const most = Math.max(...rows.map(({ node }) => node.selfSeconds));
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table verticalSpacing={4} data-testid="explain">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('node')}</Table.Th>
            <Table.Th ta="right">{t('series')}</Table.Th>
            <Table.Th ta="right">{t('samples')}</Table.Th>
            <Table.Th ta="right">{t('bytes')}</Table.Th>
            <Table.Th w={190}>{t('time')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ node, depth, key }) => (
            <Table.Tr key={key} bg={node.selfSeconds === most ? 'var(--mantine-color-orange-light)' : undefined}>
              <Table.Td style={{ paddingLeft: 10 + depth * 22 }}>
                <Group gap={6} wrap="nowrap" align="baseline">
                  <Badge size="sm" variant="default" tt="none" radius="sm" style={{ flexShrink: 0 }}>
                    {node.kind}
                  </Badge>
                  <Tooltip label={node.expr} multiline maw={560} openDelay={400}>
                    <Text size="sm" ff="monospace" lineClamp={2} style={{ overflowWrap: 'anywhere' }}>
                      {node.detail ?? node.expr}
                    </Text>
                  </Tooltip>
                  {node.tier && <Badge size="xs">{node.tier}</Badge>}
                  {node.cacheHits > 0 && <Badge size="xs" color="green">{t('cached', { n: node.cacheHits })}</Badge>}
                </Group>
              </Table.Td>
              <Table.Td ta="right" ff="monospace">{formatCount(node.series)}</Table.Td>
              <Table.Td ta="right" ff="monospace">{formatCount(node.samples)}</Table.Td>
              <Table.Td ta="right" ff="monospace">{formatBytes(node.bytes)}</Table.Td>
              <Table.Td>
                <Tooltip label={t('total', { time: roughDuration(node.seconds * 1000) })}>
                  <Group gap={6} wrap="nowrap">
                    <Progress value={Math.round((node.selfSeconds / total) * 100)} w={90} size="sm" aria-label={t('time')} />
                    <Text size="xs" ff="monospace">{roughDuration(node.selfSeconds * 1000)}</Text>
                  </Group>
                </Tooltip>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
