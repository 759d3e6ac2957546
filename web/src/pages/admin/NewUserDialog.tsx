/** The form of a new user. */
import { Button, Group, Modal, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { type NewUser, createUser } from '../../api/accounts';
import { RoleSelect } from '../../components/RoleSelect';
import { ErrorBox } from '../../components/states';
import { messages, useT } from '../../lib/i18n';
import { useChange } from './useChange';

const texts = messages({
  title: ['New user', '사용자 추가'],
  close: ['Close', '닫기'],
  login: ['Login', '계정'],
  name: ['Name', '이름'],
  email: ['E-mail', '이메일'],
  password: ['Password', '비밀번호'],
  passwordHint: ['At least 8 characters. Hand it over safely; it can be changed in the profile.', '8자 이상입니다. 안전하게 전달하세요. 내 정보에서 바꿀 수 있습니다.'],
  role: ['Role', '역할'],
  create: ['Create', '만들기'],
});

export function NewUserDialog({ onClose }: { onClose: () => void }) {
  const t = useT(texts);
  const [user, setUser] = useState<NewUser>({ login: '', name: '', email: '', password: '', role: 'Viewer' });
  const put = (change: Partial<NewUser>) => setUser({ ...user, ...change });
  const create = useChange(['users', 'org members'], createUser, onClose);
  return (
    <Modal opened onClose={onClose} title={t('title')} closeButtonProps={{ 'aria-label': t('close') }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate(user);
        }}
      >
        <Stack gap="sm">
          <TextInput data-autofocus label={t('login')} required autoComplete="off" value={user.login} onChange={(event) => put({ login: event.currentTarget.value })} />
          <TextInput label={t('name')} autoComplete="off" value={user.name} onChange={(event) => put({ name: event.currentTarget.value })} />
          <TextInput label={t('email')} type="email" autoComplete="off" value={user.email} onChange={(event) => put({ email: event.currentTarget.value })} />
          <PasswordInput
            label={t('password')}
            description={t('passwordHint')}
            required
            autoComplete="new-password"
            value={user.password}
            onChange={(event) => put({ password: event.currentTarget.value })}
          />
          <RoleSelect label={t('role')} value={user.role} onChange={(role) => put({ role })} />
          {create.error && <ErrorBox error={create.error} />}
          <Group justify="flex-end">
            <Button type="submit" loading={create.isPending}>
              {t('create')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
