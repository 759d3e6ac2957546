/** A team's name, address, and the series that it sees. */
import { Button, Group, Modal, Stack, TextInput, Textarea } from '@mantine/core';
import { useState } from 'react';
import { type Team, changeTeam, createTeam } from '../../api/accounts';
import { ErrorBox } from '../../components/states';
import { messages, useT } from '../../lib/i18n';
import { SelectorPreview } from './SelectorPreview';
import { useChange } from './useChange';

const texts = messages({
  newTitle: ['New team', '팀 추가'],
  editTitle: ['Team {name}', '팀 {name}'],
  close: ['Close', '닫기'],
  name: ['Name', '이름'],
  email: ['E-mail', '이메일'],
  selector: ['Selector', '선택자'],
  selectorHint: [
    'The series that the members see, such as {namespace="shop"}. It takes effect where logins guard the API (--web.auth).',
    '구성원이 볼 수 있는 시계열입니다. 예: {namespace="shop"}. API를 로그인으로 보호할 때(--web.auth) 적용됩니다.',
  ],
  save: ['Save', '저장'],
});

export function TeamDialog({ team, onClose }: { team?: Team; onClose: () => void }) {
  const t = useT(texts);
  const [form, setForm] = useState({ name: team?.name ?? '', email: team?.email ?? '', selector: team?.selector ?? '' });
  const save = useChange<void, unknown>(['teams'], () => (team ? changeTeam(team.id, form) : createTeam(form)), onClose);
  return (
    <Modal opened onClose={onClose} size="lg" title={team ? t('editTitle', { name: team.name }) : t('newTitle')} closeButtonProps={{ 'aria-label': t('close') }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack gap="sm">
          <TextInput data-autofocus label={t('name')} required value={form.name} onChange={(event) => setForm({ ...form, name: event.currentTarget.value })} />
          <TextInput label={t('email')} type="email" value={form.email} onChange={(event) => setForm({ ...form, email: event.currentTarget.value })} />
          <Textarea
            label={t('selector')}
            description={t('selectorHint')}
            autosize
            spellCheck={false}
            ff="monospace"
            value={form.selector}
            onChange={(event) => setForm({ ...form, selector: event.currentTarget.value })}
          />
          <SelectorPreview selector={form.selector} />
          {save.error && <ErrorBox error={save.error} />}
          <Group justify="flex-end">
            <Button type="submit" loading={save.isPending}>
              {t('save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
