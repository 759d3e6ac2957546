/** Accounts of programs, and their tokens. */
import { Badge, Button, Group, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Role, type ServiceAccount, changeServiceAccount, createServiceAccount, deleteServiceAccount, listServiceAccounts } from '../../api/accounts';
import { ConfirmButton } from '../../components/ConfirmButton';
import { Fold } from '../../components/Fold';
import { RoleSelect } from '../../components/RoleSelect';
import { SearchBox } from '../../components/SearchBox';
import { Asked, Empty, ErrorBox } from '../../components/states';
import { messages, useT } from '../../lib/i18n';
import { useUrlParam } from '../../lib/urlParams';
import { Tokens } from './Tokens';
import { useChange } from './useChange';

const texts = messages({
  search: ['Search service accounts', '서비스 계정 검색'],
  name: ['Name of a new service account', '새 서비스 계정 이름'],
  role: ['Role of the new service account', '새 서비스 계정의 역할'],
  roleOf: ['Role of {name}', '{name}의 역할'],
  add: ['Create', '만들기'],
  none: ['No service accounts', '서비스 계정이 없습니다'],
  noneText: ['Programs such as Terraform log in with a token of one: Authorization: Bearer …', 'Terraform 같은 프로그램은 서비스 계정의 토큰으로 로그인합니다: Authorization: Bearer …'],
  tokens: ['{n} {n|token|tokens}', '토큰 {n}개'],
  disabled: ['disabled', '사용 중지'],
  disable: ['Disable', '사용 중지'],
  enable: ['Enable again', '다시 사용'],
  remove: ['Delete', '삭제'],
});

export function ServiceAccountsView() {
  const t = useT(texts);
  const [search] = useUrlParam('search');
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('Viewer');
  const result = useQuery({ queryKey: ['service accounts'], queryFn: ({ signal }) => listServiceAccounts(signal) });
  const create = useChange(['service accounts'], () => createServiceAccount(name.trim(), role), () => setName(''));
  return (
    <>
      <Group mb="md" align="flex-start">
        <SearchBox label={t('search')} />
        <form
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate(undefined);
          }}
        >
          <Group gap="xs">
            <TextInput aria-label={t('name')} placeholder={t('name')} w={260} value={name} onChange={(event) => setName(event.currentTarget.value)} />
            <RoleSelect name={t('role')} value={role} onChange={setRole} />
            <Button type="submit" disabled={name.trim() === ''} loading={create.isPending}>
              {t('add')}
            </Button>
          </Group>
        </form>
      </Group>
      {create.error && <ErrorBox error={create.error} />}
      <Asked result={result}>
        {(accounts) => {
          const found = accounts.filter((one) => one.name.toLowerCase().includes(search.trim().toLowerCase()));
          if (found.length === 0) return <Empty title={t('none')}>{t('noneText')}</Empty>;
          return found.map((account) => <AccountCard key={account.id} account={account} />);
        }}
      </Asked>
    </>
  );
}

function AccountCard({ account }: { account: ServiceAccount }) {
  const t = useT(texts);
  const { id, name } = account;
  const change = useChange(['service accounts'], (next: { role?: Role; isDisabled?: boolean }) => changeServiceAccount(id, next));
  const remove = useChange(['service accounts'], () => deleteServiceAccount(id));
  const error = change.error ?? remove.error;
  const head = (
    <>
      <Text fw={600}>{name}</Text>
      <Badge variant="light">{account.role}</Badge>
      <Text size="sm" c="dimmed">
        {t('tokens', { n: account.tokens })}
      </Text>
      {account.isDisabled && <Badge color="gray">{t('disabled')}</Badge>}
    </>
  );
  return (
    <Fold head={head} open={false} testId="service-account">
      <Group gap="xs" mb="sm">
        <RoleSelect size="xs" name={t('roleOf', { name })} value={account.role} onChange={(role) => change.mutate({ role })} />
        <Button size="compact-sm" variant="light" color="orange" onClick={() => change.mutate({ isDisabled: !account.isDisabled })}>
          {account.isDisabled ? t('enable') : t('disable')}
        </Button>
        <ConfirmButton size="compact-sm" label={t('remove')} about={name} onConfirm={() => remove.mutate(undefined)} />
      </Group>
      {error && <ErrorBox error={error} />}
      <Tokens account={id} />
    </Fold>
  );
}
