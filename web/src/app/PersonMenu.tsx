/** Who is logged in; the way in and out. Shown only by a server that has logins. */
import { ActionIcon, Button, Menu, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useLocation } from 'react-router-dom';
import { ApiError, send } from '../api/client';
import { Icon } from '../components/Icon';
import { pageOptions } from '../lib/base';
import { messages, useT } from '../lib/i18n';
import { readStored, writeStored } from '../lib/stored';

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
  isAnonymous?: boolean;
}

/** Kept where somebody has logged in: without it nobody is asked for, because browsers log each refusal as an error. */
const LOGGED_IN = 'loggedIn';

/** Who is logged in: `null` for nobody, `undefined` while asking or where the server has no logins. */
export function usePerson(): Person | null | undefined {
  const { pathname } = useLocation();
  const asked = readStored(LOGGED_IN, false) || /^\/(d|dashboards?|playlists|admin|profile)(\/|$)/.test(pathname);
  const { data } = useQuery({
    queryKey: ['person'],
    enabled: pageOptions().logins && asked,
    queryFn: async ({ signal }): Promise<Person | null> => {
      try {
        const person = (await send('/api/user', { signal })) as Person;
        if (!person.isAnonymous) writeStored(LOGGED_IN, true);
        return person.isAnonymous ? null : person;
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 401) throw error;
        writeStored(LOGGED_IN, false);
        return null;
      }
    },
    retry: false,
    staleTime: 60_000,
  });
  if (!pageOptions().logins) return undefined;
  return asked ? data : (data ?? null);
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
    await send('/logout', { method: 'POST' });
    writeStored(LOGGED_IN, false);
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
