/** `/profile`: oneself. Names, password, preferences, where one is logged in. */
import { Badge, Button, Card, Grid, Group, PasswordInput, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Link } from 'react-router-dom';
import { changeOwnNames, changeOwnPassword, endOwnSession, listOwnSessions, listOwnTeams } from '../../api/accounts';
import { Ago } from '../../components/Ago';
import { PageFrame } from '../../components/PageFrame';
import { PreferencesForm } from '../../components/PreferencesForm';
import { type Person, usePerson } from '../../components/person';
import { Asked, Empty, ErrorBox, Loading } from '../../components/states';
import { messages, useT } from '../../lib/i18n';
import { deviceName } from './model';

const texts = messages({
  title: ['Profile', '내 정보'],
  login: ['Log in', '로그인'],
  loginText: ['Your profile is here once you are logged in.', '로그인하면 내 정보를 볼 수 있습니다.'],
  about: ['Logged in as {login}, role {role}', '{login} 계정, 역할 {role}'],
  teams: ['Teams: {names}', '팀: {names}'],
  who: ['Name', '이름'],
  email: ['E-mail', '이메일'],
  account: ['Login', '계정'],
  names: ['Who you are', '기본 정보'],
  external: ['Another system says who you are: name and password are changed there.', '외부 시스템에서 관리하는 계정입니다. 이름과 비밀번호는 그곳에서 바꾸세요.'],
  save: ['Save', '저장'],
  saved: ['Saved', '저장했습니다'],
  password: ['Password', '비밀번호'],
  old: ['Present password', '현재 비밀번호'],
  fresh: ['New password', '새 비밀번호'],
  again: ['New password again', '새 비밀번호 다시'],
  differ: ['The two are not the same', '두 비밀번호가 다릅니다'],
  change: ['Change the password', '비밀번호 바꾸기'],
  changed: ['The password is changed, and all other sessions have ended', '비밀번호를 바꾸고 다른 세션을 모두 끝냈습니다'],
  preferences: ['Preferences', '환경 설정'],
  sessions: ['Where you are logged in', '로그인한 곳'],
  device: ['Device', '기기'],
  address: ['Address', '주소'],
  since: ['Since', '로그인'],
  seen: ['Last seen', '마지막 접속'],
  here: ['this one', '현재'],
  end: ['End it', '종료'],
});

export default function ProfilePage() {
  const t = useT(texts);
  const person = usePerson();
  if (person === undefined) return <Loading />;
  if (person === null) {
    const login = (
      <Button component={Link} to="/login?redirectTo=%2Fprofile">
        {t('login')}
      </Button>
    );
    return (
      <PageFrame title={t('title')}>
        <Empty title={t('login')} action={login}>
          {t('loginText')}
        </Empty>
      </PageFrame>
    );
  }
  return <Profile person={person} />;
}

function Profile({ person }: { person: Person }) {
  const t = useT(texts);
  const teams = useQuery({ queryKey: ['own teams'], queryFn: ({ signal }) => listOwnTeams(signal) });
  const names = (teams.data ?? []).map((team) => team.name).join(', ');
  const about = `${t('about', { login: person.login, role: person.orgRole ?? '–' })}${names && ` · ${t('teams', { names })}`}`;
  return (
    <PageFrame title={t('title')} about={about}>
      <Grid>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Stack>
            <Part title={t('names')}>{person.isExternal ? <Text size="sm">{t('external')}</Text> : <Names person={person} />}</Part>
            {!person.isExternal && (
              <Part title={t('password')}>
                <Password login={person.login} />
              </Part>
            )}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Part title={t('preferences')}>
            <PreferencesForm whose="user" />
          </Part>
        </Grid.Col>
        <Grid.Col span={12}>
          <Part title={t('sessions')}>
            <Sessions />
          </Part>
        </Grid.Col>
      </Grid>
    </PageFrame>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card withBorder component="section" aria-label={title}>
      <Title order={2} size="h5" mb="sm">
        {title}
      </Title>
      {children}
    </Card>
  );
}

