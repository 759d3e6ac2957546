/** Each relabel rule of a pool with what it did to one target's labels. */
import { Card, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getV1 } from '../../api/client';
import type { Labels } from '../../api/status';
import { LabelPills } from '../../components/LabelPills';
import { StateBadge } from '../../components/StateBadge';
import { Asked, Empty } from '../../components/states';
import { messages, useT } from '../../lib/i18n';
import { difference } from './model';

const texts = messages({
  none: ['This pool has no relabel rules: targets keep their labels', '이 풀에는 재지정 규칙이 없어 레이블이 그대로 쓰입니다'],
  step: ['Step {n}', '{n}단계'],
  unchanged: ['Changed nothing', '바뀐 것이 없습니다'],
  dropped: ['Dropped the target here', '여기에서 대상을 제외했습니다'],
  before: ['Discovered', '찾은 레이블'],
});

interface Step {
  rule: Readonly<Record<string, unknown>>;
  output: Labels;
  keep: boolean;
}

export function RelabelSteps({ pool, labels }: { pool: string; labels: Labels }) {
  const t = useT(texts);
  const result = useQuery({
    queryKey: ['relabel', pool, labels],
    queryFn: ({ signal }) =>
      getV1<{ steps: Step[] }>('/targets/relabel_steps', { scrapePool: pool, labels: JSON.stringify(labels) }, signal),
  });
  return (
    <Asked result={result}>
      {({ steps }) =>
        steps.length === 0 ? (
          <Empty title={t('none')} />
        ) : (
          <Stack gap="sm">
            <div>
              <Text size="sm" fw={600} mb={4}>
                {t('before')}
              </Text>
              <LabelPills labels={labels} />
            </div>
            {steps.map((step, i) => (
              <OneStep key={i} step={step} number={i + 1} before={steps[i - 1]?.output ?? labels} />
            ))}
          </Stack>
        )
      }
    </Asked>
  );
}

function OneStep({ step, number, before }: { step: Step; number: number; before: Labels }) {
  const t = useT(texts);
  const changes = step.keep ? difference(before, step.output) : [];
  return (
    <Card withBorder p="sm" data-testid="relabel-step">
      <Text size="sm" fw={600}>
        {t('step', { n: number })}
      </Text>
      <Text size="xs" ff="monospace" c="dimmed" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {Object.entries(step.rule)
          .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
          .join('\n')}
      </Text>
      {!step.keep && <StateBadge state="down" text={t('dropped')} />}
      {step.keep && changes.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('unchanged')}
        </Text>
      )}
      {changes.map(({ name, from, to }) => (
        <Text key={name} size="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
          <b>{name}</b>: {from !== undefined && <del>{JSON.stringify(from)}</del>} {to !== undefined && <ins>{JSON.stringify(to)}</ins>}
        </Text>
      ))}
    </Card>
  );
}
