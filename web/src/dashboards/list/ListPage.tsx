/** The list of dashboards: search, tags, stars, folders; import and new ones. */
import { ActionIcon, Badge, Button, Checkbox, Group, MultiSelect, Stack, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { Link, useNavigate } from 'react-router-dom';

import { PageFrame } from '../../components/PageFrame';
import { Asked, Empty } from '../../components/states';
import { messages, useT } from '../../lib/i18n';
import { useUrlParams } from '../../lib/urlParams';
import type { DashboardRow } from '../../panels/contract';
import { getTags, searchDashboards, setStar } from '../api';
import { dashboardTexts } from '../texts';
import { ImportDialog } from './ImportDialog';
import { byFolder } from './model';
import './list.css';

const texts = messages({
  ...dashboardTexts,
  about: ['Dashboards in Grafana’s format; import what you have.', 'Grafana 형식의 대시보드입니다. 쓰던 것을 그대로 가져올 수 있습니다.'],
  new: ['New dashboard', '새 대시보드'],
  import: ['Import', '가져오기'],
  playlists: ['Playlists', '재생 목록'],
  find: ['Search dashboards', '대시보드 검색'],
  tags: ['Tags', '태그'],
  starred: ['Starred only', '즐겨찾기만'],
  noneTitle: ['No dashboard found', '대시보드가 없습니다'],
  noneText: ['Import Grafana JSON, or make a new one.', 'Grafana JSON을 가져오거나 새로 만드세요.'],
  root: ['Without a folder', '폴더 없음'],
  starOf: ['Star {name}', '{name} 즐겨찾기'],
  more: ['The first {n} are shown: narrow the search', '처음 {n}개만 표시합니다. 검색어로 좁히세요'],
});

/** Rows asked for at once. */
const LIMIT = 1000;

export function ListPage() {
  const t = useT(texts);
  const navigate = useNavigate();
  const { params, change } = useUrlParams();
  const [importing, setImporting] = useState(params.has('import'));
  const query = params.get('query') ?? '';
  const tags = params.getAll('tag');
  const starred = params.get('starred') === 'true';
  const [text, setText] = useState(query);
  const wanted = useDeferredValue(text);
  const known = useQuery({ queryKey: ['dashboards', 'tags'], queryFn: ({ signal }) => getTags(signal) });
  const found = useQuery({
    queryKey: ['dashboards', 'search', wanted, tags, starred],
    queryFn: ({ signal }) => searchDashboards({ query: wanted, tags, starred, limit: LIMIT }, signal),
    placeholderData: (old) => old,
  });
  return (
    <PageFrame
      title={t('dashboards')}
      about={t('about')}
      actions={
        <>
          <Button variant="default" onClick={() => setImporting(true)} data-testid="import">
            {t('import')}
          </Button>
          <Button component={Link} to="/playlists" variant="default">
            {t('playlists')}
          </Button>
          <Button component={Link} to="/dashboard/new">
            {t('new')}
          </Button>
        </>
      }
    >
      <Group gap="sm" mb="md" align="flex-end">
        <TextInput
          style={{ flex: '1 1 220px' }}
          aria-label={t('find')}
          placeholder={t('find')}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            change({ query: event.currentTarget.value }, 'replace');
          }}
          data-testid="search"
        />
        <MultiSelect
          w={220}
          aria-label={t('tags')}
          placeholder={tags.length === 0 ? t('tags') : ''}
          searchable
          clearable
          data={[...new Set([...(known.data ?? []).map(({ tag }) => tag), ...tags])]}
          value={tags}
          onChange={(next) => change({ tag: next }, 'replace')}
        />
        <Checkbox
          mb={8}
          label={t('starred')}
          checked={starred}
          onChange={(event) => change({ starred: event.currentTarget.checked ? 'true' : undefined }, 'replace')}
        />
      </Group>
      <Asked result={found}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title={t('noneTitle')}>{t('noneText')}</Empty>
          ) : (
            <Stack gap="md">
              {byFolder(rows).map(({ folder, dashboards }) => (
                <section key={folder}>
                  <h2 className="dl-folder">
                    {folder === '' ? t('root') : folder} <span className="dl-weak">{dashboards.length}</span>
                  </h2>
                  <ul className="dl-list">
                    {dashboards.map((row) => (
                      <Row key={row.uid} row={row} addTag={(tag) => change({ tag: [...new Set([...tags, tag])] }, 'replace')} />
                    ))}
                  </ul>
                </section>
              ))}
              {rows.length >= LIMIT && <Text c="dimmed">{t('more', { n: LIMIT })}</Text>}
            </Stack>
          )
        }
      </Asked>
      {importing && (
        <ImportDialog
          close={() => {
            setImporting(false);
            change({ import: undefined }, 'replace');
          }}
          open={(dashboard) => void navigate('/dashboard/import', { state: { dashboard } })}
        />
      )}
    </PageFrame>
  );
}

function Row({ row, addTag }: { row: DashboardRow; addTag(tag: string): void }) {
  const t = useT(texts);
  const client = useQueryClient();
  const [starred, setStarred] = useState(row.starred);
  const toggle = (): void => {
    setStarred(!starred);
    setStar(row.uid, !starred).then(
      () => client.invalidateQueries({ queryKey: ['dashboards', 'search'] }),
      () => setStarred(starred),
    );
  };
  return (
    <li className="dl-row" data-testid="dashboard-row">
      <ActionIcon
        size={26}
        variant="subtle"
        color={starred ? 'yellow' : 'gray'}
        aria-pressed={starred}
        aria-label={t('starOf', { name: row.title })}
        onClick={toggle}
      >
        <span aria-hidden>{starred ? '★' : '☆'}</span>
      </ActionIcon>
      <Link to={`/d/${encodeURIComponent(row.uid)}`}>{row.title}</Link>
      <span style={{ flex: 1 }} />
      {row.tags.map((tag) => (
        <Badge key={tag} component="button" size="sm" variant="light" style={{ cursor: 'pointer' }} tt="none" onClick={() => addTag(tag)}>
          {tag}
        </Badge>
      ))}
    </li>
  );
}
