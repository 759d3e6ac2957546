/** All silences of a state. */
import { Badge, Button, Card, Group, Modal, SegmentedControl, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import type { Silence } from '../../api/alerting';
import { deleteV2, getV2 } from '../../api/client';
import { Ago } from '../../components/Ago';
import { Icon } from '../../components/Icon';
import { PageFrame } from '../../components/PageFrame';
import { SearchBox } from '../../components/SearchBox';
import { Asked, Empty, ErrorBox } from '../../components/states';
import { useTime } from '../../components/time';
import { useT } from '../../lib/i18n';
import { matcherText } from '../../lib/labels';
import { useUrlParam } from '../../lib/urlParams';
import { filterSilences } from './model';
import { texts } from './texts';

const STATES = ['active', 'pending', 'expired'] as const;
/** Expired silences are kept for days: so many are drawn. */
const ROWS_MAX = 300;

export function SilenceList() {
  const t = useT(texts);
  const { tick } = useTime();
  const [search] = useUrlParam('search');
  const [state, setState] = useUrlParam('state', 'active');
  const [expiring, setExpiring] = useState<Silence>();
  const result = useQuery({
    queryKey: ['silences', tick],
    queryFn: ({ signal }) => getV2<Silence[]>('/silences', {}, signal),
    placeholderData: (before) => before,
  });
  const add = (
    <Button component={Link} to="/silences/new" leftSection={<Icon name="plus" />}>
      {t('new')}
    </Button>
  );
  return (
    <PageFrame title={t('title')} about={t('about')} actions={add}>
      <Asked result={result}>
        {(silences) => {
          const shown = filterSilences(silences, state, search);
          return (
            <>
              <Group mb="md">
                <SearchBox label={t('search')} />
                <SegmentedControl
                  aria-label={t('state')}
                  size="xs"
                  value={state}
                  onChange={setState}
                  data={STATES.map((one) => ({ value: one, label: `${t(one)} (${filterSilences(silences, one, '').length})` }))}
                />
              </Group>
              {shown.length === 0 && <Empty title={t('none')}>{t('noneText')}</Empty>}
              <Stack gap="sm">
                {shown.slice(0, ROWS_MAX).map((silence) => (
                  <SilenceCard key={silence.id} silence={silence} onExpire={() => setExpiring(silence)} />
                ))}
              </Stack>
            </>
          );
        }}
      </Asked>
      <Modal opened={expiring !== undefined} onClose={() => setExpiring(undefined)} title={t('expire')}>
        {expiring && <Expire silence={expiring} close={() => setExpiring(undefined)} />}
      </Modal>
    </PageFrame>
  );
}

function SilenceCard({ silence, onExpire }: { silence: Silence; onExpire: () => void }) {
  const t = useT(texts);
  const { state } = silence.status;
  const during = silence.annotations?.bongsu_during;
  return (
    <Card withBorder p="sm" data-testid="silence">
      <Group justify="space-between" align="flex-start" gap="sm">
        <Stack gap={6} style={{ flex: '1 1 320px', minWidth: 0 }}>
          <Group gap={4}>
            {silence.matchers.map((matcher) => (
              <Badge key={matcherText(matcher)} variant="default" tt="none" radius="sm" ff="monospace" fw={400}>
                {matcherText(matcher)}
              </Badge>
            ))}
          </Group>
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {silence.comment}
          </Text>
          <Text size="sm" c="dimmed" component="div">
            {t('by', { who: silence.createdBy })} ·{' '}
            {state === 'pending' && (
              <>
                {t('from')} <Ago at={silence.startsAt} /> ·{' '}
              </>
            )}
            {state === 'expired' ? t('ended') : t('until')} <Ago at={silence.endsAt} />
          </Text>
          <Group gap={4}>
            {during && (
              <Badge variant="light" tt="none">
                {t('recurring', { when: during })}
              </Badge>
            )}
            {silence.annotations?.bongsu_until_resolved === 'true' && (
              <Badge variant="light" tt="none">
                {t('resolvedToo')}
              </Badge>
            )}
          </Group>
        </Stack>
        <Group gap={6}>
          {state === 'expired' ? (
            <Button size="compact-sm" variant="light" component={Link} to={`/silences/new?like=${encodeURIComponent(silence.id)}`}>
              {t('again')}
            </Button>
          ) : (
            <>
              <Button size="compact-sm" variant="light" component={Link} to={`/silences/${encodeURIComponent(silence.id)}`}>
                {t('edit')}
              </Button>
              <Button size="compact-sm" variant="light" color="red" onClick={onExpire}>
                {t('expire')}
              </Button>
            </>
          )}
        </Group>
      </Group>
    </Card>
  );
}

function Expire({ silence, close }: { silence: Silence; close: () => void }) {
  const t = useT(texts);
  const queries = useQueryClient();
  const expire = useMutation({
    mutationFn: () => deleteV2(`/silence/${encodeURIComponent(silence.id)}`),
    onSuccess: async () => {
      close();
      await queries.invalidateQueries();
    },
  });
  return (
    <Stack gap="sm">
      <Text size="sm">{t('expireSure')}</Text>
      <Text size="sm" ff="monospace">
        {silence.matchers.map(matcherText).join(', ')}
      </Text>
      {expire.error && <ErrorBox error={expire.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          {t('cancel')}
        </Button>
        <Button color="red" loading={expire.isPending} onClick={() => expire.mutate()}>
          {t('expire')}
        </Button>
      </Group>
    </Stack>
  );
}
