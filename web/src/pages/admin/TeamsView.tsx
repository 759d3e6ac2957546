/** Teams: who is in them, and the selector that says which series they see. */
import { Badge, Button, Code, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Team, deleteTeam, listTeams } from '../../api/accounts';
import { ConfirmButton } from '../../components/ConfirmButton';
import { Fold } from '../../components/Fold';
import { Icon } from '../../components/Icon';
import { SearchBox } from '../../components/SearchBox';
import { Asked, Empty, ErrorBox } from '../../components/states';
import { messages, useT } from '../../lib/i18n';
import { useUrlParam } from '../../lib/urlParams';
import { TeamDialog } from './TeamDialog';
import { TeamMembers } from './TeamMembers';
import { useChange } from './useChange';

const texts = messages({
  search: ['Search teams', '팀 검색'],
  add: ['New team', '팀 추가'],
  none: ['No teams', '팀이 없습니다'],
  noneText: ['Teams get folder permissions together, and may see only the series that a selector names.', '팀 단위로 폴더 권한을 주고, 선택자로 볼 수 있는 시계열을 제한할 수 있습니다.'],
  members: ['{n} {n|member|members}', '구성원 {n}명'],
  sees: ['sees', '볼 수 있는 시계열:'],
  everything: ['every series', '모든 시계열'],
  edit: ['Edit', '편집'],
  remove: ['Delete', '삭제'],
});

export function TeamsView() {
  const t = useT(texts);
  const [search] = useUrlParam('search');
  const [editing, setEditing] = useState<Team | 'new'>();
  const result = useQuery({ queryKey: ['teams'], queryFn: ({ signal }) => listTeams(signal) });
  return (
    <>
      <Group mb="md">
        <SearchBox label={t('search')} />
        <Button leftSection={<Icon name="plus" />} onClick={() => setEditing('new')}>
          {t('add')}
        </Button>
      </Group>
      <Asked result={result}>
        {(teams) => {
          const found = teams.filter((team) => team.name.toLowerCase().includes(search.trim().toLowerCase()));
          if (found.length === 0) return <Empty title={t('none')}>{t('noneText')}</Empty>;
          return found.map((team) => <TeamCard key={team.id} team={team} onEdit={() => setEditing(team)} />);
        }}
      </Asked>
      {editing && <TeamDialog team={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />}
    </>
  );
}

function TeamCard({ team, onEdit }: { team: Team; onEdit: () => void }) {
  const t = useT(texts);
  const remove = useChange(['teams'], () => deleteTeam(team.id));
  const head = (
    <>
      <Text fw={600}>{team.name}</Text>
      <Badge variant="default" tt="none">
        {t('members', { n: team.memberCount })}
      </Badge>
      <Text size="sm" c="dimmed">
        {t('sees')} {team.selector ? <Code>{team.selector}</Code> : t('everything')}
      </Text>
    </>
  );
  return (
    <Fold head={head} open={false} testId="team">
      <Group gap="xs" mb="sm">
        <Button size="compact-xs" variant="light" onClick={onEdit} aria-label={`${t('edit')}: ${team.name}`}>
          {t('edit')}
        </Button>
        <ConfirmButton label={t('remove')} about={team.name} loading={remove.isPending} onConfirm={() => remove.mutate(undefined)} />
        {team.email && <Text size="sm">{team.email}</Text>}
      </Group>
      {remove.error && <ErrorBox error={remove.error} />}
      <TeamMembers team={team} />
    </Fold>
  );
}
