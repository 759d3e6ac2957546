/** Who is logged in; the way in and out. Shown only by a server that has logins. */
import { ActionIcon, Button, Menu, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useLocation } from 'react-router-dom';
import { send } from '../api/client';
import { Icon } from '../components/Icon';
import { isAdmin, rememberLogin, usePerson } from '../components/person';
import { messages, useT } from '../lib/i18n';

const texts = messages({
  login: ['Log in', '로그인'],
  logout: ['Log out', '로그아웃'],
  profile: ['Profile', '내 정보'],
  admin: ['Administration', '관리'],
  who: ['Account: {name}', '계정: {name}'],
});

export function PersonMenu() {
  const t = useT(texts);
  const person = usePerson();
  const queries = useQueryClient();
  const { pathname, search } = useLocation();
  if (person === undefined) return null;
  if (person === null) {
    const back = encodeURIComponent(pathname + search);
    return (
      <Button size="xs" h={32} variant="light" component={Link} to={`/login?redirectTo=${back}`}>
        {t('login')}
      </Button>
    );
  }
  const name = person.name || person.login;
  const leave = async () => {
    await send('/logout', { method: 'POST' });
    rememberLogin(false);
    await queries.invalidateQueries();
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="light" size={32} radius="xl" aria-label={t('who', { name })}>
          <Icon name="person" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="sm" fw={600}>
            {name}
          </Text>
        </Menu.Label>
        <Menu.Item component={Link} to="/profile">
          {t('profile')}
        </Menu.Item>
        {isAdmin(person) && (
          <Menu.Item component={Link} to="/admin">
            {t('admin')}
          </Menu.Item>
        )}
        <Menu.Item onClick={() => void leave()}>{t('logout')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
