/** The answer at the end of the time range, as a table. */
import { ActionIcon, Button, Group, Table, Text, Tooltip, UnstyledButton } from '@mantine/core';
import { useMemo, useState } from 'react';
import { type QueryData, queryInstant } from '../../api/query';
import { Icon } from '../../components/Icon';
import { SeriesText } from '../../components/SeriesText';
import { useTime } from '../../components/time';
import { useT } from '../../lib/i18n';
import { formatTime } from '../../lib/times';
import { saveText } from '../../lib/save';
import { Answered, useAnswer } from './Answered';
import { HistogramView } from './HistogramView';
import { type Row, type SortBy, rowsOf, sortRows, toCsv } from './rows';
import { texts } from './texts';

/** Rows before "show all". */
const ROWS = 500;

export function TableTab({ expr }: { expr: string }) {
  const t = useT(texts);
  const { resolved, tick, zone } = useTime();
  const result = useAnswer(['instant', expr, resolved.toMs, tick], expr, (signal) => queryInstant(expr, resolved.toMs, false, signal));
  return (
    <Answered expr={expr} result={result} remark={t('at', { time: formatTime(resolved.toMs, zone) })}>
      {({ data }) => <Rows data={data} />}
    </Answered>
  );
}

function Rows({ data }: { data: QueryData }) {
  const t = useT(texts);
  const { zone } = useTime();
  const [by, setBy] = useState<SortBy>();
  const [down, setDown] = useState(true);
  const [all, setAll] = useState(false);
  const rows = useMemo(() => sortRows(rowsOf(data), by, down), [data, by, down]);
  const shown = all ? rows : rows.slice(0, ROWS);
  const sort = (next: SortBy) => {
    setDown(by === next ? !down : next === 'value');
    setBy(next);
  };
  const head = (column: SortBy, label: string) => (
    <Table.Th aria-sort={by === column ? (down ? 'descending' : 'ascending') : 'none'}>
      <UnstyledButton onClick={() => sort(column)} fw={600} fz="sm">
        <Group gap={4} wrap="nowrap">
          {label}
          {by === column && <Icon name={down ? 'down' : 'up'} size={12} />}
        </Group>
      </UnstyledButton>
    </Table.Th>
  );
  return (
    <>
      <Group justify="flex-end" mb={4}>
        <Tooltip label={t('csv')}>
          <ActionIcon variant="default" aria-label={t('csv')} onClick={() => saveText('query.csv', 'text/csv', toCsv(data))}>
            <Icon name="download" />
          </ActionIcon>
        </Tooltip>
      </Group>
      <Table.ScrollContainer minWidth={300}>
        <Table striped highlightOnHover verticalSpacing={4} data-testid="result-table">
          <Table.Thead>
            <Table.Tr>
              {head('name', t('series'))}
              {head('value', t('value'))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((row, i) => (
              <Table.Tr key={i}>
                <Table.Td style={{ verticalAlign: 'top' }}>
                  {Object.keys(row.series).length > 0 ? <SeriesText labels={row.series} /> : <Text size="sm" ff="monospace">{row.name}</Text>}
                </Table.Td>
                <Table.Td style={{ verticalAlign: 'top' }}>
                  <Value row={row} zone={zone} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {rows.length > shown.length && (
        <Group mt="xs">
          <Text size="sm">{t('rowsCut', { n: shown.length, all: rows.length })}</Text>
          <Button size="compact-sm" variant="light" onClick={() => setAll(true)}>
            {t('showAll')}
          </Button>
        </Group>
      )}
    </>
  );
}

function Value({ row, zone }: { row: Row; zone: 'local' | 'utc' }) {
  if (row.histogram) return <HistogramView histogram={row.histogram} />;
  if (row.samples) {
    return (
      <Text size="sm" ff="monospace" component="div">
        {row.samples.slice(-50).map(([at, value]) => (
          <div key={at}>
            {value} @ {formatTime(at * 1000, zone, true)}
          </div>
        ))}
      </Text>
    );
  }
  return (
    <Text size="sm" ff="monospace" fw={600}>
      {row.value}
    </Text>
  );
}
