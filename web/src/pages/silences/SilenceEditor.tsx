/** The form of a silence, with the alerts that it would keep quiet right now. */
import { ActionIcon, Alert as Box, Button, Card, Grid, Group, Select, Stack, Switch, Text, TextInput, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router-dom';
import { ApiError, send } from '../../api/client';
import { Icon } from '../../components/Icon';
import { ErrorBox } from '../../components/states';
import { useT } from '../../lib/i18n';
import type { Matcher } from '../../lib/labels';
import { writeStored } from '../../lib/stored';
import { SilencePreview } from './SilencePreview';
import { type Problem, type SilenceForm, toPosted } from './model';
import { texts } from './texts';

const OPERATORS = ['=', '!=', '=~', '!~'];
const LENGTHS = ['30m', '2h', '8h', '1d', '3d', '1w'];

export function SilenceEditor({ start }: { start: SilenceForm }) {
  const t = useT(texts);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [form, setForm] = useState(start);
  const [tried, setTried] = useState(false);
  const { silence, problems } = toPosted(form, Date.now());
  const put = (change: Partial<SilenceForm>) => setForm({ ...form, ...change });
  const save = useMutation({
    mutationFn: (force: boolean) => send('/api/v2/silences', { body: silence, query: force ? { force: true } : {} }),
    onSuccess: async () => {
      writeStored('creator', form.createdBy.trim());
      await queries.invalidateQueries();
      await navigate('/silences');
    },
  });
  const wrong = (problem: Problem) => (tried && problems.includes(problem) ? t(`p_${problem}`) : undefined);
  const broad = save.error instanceof ApiError && save.error.status === 409;
  return (
    <Grid>
      <Grid.Col span={{ base: 12, lg: 7 }}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            setTried(true);
            if (silence) save.mutate(false);
          }}
        >
          <Stack gap="sm">
            <Matchers matchers={form.matchers} onChange={(matchers) => put({ matchers })} error={wrong('matchers') ?? wrong('emptyMatcher')} />
            <Group grow align="flex-start">
              <TextInput label={t('start')} placeholder={t('startHint')} value={form.start} onChange={(event) => put({ start: event.currentTarget.value })} error={wrong('start')} />
              <TextInput
                label={t('end')}
                placeholder={t('endHint')}
                value={form.end}
                onChange={(event) => put({ end: event.currentTarget.value })}
                error={wrong('end') ?? wrong('order')}
              />
            </Group>
            <Group gap={4}>
              {LENGTHS.map((length) => (
                <Button key={length} size="compact-xs" variant={form.end === length ? 'filled' : 'default'} onClick={() => put({ end: length })}>
                  {length}
                </Button>
              ))}
            </Group>
            <TextInput label={t('creator')} value={form.createdBy} onChange={(event) => put({ createdBy: event.currentTarget.value })} error={wrong('createdBy')} />
            <Textarea label={t('comment')} autosize minRows={2} value={form.comment} onChange={(event) => put({ comment: event.currentTarget.value })} error={wrong('comment')} />
            <Switch label={t('untilResolved')} checked={form.untilResolved} onChange={(event) => put({ untilResolved: event.currentTarget.checked })} />
            <TextInput label={t('during')} description={t('duringHint')} value={form.during} onChange={(event) => put({ during: event.currentTarget.value })} />
            {save.error && !broad && <ErrorBox error={save.error} />}
            {broad && (
              <Box color="yellow" title={t('broad')} role="alert">
                <Text size="sm">{save.error?.message}</Text>
                <Button size="xs" mt="xs" color="yellow" variant="light" onClick={() => save.mutate(true)}>
                  {t('force')}
                </Button>
              </Box>
            )}
            <Group>
              <Button type="submit" loading={save.isPending}>
                {t('save')}
              </Button>
              <Button variant="default" component={Link} to="/silences">
                {t('cancel')}
              </Button>
            </Group>
          </Stack>
        </form>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 5 }}>
        <SilencePreview silence={silence} matchers={form.matchers} />
      </Grid.Col>
    </Grid>
  );
}

interface MatchersProps {
  matchers: readonly Matcher[];
  onChange: (matchers: Matcher[]) => void;
  error?: string;
}

function Matchers({ matchers, onChange, error }: MatchersProps) {
  const t = useT(texts);
  const put = (i: number, change: Partial<Matcher>) => onChange(matchers.map((one, at) => (at === i ? { ...one, ...change } : one)));
  return (
    <Card withBorder p="sm" component="fieldset">
      <Text component="legend" size="sm" fw={600}>
        {t('matchers')}
      </Text>
      <Stack gap={6}>
        {matchers.map((matcher, i) => (
          <Group key={i} gap={6} wrap="nowrap">
            <TextInput style={{ flex: 2, minWidth: 0 }} aria-label={`${t('name')} ${i + 1}`} placeholder={t('name')} value={matcher.name} onChange={(event) => put(i, { name: event.currentTarget.value })} />
            <Select
              w={70}
              aria-label={`${t('operator')} ${i + 1}`}
              data={OPERATORS}
              value={`${matcher.isEqual ? (matcher.isRegex ? '=~' : '=') : matcher.isRegex ? '!~' : '!='}`}
              allowDeselect={false}
              withCheckIcon={false}
              onChange={(operator) => operator && put(i, { isEqual: operator.startsWith('='), isRegex: operator.endsWith('~') })}
            />
            <TextInput style={{ flex: 3, minWidth: 0 }} aria-label={`${t('value')} ${i + 1}`} placeholder={t('value')} value={matcher.value} onChange={(event) => put(i, { value: event.currentTarget.value })} />
            <ActionIcon variant="default" size={36} aria-label={t('removeMatcher', { n: i + 1 })} onClick={() => onChange(matchers.filter((_, at) => at !== i))}>
              <Icon name="trash" />
            </ActionIcon>
          </Group>
        ))}
        {error && (
          <Text size="sm" c="red" role="alert">
            {error}
          </Text>
        )}
        <div>
          <Button size="compact-sm" variant="light" leftSection={<Icon name="plus" size={14} />} onClick={() => onChange([...matchers, { name: '', value: '', isRegex: false, isEqual: true }])}>
            {t('addMatcher')}
          </Button>
        </div>
      </Stack>
    </Card>
  );
}
