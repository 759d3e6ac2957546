/** Reports: dashboards that are mailed on a schedule. They are written in provisioning files; here one sees them and sends one now. */
import { Button, Code, Group, Table, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router-dom';
import { type Report, listReports, sendReport } from '../../api/reports';
import { Ago } from '../../components/Ago';
import { StateBadge } from '../../components/StateBadge';
import { Asked, Empty, ErrorBox } from '../../components/states';
import { messages, useT } from '../../lib/i18n';

const texts = messages({
  name: ['Report', '보고서'],
  when: ['When', '시각'],
  who: ['To', '받는 사람'],
  last: ['Last run', '마지막 발송'],
  next: ['Next run', '다음 발송'],
  send: ['Send now', '지금 보내기'],
  sent: ['Sent', '보냈습니다'],
  none: ['No reports', '보고서가 없습니다'],
  noneText: ['Write some below reports in a provisioning file: a dashboard, a schedule, recipients.', '프로비저닝 파일의 reports에 대시보드, 일정, 받는 사람을 적으세요.'],
  missing: ['This server sends no reports', '이 서버는 보고서를 보내지 않습니다'],
});

export function ReportsView() {
  const t = useT(texts);
  const result = useQuery({ queryKey: ['reports'], queryFn: ({ signal }) => listReports(signal), retry: false });
  return (
    <Asked result={result}>
      {(reports) => {
        if (reports === undefined) return <Empty title={t('missing')}>{t('noneText')}</Empty>;
        if (reports.length === 0) return <Empty title={t('none')}>{t('noneText')}</Empty>;
        return (
          <Table.ScrollContainer minWidth={720}>
            <Table verticalSpacing={6}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('name')}</Table.Th>
                  <Table.Th>{t('when')}</Table.Th>
                  <Table.Th>{t('who')}</Table.Th>
                  <Table.Th>{t('last')}</Table.Th>
                  <Table.Th>{t('next')}</Table.Th>
                  <Table.Th aria-label={t('send')} />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {reports.map((report) => (
                  <ReportLine key={report.name} report={report} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        );
      }}
    </Asked>
  );
}

function ReportLine({ report }: { report: Report }) {
  const t = useT(texts);
  const queries = useQueryClient();
  // Also a run that failed is told in the list.
  const send = useMutation({ mutationFn: () => sendReport(report.name), onSettled: () => queries.invalidateQueries({ queryKey: ['reports'] }) });
  return (
    <Table.Tr data-testid="report">
      <Table.Td>
        <Text component={Link} to={`/d/${encodeURIComponent(report.dashboardUid)}`} fw={600} size="sm">
          {report.name}
        </Text>
        <Text size="xs" c="dimmed">
          {[report.dashboardTitle, report.formats.join(', ')].filter(Boolean).join(' · ')}
        </Text>
      </Table.Td>
      <Table.Td>
        <Code>{report.schedule}</Code>{' '}
        <Text span size="xs" c="dimmed">
          {report.timeZone}
        </Text>
      </Table.Td>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>{report.recipients.join(', ')}</Table.Td>
      <Table.Td>
        {report.lastRun ? <Ago at={report.lastRun} /> : '–'}
        {report.lastError && (
          <Group gap={4}>
            <StateBadge state="err" />
            <Text size="xs" style={{ overflowWrap: 'anywhere' }}>
              {report.lastError}
            </Text>
          </Group>
        )}
      </Table.Td>
      <Table.Td>{report.nextRun ? <Ago at={report.nextRun} /> : '–'}</Table.Td>
      <Table.Td ta="right">
        <Button size="compact-xs" variant="light" loading={send.isPending} onClick={() => send.mutate()} aria-label={`${t('send')}: ${report.name}`}>
          {t('send')}
        </Button>
        {send.isSuccess && (
          <Text size="xs" role="status">
            {t('sent')}
          </Text>
        )}
        {send.error && <ErrorBox error={send.error} />}
      </Table.Td>
    </Table.Tr>
  );
}
