/** Makes a snapshot of the open dashboard, and lists and deletes those that one has made. */
import { ActionIcon, Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { Icon } from '../../components/Icon';
import { ErrorBox } from '../../components/states';
import { url } from '../../lib/base';
import { messages, useT } from '../../lib/i18n';
import { asNumber, asString } from '../../panels/json';
import { formatTime } from '../../panels/zone';
import { createSnapshot, deleteSnapshot, getSnapshots } from '../api';
import { transform } from '../data/engine';
import { runQueries } from '../data/query';
import { interpolate, plainText } from '../model/interpolate';
import { viewItems } from '../model/repeat';
import type { Scope } from '../model/repeat';
import { snapshotOf } from '../model/snapshot';
import { overrideTime } from '../model/time';
import type { Panel } from '../model/types';
import { repeatValues } from '../model/variables';
import { queryRequest } from '../view/request';
import { useDashboard } from '../view/state';

const texts = messages({
  about: [
    'A snapshot keeps this dashboard with the data of now. Whoever may log in and has its link sees it, and nothing else.',
    '스냅샷은 지금의 데이터와 함께 이 대시보드를 보관합니다. 로그인한 사람이 링크로 볼 수 있고, 다른 것은 보이지 않습니다.',
  ],
  name: ['Name', '이름'],
  expires: ['Kept for', '보관 기간'],
  never: ['For ever', '계속'],
  hour: ['An hour', '1시간'],
  day: ['A day', '하루'],
  week: ['A week', '일주일'],
  create: ['Make a snapshot', '스냅샷 만들기'],
  link: ['Link of the snapshot', '스냅샷 링크'],
  mine: ['Snapshots made', '만든 스냅샷'],
  until: ['until {time}', '{time}까지'],
  remove: ['Delete snapshot {name}', '스냅샷 {name} 삭제'],
});

/** Points of a graph in a snapshot: as many as a wide screen shows. */
const POINTS = 1200;

export function SnapshotForm() {
  const t = useT(texts);
  const state = useDashboard();
  const { dashboard, span, text, variables, lookup, calendar, time } = state;
  const client = useQueryClient();
  const [name, setName] = useState(text(dashboard.title));
  const [expires, setExpires] = useState('604800');
  const [made, setMade] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const mine = useQuery({ queryKey: ['dashboards', 'snapshots'], queryFn: ({ signal }) => getSnapshots(signal) });
  const refresh = () => client.invalidateQueries({ queryKey: ['dashboards', 'snapshots'] });

  const data = async (panel: Panel, scope: Scope) => {
    const own = overrideTime(time.range, asString(panel['timeFrom']), asString(panel['timeShift']), time.nowMs, calendar).span;
    const request = queryRequest({ ...state, panels: dashboard.panels }, panel, scope, own, asNumber(panel['maxDataPoints'], POINTS));
    const { frames } = await runQueries(request, new AbortController().signal);
    const replace = (written: string) => interpolate(written, lookup(scope, own)(0, 15_000), plainText, calendar.zone);
    return (await transform(frames, panel.transformations, replace)).frames;
  };
  const create = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const items = viewItems(dashboard.panels, (variable) => repeatValues(variables, variable), new Map());
      const document = await snapshotOf({ dashboard, items, span, text, data });
      setMade(url(`/dashboard/snapshot/${await createSnapshot(document, name, Number(expires))}`));
      await refresh();
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <Stack gap="xs">
      <Text size="sm">{t('about')}</Text>
      <Group align="flex-end">
        <TextInput style={{ flex: 1 }} label={t('name')} value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Select
          w={130}
          label={t('expires')}
          allowDeselect={false}
          data={[
            { value: '0', label: t('never') },
            { value: '3600', label: t('hour') },
            { value: '86400', label: t('day') },
            { value: '604800', label: t('week') },
          ]}
          value={expires}
          onChange={(value) => setExpires(value ?? '0')}
        />
        <Button loading={busy} onClick={() => void create()} data-testid="snapshot-create">
          {t('create')}
        </Button>
      </Group>
      {error !== undefined && <ErrorBox error={error} />}
      {made !== undefined && (
        <TextInput label={t('link')} readOnly value={made} onFocus={(event) => event.currentTarget.select()} data-testid="snapshot-link" />
      )}
      {(mine.data?.length ?? 0) > 0 && (
        <section>
          <Text size="sm" fw={600}>
            {t('mine')}
          </Text>
          <ul style={{ listStyle: 'none', margin: 0, padding: 0, maxHeight: 160, overflow: 'auto' }}>
            {mine.data?.map((one) => (
              <li key={one.key} style={{ display: 'flex', gap: 8, alignItems: 'center' }} data-testid="snapshot-row">
                <a href={url(`/dashboard/snapshot/${one.key}`)} target="_blank" rel="noopener noreferrer">
                  {one.name}
                </a>
                <Text size="xs" c="dimmed" span>
                  {one.expires === '' ? t('never') : t('until', { time: formatTime(Date.parse(one.expires), 'YYYY-MM-DD HH:mm', calendar.zone) })}
                </Text>
                <span style={{ flex: 1 }} />
                <ActionIcon
                  variant="subtle"
                  color="red"
                  aria-label={t('remove', { name: one.name })}
                  onClick={() => void deleteSnapshot(one.key).then(refresh, setError)}
                >
                  <Icon name="trash" size={14} />
                </ActionIcon>
              </li>
            ))}
          </ul>
        </section>
      )}
    </Stack>
  );
}
