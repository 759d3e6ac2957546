/** `/login`: name and password; where to go afterwards comes from the address, and only paths of this server are followed. */
import { Button, Card, Center, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useNavigate } from 'react-router-dom';
import { send } from '../../api/client';
import { rememberLogin } from '../../components/person';
import { ErrorBox } from '../../components/states';
import { pageOptions, url } from '../../lib/base';
import { messages, useT } from '../../lib/i18n';
import { ownPath } from '../../lib/links';
import { useUrlParams } from '../../lib/urlParams';

const texts = messages({
  title: ['Log in to {name}', '{name} 로그인'],
  user: ['Name or e-mail', '이름 또는 이메일'],
  password: ['Password', '비밀번호'],
  login: ['Log in', '로그인'],
  with: ['Log in with {name}', '{name}(으)로 로그인'],
  hint: ['The first password of “admin” was printed when the server first started.', '“admin”의 첫 비밀번호는 서버를 처음 시작할 때 출력되었습니다.'],
});

interface Logins {
  password: boolean;
  providers: readonly { name: string; title: string; url: string }[];
}

export default function LoginPage() {
  const t = useT(texts);
  const { params } = useUrlParams();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const next = ownPath(params.get('redirectTo') ?? '') ?? '/';
  const failed = params.get('error');
  const { data: logins } = useQuery({ queryKey: ['logins'], queryFn: async ({ signal }) => (await send('/api/bongsu/logins', { signal })) as Logins });
  useEffect(() => {
    if (failed) rememberLogin(false);
  }, [failed]);
  const title = t('title', { name: pageOptions().title });
  useEffect(() => {
    document.title = `${t('login')} · ${pageOptions().title}`;
  }, [t]);
  const login = useMutation({
    mutationFn: () => send('/login', { body: { user, password } }),
    onSuccess: async () => {
      rememberLogin(true);
      await queries.invalidateQueries();
      await navigate(next, { replace: true });
    },
  });
  return (
    <Center mih="70vh" p="md">
      <Card withBorder p="lg" w={380} maw="100%">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            login.mutate();
          }}
        >
          <Stack>
            <Title order={1} size="h3">
              {title}
            </Title>
            <TextInput label={t('user')} autoComplete="username" required value={user} onChange={(event) => setUser(event.currentTarget.value)} />
            <PasswordInput
              label={t('password')}
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            {login.error && <ErrorBox error={login.error} />}
            {failed && !login.error && <ErrorBox error={failed} />}
            <Button type="submit" loading={login.isPending}>
              {t('login')}
            </Button>
            {(logins?.providers ?? []).map((provider) => (
              <Button key={provider.name} variant="default" component="a" onClick={() => rememberLogin(true)} href={`${url(provider.url)}?redirectTo=${encodeURIComponent(next)}`}>
                {t('with', { name: provider.title })}
              </Button>
            ))}
            <Text size="xs" c="dimmed">
              {t('hint')}
            </Text>
          </Stack>
        </form>
      </Card>
    </Center>
  );
}
