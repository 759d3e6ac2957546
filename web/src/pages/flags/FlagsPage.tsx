/** `/flags`: every flag with the value in force. */
import { Group, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { getV1 } from '../../api/client';
import { PageFrame } from '../../components/PageFrame';
import { SearchBox } from '../../components/SearchBox';
import { Asked, Empty } from '../../components/states';
import { messages, useT } from '../../lib/i18n';
import { useUrlParam } from '../../lib/urlParams';

const texts = messages({
  title: ['Flags', '플래그'],
  about: ['What the server was started with, defaults included.', '서버가 시작될 때 적용된 플래그와 기본값입니다.'],
  search: ['Search flags', '플래그 검색'],
  flag: ['Flag', '플래그'],
  value: ['Value', '값'],
  none: ['No flag matches', '일치하는 플래그가 없습니다'],
});

export default function FlagsPage() {
  const t = useT(texts);
  const [search] = useUrlParam('search');
  const result = useQuery({
    queryKey: ['flags'],
    queryFn: ({ signal }) => getV1<Record<string, string>>('/status/flags', {}, signal),
  });
  return (
    <PageFrame title={t('title')} about={t('about')}>
      <Group mb="md">
        <SearchBox label={t('search')} />
      </Group>
      <Asked result={result}>{(flags) => <Flags flags={flags} search={search} />}</Asked>
    </PageFrame>
  );
}

function Flags({ flags, search }: { flags: Record<string, string>; search: string }) {
  const t = useT(texts);
  const rows = useMemo(() => {
    const wanted = search.trim().toLowerCase();
    return Object.entries(flags)
      .filter(([name, value]) => `--${name}=${value}`.toLowerCase().includes(wanted))
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }, [flags, search]);
  if (rows.length === 0) return <Empty title={t('none')} />;
  return (
    <Table striped highlightOnHover verticalSpacing={6}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('flag')}</Table.Th>
          <Table.Th>{t('value')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody ff="monospace" fz="sm">
        {rows.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>--{name}</Table.Td>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
