/** One user, for those who run the server: names, password, whether they run it too, sessions, and the end of the account. */
import { Button, Divider, Group, Modal, PasswordInput, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { deleteUser, endSessions, renameUser, setDisabled, setPassword, setServerAdmin } from '../../api/accounts';
import { ConfirmButton } from '../../components/ConfirmButton';
import { ErrorBox } from '../../components/states';
import { messages, useT } from '../../lib/i18n';
import type { UserRow } from './users';
import { useChange } from './useChange';

const texts = messages({
  title: ['User {login}', '사용자 {login}'],
  close: ['Close', '닫기'],
  login: ['Login', '계정'],
  name: ['Name', '이름'],
  email: ['E-mail', '이메일'],
  external: ['{origin} says who this is; names and password are changed there.', '{origin}에서 관리하는 계정입니다. 이름과 비밀번호는 그곳에서 바꾸세요.'],
  save: ['Save', '저장'],
  password: ['New password', '새 비밀번호'],
  setPassword: ['Set the password', '비밀번호 설정'],
  passwordSet: ['The password is set, and all sessions have ended.', '비밀번호를 설정했고 모든 세션을 끝냈습니다.'],
  server: ['Runs the server (may create users, and sees everything)', '서버 관리자 (사용자를 만들고 모든 것을 볼 수 있음)'],
  logout: ['End all sessions', '모든 세션 종료'],
  loggedOut: ['All sessions have ended.', '모든 세션을 끝냈습니다.'],
  disable: ['Disable', '사용 중지'],
  enable: ['Enable again', '다시 사용'],
  remove: ['Delete', '삭제'],
});

interface Props {
  user: UserRow;
  own: boolean;
  onClose: () => void;
}

export function UserDialog({ user, own, onClose }: Props) {
  const t = useT(texts);
  const id = user.userId;
  const [names, setNames] = useState({ login: user.login, name: user.name, email: user.email });
  const [password, setText] = useState('');
  const rename = useChange(['users', 'person', 'org members'], () => renameUser(id, names));
  const reset = useChange([], () => setPassword(id, password), () => setText(''));
  const runs = useChange(['users'], (next: boolean) => setServerAdmin(id, next));
  const logout = useChange([], () => endSessions(id));
  const disable = useChange(['users', 'org members'], () => setDisabled(id, !user.isDisabled));
  const remove = useChange(['users', 'org members', 'teams', 'team members'], () => deleteUser(id), onClose);
  const external = user.authLabels[0];
  const error = runs.error ?? logout.error ?? disable.error ?? remove.error;
  return (
    <Modal opened onClose={onClose} title={t('title', { login: user.login })} closeButtonProps={{ 'aria-label': t('close') }}>
      <Stack gap="sm">
        {external && <Text size="sm">{t('external', { origin: external })}</Text>}
        {!external && (
          <>
            <form
              onSubmit={(event) => {
                event.preventDefault();
                rename.mutate(undefined);
              }}
            >
              <Stack gap="xs">
                <TextInput label={t('login')} required value={names.login} onChange={(event) => setNames({ ...names, login: event.currentTarget.value })} />
                <TextInput label={t('name')} value={names.name} onChange={(event) => setNames({ ...names, name: event.currentTarget.value })} />
                <TextInput label={t('email')} type="email" value={names.email} onChange={(event) => setNames({ ...names, email: event.currentTarget.value })} />
                {rename.error && <ErrorBox error={rename.error} />}
                <Group justify="flex-end">
                  <Button type="submit" size="xs" loading={rename.isPending}>
                    {t('save')}
                  </Button>
                </Group>
              </Stack>
            </form>
          </>
        )}
        {!external && !own && (
          <>
            <Divider />
            <form
              onSubmit={(event) => {
                event.preventDefault();
                reset.mutate(undefined);
              }}
            >
              <Group align="flex-end" gap="xs">
                <PasswordInput flex={1} label={t('password')} autoComplete="new-password" value={password} onChange={(event) => setText(event.currentTarget.value)} />
                <Button type="submit" variant="light" disabled={password === ''} loading={reset.isPending}>
                  {t('setPassword')}
                </Button>
              </Group>
              {reset.error && <ErrorBox error={reset.error} />}
              {reset.isSuccess && (
                <Text size="sm" role="status">
                  {t('passwordSet')}
                </Text>
              )}
            </form>
          </>
        )}
        {!own && (
          <>
            <Divider />
            <Switch label={t('server')} checked={user.runsServer} disabled={runs.isPending} onChange={(event) => runs.mutate(event.currentTarget.checked)} />
            <Group gap="xs">
              <Button size="compact-sm" variant="light" loading={logout.isPending} onClick={() => logout.mutate(undefined)}>
                {t('logout')}
              </Button>
              <Button size="compact-sm" variant="light" color="orange" loading={disable.isPending} onClick={() => disable.mutate(undefined)}>
                {user.isDisabled ? t('enable') : t('disable')}
              </Button>
              <ConfirmButton size="compact-sm" label={t('remove')} onConfirm={() => remove.mutate(undefined)} />
            </Group>
            {logout.isSuccess && (
              <Text size="sm" role="status">
                {t('loggedOut')}
              </Text>
            )}
          </>
        )}
        {error && <ErrorBox error={error} />}
      </Stack>
    </Modal>
  );
}
