/** Data sources: listed, tested, made, changed, removed. */
import { Badge, Button, Card, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type DataSource, deleteDataSource, listDataSources, testDataSource } from '../../api/dataSources';
import { ConfirmButton } from '../../components/ConfirmButton';
import { Icon } from '../../components/Icon';
import { SearchBox } from '../../components/SearchBox';
import { StateBadge } from '../../components/StateBadge';
import { Asked, Empty, ErrorBox } from '../../components/states';
import { messages, useT } from '../../lib/i18n';
import { useUrlParam } from '../../lib/urlParams';
import { DataSourceDialog } from './DataSourceDialog';
import { kindOf } from './dataSourceKinds';
import { useChange } from './useChange';

const texts = messages({
  search: ['Search data sources', '데이터 소스 검색'],
  add: ['New data source', '데이터 소스 추가'],
  none: ['No data source matches', '일치하는 데이터 소스가 없습니다'],
  standard: ['default', '기본'],
  readOnly: ['from a file, or built in: it cannot be changed here', '파일에서 왔거나 내장된 것으로 여기서 바꿀 수 없습니다'],
  test: ['Test', '시험'],
  edit: ['Edit', '편집'],
  remove: ['Delete', '삭제'],
});

export function DataSourcesView() {
  const t = useT(texts);
  const [search] = useUrlParam('search');
  const [editing, setEditing] = useState<string>();
  const result = useQuery({ queryKey: ['data source list'], queryFn: ({ signal }) => listDataSources(signal) });
  return (
    <>
      <Group mb="md">
        <SearchBox label={t('search')} />
        <Button leftSection={<Icon name="plus" />} onClick={() => setEditing('')}>
          {t('add')}
        </Button>
      </Group>
      <Asked result={result}>
        {(sources) => {
          const wanted = search.trim().toLowerCase();
          const found = sources.filter((one) => `${one.name} ${one.type} ${one.url}`.toLowerCase().includes(wanted));
          if (found.length === 0) return <Empty title={t('none')} />;
          return (
            <Stack gap="xs">
              {found.map((source) => (
                <SourceCard key={source.uid} source={source} onEdit={() => setEditing(source.uid)} />
              ))}
            </Stack>
          );
        }}
      </Asked>
      {editing !== undefined && <DataSourceDialog uid={editing} onClose={() => setEditing(undefined)} />}
    </>
  );
}

function SourceCard({ source, onEdit }: { source: DataSource; onEdit: () => void }) {
  const t = useT(texts);
  const test = useMutation({ mutationFn: () => testDataSource(source.uid) });
  const remove = useChange(['data source list'], () => deleteDataSource(source.uid));
  const error = test.error ?? remove.error;
  const label = (what: string) => `${what}: ${source.name}`;
  return (
    <Card withBorder p="sm" data-testid="data-source">
      <Group justify="space-between" gap="xs">
        <Group gap="xs" style={{ minWidth: 0 }}>
          <Text fw={600}>{source.name}</Text>
          <Badge variant="default" tt="none">
            {kindOf(source.type).name}
          </Badge>
          {source.isDefault && <Badge variant="light">{t('standard')}</Badge>}
          <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {source.url}
          </Text>
        </Group>
        <Group gap="xs">
          <Button size="compact-sm" variant="light" loading={test.isPending} onClick={() => test.mutate()} aria-label={label(t('test'))}>
            {t('test')}
          </Button>
          {!source.readOnly && (
            <>
              <Button size="compact-sm" variant="light" onClick={onEdit} aria-label={label(t('edit'))}>
                {t('edit')}
              </Button>
              <ConfirmButton size="compact-sm" label={t('remove')} about={source.name} onConfirm={() => remove.mutate(undefined)} />
            </>
          )}
        </Group>
      </Group>
      {source.readOnly && (
        <Text size="xs" c="dimmed" mt={4}>
          {t('readOnly')}
        </Text>
      )}
      {test.data && (
        <Group gap="xs" mt="xs" role="status" wrap="nowrap">
          <StateBadge state={test.data.ok ? 'ok' : 'err'} />
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {test.data.message}
          </Text>
        </Group>
      )}
      {error && <ErrorBox error={error} />}
    </Card>
  );
}
