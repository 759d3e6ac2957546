/** Who is logged in; the way in and out. Shown only by a server that has logins. */
import { ActionIcon, Button, Menu, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useLocation } from 'react-router-dom';
import { ApiError, send } from '../api/client';
import { Icon } from '../components/Icon';
import { pageOptions } from '../lib/base';
import { messages, useT } from '../lib/i18n';

const texts = messages({
  login: ['Log in', '로그인'],
  logout: ['Log out', '로그아웃'],
  who: ['Account: {name}', '계정: {name}'],
});

export interface Person {
  login: string;
  name: string;
  email: string;
  isGrafanaAdmin?: boolean;
}

/** Who is logged in: `null` for nobody, `undefined` while asking or where the server has no logins. */
export function usePerson(): Person | null | undefined {
  return useQuery({
    queryKey: ['person'],
    enabled: pageOptions().logins,
    queryFn: async ({ signal }): Promise<Person | null | undefined> => {
      try {
        return (await send('/api/user', { signal })) as Person;
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
    retry: false,
    staleTime: 60_000,
  }).data;
}

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
    await send('/logout', { method: 'GET' });
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
        <Menu.Item onClick={() => void leave()}>{t('logout')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
