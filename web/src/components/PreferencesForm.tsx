/** Theme, language, clock and home dashboard: one's own, or the organisation's for everybody who has not chosen. */
import { Button, Group, NativeSelect, Select, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type Preferences, type Whose, changePreferences, getPreferences } from '../api/accounts';
import { send } from '../api/client';
import { pageOptions } from '../lib/base';
import { type Text as Words, messages, useT } from '../lib/i18n';
import { Asked, ErrorBox } from './states';

const texts = messages({
  theme: ['Theme', '테마'],
  language: ['Language', '언어'],
  timezone: ['Clock', '시간대'],
  weekStart: ['First day of the week', '한 주의 시작'],
  home: ['Home dashboard', '홈 대시보드'],
  homeHint: ['Shown at the address / instead of Explore.', '첫 주소(/)에서 탐색 대신 보여 줍니다.'],
  standard: ['Default', '기본값'],
  dark: ['Dark', '어두운 테마'],
  light: ['Light', '밝은 테마'],
  system: ['As the system', '시스템 설정'],
  browser: ['Browser time', '브라우저 시간'],
  utc: ['UTC', 'UTC'],
  monday: ['Monday', '월요일'],
  sunday: ['Sunday', '일요일'],
  saturday: ['Saturday', '토요일'],
  save: ['Save', '저장'],
  saved: ['Saved', '저장했습니다'],
});

type Choice = Exclude<keyof Preferences, 'homeDashboardUID'>;
type Option = readonly [value: string, label: keyof typeof texts | Words];

const CHOICES: readonly (readonly [Choice, readonly Option[]])[] = [
  ['theme', [['', 'standard'], ['dark', 'dark'], ['light', 'light'], ['system', 'system']]],
  ['language', [['', 'standard'], ['en-US', ['English', 'English']], ['ko-KR', ['한국어', '한국어']]]],
  ['timezone', [['', 'standard'], ['browser', 'browser'], ['utc', 'utc']]],
  ['weekStart', [['', 'standard'], ['monday', 'monday'], ['sunday', 'sunday'], ['saturday', 'saturday']]],
];

export function PreferencesForm({ whose }: { whose: Whose }) {
  const result = useQuery({ queryKey: ['preferences', whose], queryFn: ({ signal }) => getPreferences(whose, signal) });
  return <Asked result={result}>{(preferences) => <Fields whose={whose} start={preferences} />}</Asked>;
}

function Fields({ whose, start }: { whose: Whose; start: Preferences }) {
  const t = useT(texts);
  const queries = useQueryClient();
  const [form, setForm] = useState<Preferences>(start);
  const save = useMutation({
    mutationFn: () => changePreferences(whose, form),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['preferences'] }),
  });
  const put = (change: Preferences) => {
    save.reset();
    setForm({ ...form, ...change });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack gap="sm" maw={420}>
        {CHOICES.map(([key, options]) => (
          <NativeSelect
            key={key}
            label={t(key)}
            data={options.map(([value, label]) => ({ value, label: typeof label === 'string' ? t(label) : label[0] }))}
            value={form[key] ?? ''}
            onChange={(event) => put({ [key]: event.currentTarget.value })}
          />
        ))}
        {pageOptions().dashboards && <HomeDashboard value={form.homeDashboardUID ?? ''} onChange={(homeDashboardUID) => put({ homeDashboardUID })} />}
        {save.error && <ErrorBox error={save.error} />}
        <Group>
          <Button type="submit" loading={save.isPending}>
            {t('save')}
          </Button>
          {save.isSuccess && (
            <Text size="sm" role="status">
              {t('saved')}
            </Text>
          )}
        </Group>
      </Stack>
    </form>
  );
}

interface Found {
  uid: string;
  title: string;
  folderTitle?: string;
}

function HomeDashboard({ value, onChange }: { value: string; onChange: (uid: string) => void }) {
  const t = useT(texts);
  const { data = [] } = useQuery({
    queryKey: ['dashboards to choose from'],
    queryFn: async ({ signal }) => (await send('/api/search', { query: { type: 'dash-db', limit: 1000 }, signal })) as Found[],
  });
  const options = data.map((one) => ({ value: one.uid, label: one.folderTitle ? `${one.folderTitle} / ${one.title}` : one.title }));
  // A dashboard that one may not see any more is told by its identifier, not silently dropped.
  if (value !== '' && !data.some((one) => one.uid === value)) options.push({ value, label: value });
  return (
    <Select
      label={t('home')}
      description={t('homeHint')}
      placeholder={t('standard')}
      data={options}
      value={value || null}
      onChange={(next) => onChange(next ?? '')}
      searchable
      clearable
      limit={100}
    />
  );
}
