/** "I have it": repeats stop until the alert resolves, and everybody sees who has it. */
import { Button, Group, Popover, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Acknowledgement, Labels } from '../api/alerting';
import { deleteV2, postV2 } from '../api/client';
import { resolveTime } from '../lib/timeRange';
import { messages, useT } from '../lib/i18n';
import { equalTo } from '../lib/labels';
import { useStored } from '../lib/stored';
import { usePerson } from './person';
import { ErrorBox } from './states';

const texts = messages({
  ack: ['Acknowledge', '확인'],
  undo: ['Take back', '확인 취소'],
  owner: ['Who takes care', '담당자'],
  note: ['Note', '메모'],
  until: ['Until', '언제까지'],
  untilHint: ['empty: until it resolves; or now+2h', '비우면 해소될 때까지, 또는 now+2h'],
  untilWrong: ['Not a moment to come: now+2h, or 2026-11-21 18:00', '앞으로 올 시각이 아닙니다: now+2h 또는 2026-11-21 18:00'],
  send: ['Acknowledge', '확인'],
});

interface Props {
  /** All labels of the alert. */
  labels: Labels;
  /** Names the alert where it is known; without it, all alerts with these labels are meant. */
  fingerprint?: string;
  acknowledged?: Acknowledgement;
}

/** A moment to come as it is posted; `undefined` for none, `null` for what is no such moment. */
export function untilOf(text: string, nowMs: number): string | undefined | null {
  if (text.trim() === '') return undefined;
  const ms = resolveTime(text.trim(), nowMs);
  return ms === undefined || ms <= nowMs ? null : new Date(ms).toISOString();
}

export function Acknowledge({ labels, fingerprint, acknowledged }: Props) {
  const t = useT(texts);
  const person = usePerson();
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const [stored, setOwner] = useStored('creator', '');
  const [note, setNote] = useState('');
  const [until, setUntil] = useState('');
  const owner = stored || person?.login || '';
  const wrong = untilOf(until, Date.now()) === null;
  const done = () => {
    setOpen(false);
    return Promise.all(['groups', 'acks', 'why', 'ledger'].map((key) => queries.invalidateQueries({ queryKey: [key] })));
  };
  const send = useMutation({
    mutationFn: () => {
      const what = fingerprint === undefined ? { matchers: equalTo(labels) } : { fingerprint };
      return postV2('/bongsu/acks', { ...what, owner: owner.trim(), note: note.trim(), until: untilOf(until, Date.now()) ?? undefined });
    },
    onSuccess: done,
  });
  const undo = useMutation({ mutationFn: (id: string) => deleteV2(`/bongsu/ack/${encodeURIComponent(id)}`), onSuccess: done });
  if (acknowledged) {
    return (
      <>
        <Button size="compact-xs" variant="light" loading={undo.isPending} onClick={() => undo.mutate(acknowledged.id)}>
          {t('undo')}
        </Button>
        {undo.error && <ErrorBox error={undo.error} />}
      </>
    );
  }
  return (
    <Popover opened={open} onChange={setOpen} withArrow shadow="md" trapFocus>
      <Popover.Target>
        <Button size="compact-xs" variant="light" onClick={() => setOpen(!open)}>
          {t('ack')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            send.mutate();
          }}
        >
          <Stack gap="xs" w={260}>
            <TextInput size="xs" label={t('owner')} required value={owner} onChange={(event) => setOwner(event.currentTarget.value)} />
            <TextInput size="xs" label={t('note')} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
            <TextInput
              size="xs"
              label={t('until')}
              placeholder={t('untilHint')}
              error={wrong ? t('untilWrong') : undefined}
              value={until}
              onChange={(event) => setUntil(event.currentTarget.value)}
            />
            <Group justify="flex-end">
              <Button size="xs" type="submit" disabled={owner.trim() === '' || wrong} loading={send.isPending}>
                {t('send')}
              </Button>
            </Group>
            {send.error && <ErrorBox error={send.error} />}
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
