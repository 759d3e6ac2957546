/** The members of a team: added, made to run it, taken out. */
import { Button, Group, Select, Switch, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Team, addTeamMember, listMembers, listTeamMembers, removeTeamMember, setTeamAdmin } from '../../api/accounts';
import { Asked, ErrorBox } from '../../components/states';
import { messages, useT } from '../../lib/i18n';
import { useChange } from './useChange';

const texts = messages({
  who: ['Add somebody', '구성원 추가'],
  add: ['Add', '추가'],
  none: ['Nobody yet', '아직 구성원이 없습니다'],
  runs: ['runs the team', '팀 관리자'],
  runsOf: ['{login} runs the team', '{login} 팀 관리자'],
  remove: ['Remove', '제외'],
  removeWho: ['Remove {login}', '{login} 제외'],
});

export function TeamMembers({ team }: { team: Team }) {
  const t = useT(texts);
  const [chosen, choose] = useState<string | null>(null);
  const members = useQuery({ queryKey: ['team members', team.id], queryFn: ({ signal }) => listTeamMembers(team.id, signal) });
  const everybody = useQuery({ queryKey: ['org members'], queryFn: ({ signal }) => listMembers(signal) });
  const add = useChange(['teams', 'team members'], (id: number) => addTeamMember(team.id, id), () => choose(null));
  const runs = useChange(['team members'], ({ id, on }: { id: number; on: boolean }) => setTeamAdmin(team.id, id, on));
  const remove = useChange(['teams', 'team members'], (id: number) => removeTeamMember(team.id, id));
  const error = add.error ?? runs.error ?? remove.error;
  return (
    <Asked result={members}>
      {(present) => {
        const ids = new Set(present.map((one) => one.userId));
        const others = (everybody.data ?? []).filter((one) => !ids.has(one.userId));
        return (
          <>
            {present.length === 0 && (
              <Text size="sm" c="dimmed">
                {t('none')}
              </Text>
            )}
            <Table verticalSpacing={4} fz="sm">
              <Table.Tbody>
                {present.map((one) => (
                  <Table.Tr key={one.userId} data-testid="team-member">
                    <Table.Td>
                      {one.login} {one.name && one.name !== one.login ? `(${one.name})` : ''}
                    </Table.Td>
                    <Table.Td>
                      <Switch
                        size="xs"
                        label={t('runs')}
                        aria-label={t('runsOf', { login: one.login })}
                        checked={one.permission === 4}
                        onChange={(event) => runs.mutate({ id: one.userId, on: event.currentTarget.checked })}
                      />
                    </Table.Td>
                    <Table.Td ta="right">
                      <Button size="compact-xs" variant="light" color="red" aria-label={t('removeWho', { login: one.login })} onClick={() => remove.mutate(one.userId)}>
                        {t('remove')}
                      </Button>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
            <Group gap="xs" mt="xs">
              <Select
                size="xs"
                searchable
                aria-label={t('who')}
                placeholder={t('who')}
                data={others.map((one) => ({ value: String(one.userId), label: one.name ? `${one.login} (${one.name})` : one.login }))}
                value={chosen}
                onChange={choose}
                limit={100}
              />
              <Button size="xs" variant="light" disabled={!chosen} loading={add.isPending} onClick={() => chosen && add.mutate(Number(chosen))}>
                {t('add')}
              </Button>
            </Group>
            {error && <ErrorBox error={error} />}
          </>
        );
      }}
    </Asked>
  );
}
