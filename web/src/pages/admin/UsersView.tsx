/** People: found, made, given a role, shut out. What only those who run the server may do is shown to them alone. */
import { Badge, Button, Group, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Member, type Role, listMembers, listServerUsers, setRole } from '../../api/accounts';
import { Ago } from '../../components/Ago';
import { Icon } from '../../components/Icon';
import { RoleSelect } from '../../components/RoleSelect';
import { SearchBox } from '../../components/SearchBox';
import { usePerson } from '../../components/person';
import { Asked, Empty, ErrorBox } from '../../components/states';
import { messages, useT } from '../../lib/i18n';
import { useUrlParam } from '../../lib/urlParams';
import { NewUserDialog } from './NewUserDialog';
import { UserDialog } from './UserDialog';
import { type UserRow, findUsers, joinUsers } from './users';
import { useChange } from './useChange';

const texts = messages({
  search: ['Search login, name, e-mail', '계정, 이름, 이메일 검색'],
  add: ['New user', '사용자 추가'],
  user: ['User', '사용자'],
  email: ['E-mail', '이메일'],
  role: ['Role', '역할'],
  roleOf: ['Role of {login}', '{login}의 역할'],
  seen: ['Last seen', '마지막 접속'],
  state: ['State', '상태'],
  disabled: ['disabled', '사용 중지'],
  server: ['runs the server', '서버 관리자'],
  you: ['you', '나'],
  edit: ['Edit', '편집'],
  editUser: ['Edit {login}', '{login} 편집'],
  none: ['Nobody matches', '일치하는 사용자가 없습니다'],
  more: ['Show all {n}', '{n}명 모두 보기'],
});

/** Rows before "show all". */
const ROWS = 100;

export function UsersView() {
  const t = useT(texts);
  const me = usePerson();
  const [search] = useUrlParam('search');
  const [adding, setAdding] = useState(false);
  const [editing, setEditing] = useState<number>();
  const [all, setAll] = useState(false);
  const runsServer = me?.isGrafanaAdmin === true;
  const result = useQuery({
    queryKey: ['users', runsServer],
    queryFn: async ({ signal }) => joinUsers(await listMembers(signal), runsServer ? await listServerUsers(signal) : []),
  });
  return (
    <>
      <Group mb="md">
        <SearchBox label={t('search')} />
        {runsServer && (
          <Button leftSection={<Icon name="plus" />} onClick={() => setAdding(true)}>
            {t('add')}
          </Button>
        )}
      </Group>
      <Asked result={result}>
        {(users) => {
          const found = findUsers(users, search);
          const edited = users.find((user) => user.userId === editing);
          return (
            <>
              {found.length === 0 ? (
                <Empty title={t('none')} />
              ) : (
                <Table.ScrollContainer minWidth={720}>
                  <Table verticalSpacing={6} data-testid="users">
                    <Table.Thead>
                      <Table.Tr>
                        <Table.Th>{t('user')}</Table.Th>
                        <Table.Th>{t('email')}</Table.Th>
                        <Table.Th>{t('role')}</Table.Th>
                        <Table.Th>{t('state')}</Table.Th>
                        <Table.Th>{t('seen')}</Table.Th>
                        <Table.Th aria-label={t('edit')} />
                      </Table.Tr>
                    </Table.Thead>
                    <Table.Tbody>
                      {(all ? found : found.slice(0, ROWS)).map((user) => (
                        <UserLine key={user.userId} user={user} own={user.userId === me?.id} runsServer={runsServer} onEdit={() => setEditing(user.userId)} />
                      ))}
                    </Table.Tbody>
                  </Table>
                </Table.ScrollContainer>
              )}
              {!all && found.length > ROWS && (
                <Button variant="light" size="compact-sm" onClick={() => setAll(true)}>
                  {t('more', { n: found.length })}
                </Button>
              )}
              {edited && <UserDialog user={edited} own={edited.userId === me?.id} onClose={() => setEditing(undefined)} />}
            </>
          );
        }}
      </Asked>
      {adding && <NewUserDialog onClose={() => setAdding(false)} />}
    </>
  );
}

interface LineProps {
  user: UserRow;
  own: boolean;
  runsServer: boolean;
  onEdit: () => void;
}

function UserLine({ user, own, runsServer, onEdit }: LineProps) {
  const t = useT(texts);
  const role = useChange(['users', 'person'], (next: Role) => setRole(user.userId, next));
  return (
    <Table.Tr data-testid="user" opacity={user.isDisabled ? 0.75 : undefined}>
      <Table.Td>
        <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
          {user.login} {own && <Badge variant="light">{t('you')}</Badge>}
        </Text>
        {user.name && (
          <Text size="sm" c="dimmed">
            {user.name}
          </Text>
        )}
      </Table.Td>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>{user.email}</Table.Td>
      <Table.Td>
        <RoleSelect size="xs" name={t('roleOf', { login: user.login })} value={user.role} disabled={role.isPending} onChange={(next) => role.mutate(next)} />
        {role.error && <ErrorBox error={role.error} />}
      </Table.Td>
      <Table.Td>
        <Group gap={4}>
          {user.isDisabled && <Badge color="gray">{t('disabled')}</Badge>}
          {user.runsServer && <Badge color="grape" variant="light" tt="none">{t('server')}</Badge>}
          {user.authLabels.map((label) => (
            <Badge key={label} variant="default" tt="none">
              {label}
            </Badge>
          ))}
        </Group>
      </Table.Td>
      <Table.Td>{seen(user)}</Table.Td>
      <Table.Td ta="right">
        {runsServer && (
          <Button size="compact-xs" variant="light" onClick={onEdit} aria-label={t('editUser', { login: user.login })}>
            {t('edit')}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

/** The catalog's zero is the year 1970: nobody was seen then. */
function seen({ lastSeenAt }: Member) {
  return Date.parse(lastSeenAt) > 0 ? <Ago at={lastSeenAt} /> : '–';
}
