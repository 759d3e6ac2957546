/** The tokens of a service account. A new one's key is shown once, here, and is nowhere to be found afterwards. */
import { Alert, Button, Code, CopyButton, Group, NativeSelect, Table, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { createToken, deleteToken, listTokens } from '../../api/accounts';
import { Ago } from '../../components/Ago';
import { ConfirmButton } from '../../components/ConfirmButton';
import { Asked, ErrorBox } from '../../components/states';
import { messages, useT } from '../../lib/i18n';
import { useChange } from './useChange';

const texts = messages({
  name: ['Name of a new token', '새 토큰 이름'],
  life: ['How long it is valid', '유효 기간'],
  forever: ['does not expire', '만료 없음'],
  days: ['{n} {n|day|days}', '{n}일'],
  add: ['Create a token', '토큰 만들기'],
  made: ['Copy the token now: it is not shown again', '지금 토큰을 복사하세요. 다시 볼 수 없습니다'],
  copy: ['Copy', '복사'],
  copied: ['Copied', '복사했습니다'],
  none: ['No tokens yet', '아직 토큰이 없습니다'],
  created: ['created', '생성'],
  used: ['last used', '마지막 사용'],
  never: ['never used', '사용한 적 없음'],
  expires: ['expires', '만료'],
  expired: ['expired', '만료됨'],
  remove: ['Delete', '삭제'],
});

const DAY_SECONDS = 86_400;
/** Offered lifetimes in days; 0 for none. */
const LIVES_DAYS = [1, 7, 30, 90, 365, 0];

export function Tokens({ account }: { account: number }) {
  const t = useT(texts);
  const [name, setName] = useState('');
  const [days, setDays] = useState(90);
  const [key, setKey] = useState<string>();
  const result = useQuery({ queryKey: ['tokens', account], queryFn: ({ signal }) => listTokens(account, signal) });
  const create = useChange(
    ['service accounts', 'tokens'],
    () => createToken(account, name.trim(), days * DAY_SECONDS),
    (made) => {
      setKey(made.key);
      setName('');
    },
  );
  const remove = useChange(['service accounts', 'tokens'], (token: number) => deleteToken(account, token));
  const error = create.error ?? remove.error;
  return (
    <>
      <Asked result={result}>
        {(tokens) =>
          tokens.length === 0 ? (
            <Text size="sm" c="dimmed">
              {t('none')}
            </Text>
          ) : (
            <Table.ScrollContainer minWidth={520}>
              <Table verticalSpacing={4} fz="sm">
                <Table.Tbody>
                  {tokens.map((token) => (
                    <Table.Tr key={token.id} data-testid="token">
                      <Table.Td fw={600}>{token.name}</Table.Td>
                      <Table.Td>
                        {t('created')} <Ago at={token.created} />
                      </Table.Td>
                      <Table.Td>
                        {token.lastUsedAt ? (
                          <>
                            {t('used')} <Ago at={token.lastUsedAt} />
                          </>
                        ) : (
                          t('never')
                        )}
                      </Table.Td>
                      <Table.Td>
                        {token.expiration ? (
                          <>
                            {token.hasExpired ? t('expired') : t('expires')} <Ago at={token.expiration} />
                          </>
                        ) : (
                          t('forever')
                        )}
                      </Table.Td>
                      <Table.Td ta="right">
                        <ConfirmButton label={t('remove')} about={token.name} onConfirm={() => remove.mutate(token.id)} />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }
      </Asked>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate(undefined);
        }}
      >
        <Group gap="xs" mt="xs">
          <TextInput size="xs" aria-label={t('name')} placeholder={t('name')} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <NativeSelect
            size="xs"
            aria-label={t('life')}
            data={LIVES_DAYS.map((n) => ({ value: String(n), label: n === 0 ? t('forever') : t('days', { n }) }))}
            value={String(days)}
            onChange={(event) => setDays(Number(event.currentTarget.value))}
          />
          <Button size="xs" type="submit" variant="light" disabled={name.trim() === ''} loading={create.isPending}>
            {t('add')}
          </Button>
        </Group>
      </form>
      {key && (
        <Alert mt="xs" color="green" title={t('made')} role="status">
          <Group gap="xs">
            <Code data-testid="token-key" style={{ overflowWrap: 'anywhere' }}>
              {key}
            </Code>
            <CopyButton value={key}>
              {({ copied, copy }) => (
                <Button size="compact-sm" variant="light" onClick={copy}>
                  {copied ? t('copied') : t('copy')}
                </Button>
              )}
            </CopyButton>
          </Group>
        </Alert>
      )}
      {error && <ErrorBox error={error} />}
    </>
  );
}