function Names({ person }: { person: Person }) {
  const t = useT(texts);
  const queries = useQueryClient();
  const [form, setForm] = useState({ login: person.login, name: person.name, email: person.email });
  const save = useMutation({ mutationFn: () => changeOwnNames(form), onSuccess: () => queries.invalidateQueries({ queryKey: ['person'] }) });
  const put = (change: Partial<typeof form>) => {
    save.reset();
    setForm({ ...form, ...change });
  };
  return (
    <form onSubmit={submitting(() => save.mutate())}>
      <Stack gap="sm" maw={420}>
        <TextInput label={t('account')} required autoComplete="username" value={form.login} onChange={(event) => put({ login: event.currentTarget.value })} />
        <TextInput label={t('who')} autoComplete="name" value={form.name} onChange={(event) => put({ name: event.currentTarget.value })} />
        <TextInput label={t('email')} type="email" autoComplete="email" value={form.email} onChange={(event) => put({ email: event.currentTarget.value })} />
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

const NO_WORDS = { old: '', fresh: '', again: '' };

function Password({ login }: { login: string }) {
  const t = useT(texts);
  const queries = useQueryClient();
  const [words, setWords] = useState(NO_WORDS);
  const change = useMutation({
    mutationFn: () => changeOwnPassword(words.old, words.fresh),
    onSuccess: () => {
      setWords(NO_WORDS);
      return queries.invalidateQueries({ queryKey: ['own sessions'] });
    },
  });
  const differ = words.again !== '' && words.again !== words.fresh;
  const field = (key: keyof typeof NO_WORDS, autoComplete: string, error?: string) => (
    <PasswordInput
      label={t(key)}
      required
      autoComplete={autoComplete}
      error={error}
      value={words[key]}
      onChange={(event) => {
        change.reset();
        setWords({ ...words, [key]: event.currentTarget.value });
      }}
    />
  );
  return (
    <form onSubmit={submitting(() => !differ && change.mutate())}>
      <Stack gap="sm" maw={420}>
        {/* For password managers: whose password this is. */}
        <input type="hidden" name="username" autoComplete="username" value={login} readOnly />
        {field('old', 'current-password')}
        {field('fresh', 'new-password')}
        {field('again', 'new-password', differ ? t('differ') : undefined)}
        {change.error && <ErrorBox error={change.error} />}
        {change.isSuccess && (
          <Text size="sm" role="status">
            {t('changed')}
          </Text>
        )}
        <div>
          <Button type="submit" loading={change.isPending}>
            {t('change')}
          </Button>
        </div>
      </Stack>
    </form>
  );
}

function Sessions() {
  const t = useT(texts);
  const queries = useQueryClient();
  const result = useQuery({ queryKey: ['own sessions'], queryFn: ({ signal }) => listOwnSessions(signal) });
  const end = useMutation({ mutationFn: endOwnSession, onSuccess: () => queries.invalidateQueries({ queryKey: ['own sessions'] }) });
  return (
    <Asked result={result}>
      {(sessions) => (
        <>
          <Table.ScrollContainer minWidth={560}>
            <Table verticalSpacing={6} fz="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('device')}</Table.Th>
                  <Table.Th>{t('address')}</Table.Th>
                  <Table.Th>{t('since')}</Table.Th>
                  <Table.Th>{t('seen')}</Table.Th>
                  <Table.Th aria-label={t('end')} />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {sessions.map((session) => (
                  <Table.Tr key={session.id} data-testid="session">
                    <Table.Td title={session.device}>{deviceName(session.device) || session.device.slice(0, 60) || '–'}</Table.Td>
                    <Table.Td>{session.clientIp}</Table.Td>
                    <Table.Td>
                      <Ago at={session.createdAt} />
                    </Table.Td>
                    <Table.Td>
                      <Ago at={session.seenAt} />
                    </Table.Td>
                    <Table.Td ta="right">
                      {session.isActive ? (
                        <Badge variant="light">{t('here')}</Badge>
                      ) : (
                        <Button size="compact-xs" variant="light" color="red" onClick={() => end.mutate(session.id)}>
                          {t('end')}
                        </Button>
                      )}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
          {end.error && <ErrorBox error={end.error} />}
        </>
      )}
    </Asked>
  );
}

function submitting(run: () => void) {
  return (event: FormEvent) => {
    event.preventDefault();
    run();
  };
}
