/** `/receivers`: who is told, a test for each, and templates tried out. */
import { Badge, Button, Card, Code, Group, Stack, Table, Text, Textarea } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { getV2, postV2 } from '../../api/client';
import { LabelPills } from '../../components/LabelPills';
import { LabelsInput, parseLabels } from '../../components/LabelsInput';
import { PageFrame } from '../../components/PageFrame';
import { StateBadge } from '../../components/StateBadge';
import { Asked, Empty, ErrorBox } from '../../components/states';
import { messages, useT } from '../../lib/i18n';
import { readTestResults } from './model';

const texts = messages({
  title: ['Receivers', '수신자'],
  about: ['Who is told, and whether it would arrive.', '누구에게 전달되는지, 잘 도착하는지 확인합니다.'],
  labels: ['Labels of the test alert', '시험 알림의 레이블'],
  send: ['Send a test', '시험 전송'],
  groups: ['Its groups', '그룹 보기'],
  nothing: ['This receiver has nothing to send with: alerts routed here are shown, and nobody is told.', '전송 수단이 없습니다. 이 수신자로 온 알림은 화면에만 보이고 전달되지 않습니다.'],
  none: ['No receivers', '수신자가 없습니다'],
  noneText: ['Name some below receivers in the Alertmanager configuration.', 'Alertmanager 설정의 receivers에 적으세요.'],
  template: ['Try a template', '템플릿 미리 보기'],
  templateAbout: ['Go template, with the functions and data of notifications and the templates of the configuration.', '알림의 함수와 데이터, 설정의 템플릿을 쓸 수 있는 Go 템플릿입니다.'],
  text: ['Template', '템플릿'],
  render: ['Preview', '미리 보기'],
  result: ['Result', '결과'],
  place: ['Mistake in line {line}, byte {column}', '{line}번째 줄 {column}번째 바이트에 오류가 있습니다'],
});

interface Receiver {
  name: string;
  labels?: Readonly<Record<string, string>>;
}

export default function ReceiversPage() {
  const t = useT(texts);
  const [labels, setLabels] = useState('alertname="Test", severity="info"');
  const result = useQuery({ queryKey: ['receivers'], queryFn: ({ signal }) => getV2<Receiver[]>('/receivers', {}, signal) });
  return (
    <PageFrame title={t('title')} about={t('about')}>
      <Group mb="md">
        <LabelsInput label={t('labels')} value={labels} onChange={setLabels} />
      </Group>
      <Asked result={result}>
        {(receivers) =>
          receivers.length === 0 ? (
            <Empty title={t('none')}>{t('noneText')}</Empty>
          ) : (
            <Stack gap="sm">
              {receivers.map((receiver) => (
                <ReceiverCard key={receiver.name} receiver={receiver} labels={parseLabels(labels)} />
              ))}
            </Stack>
          )
        }
      </Asked>
      <Templates />
    </PageFrame>
  );
}

function ReceiverCard({ receiver, labels }: { receiver: Receiver; labels: Record<string, string> | undefined }) {
  const t = useT(texts);
  const test = useMutation({
    mutationFn: async () => readTestResults(await postV2('/bongsu/receivers/test', { receiver: receiver.name, labels })),
  });
  return (
    <Card withBorder p="sm" data-testid="receiver">
      <Group justify="space-between">
        <Group gap="xs">
          <Text fw={600}>{receiver.name}</Text>
          {receiver.labels && <LabelPills labels={receiver.labels} />}
        </Group>
        <Group gap="xs">
          <Button size="compact-sm" variant="subtle" component={Link} to={`/groups?receiver=${encodeURIComponent(receiver.name)}`}>
            {t('groups')}
          </Button>
          <Button size="compact-sm" variant="light" disabled={!labels} loading={test.isPending} onClick={() => test.mutate()}>
            {t('send')}
          </Button>
        </Group>
      </Group>
      {test.error && <ErrorBox error={test.error} />}
      {test.data?.length === 0 && (
        <Text size="sm" mt="xs">
          {t('nothing')}
        </Text>
      )}
      {test.data && test.data.length > 0 && (
        <Table verticalSpacing={4} mt="xs" fz="sm">
          <Table.Tbody>
            {test.data.map((one) => (
              <Table.Tr key={one.integration}>
                <Table.Td w={1}>
                  <Badge variant="default" tt="none">
                    {one.integration}
                  </Badge>
                </Table.Td>
                <Table.Td w={1}>
                  <StateBadge state={one.ok ? 'ok' : 'err'} />
                </Table.Td>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>{one.text}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Card>
  );
}

interface Rendered {
  text?: string;
  error?: string;
  line?: number | null;
  column?: number | null;
}

const EXAMPLE = `{{ range .Alerts }}{{ .Labels.alertname }}: {{ .Annotations.summary }}
{{ end }}`;

function Templates() {
  const t = useT(texts);
  const [text, setText] = useState(EXAMPLE);
  const render = useMutation({ mutationFn: () => postV2<Rendered>('/bongsu/templates/render', { text }) });
  return (
    <Card withBorder p="sm" mt="lg" component="section" aria-label={t('template')}>
      <Text fw={600}>{t('template')}</Text>
      <Text size="sm" c="dimmed" mb="xs">
        {t('templateAbout')}
      </Text>
      <Textarea
        aria-label={t('text')}
        autosize
        minRows={4}
        maxRows={16}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        spellCheck={false}
      />
      <Button mt="xs" size="xs" style={{ alignSelf: 'flex-start' }} loading={render.isPending} onClick={() => render.mutate()}>
        {t('render')}
      </Button>
      {render.error && <ErrorBox error={render.error} />}
      {render.data?.error !== undefined && (
        <ErrorBox error={render.data.error} title={render.data.line ? t('place', { line: render.data.line, column: render.data.column ?? 0 }) : undefined} />
      )}
      {render.data?.text !== undefined && (
        <Code block mt="xs" aria-label={t('result')} data-testid="rendered">
          {render.data.text}
        </Code>
      )}
    </Card>
  );
}
