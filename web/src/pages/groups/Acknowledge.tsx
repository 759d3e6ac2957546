/** "I have it": repeats stop until the alert resolves, and everybody sees who has it. */
import { Button, Group, Popover, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Alert } from '../../api/alerting';
import { deleteV2, postV2 } from '../../api/client';
import { ErrorBox } from '../../components/states';
import { messages, useT } from '../../lib/i18n';
import { useStored } from '../../lib/stored';

const texts = messages({
  ack: ['Acknowledge', '확인'],
  undo: ['Take back', '확인 취소'],
  owner: ['Who takes care', '담당자'],
  note: ['Note', '메모'],
  send: ['Acknowledge', '확인'],
});

export function Acknowledge({ alert }: { alert: Alert }) {
  const t = useT(texts);
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const [owner, setOwner] = useStored('creator', '');
  const [note, setNote] = useState('');
  const done = () => {
    setOpen(false);
    return queries.invalidateQueries({ queryKey: ['groups'] });
  };
  const send = useMutation({
    mutationFn: () => postV2('/bongsu/acks', { fingerprint: alert.fingerprint, owner: owner.trim(), note: note.trim() }),
    onSuccess: done,
  });
  const undo = useMutation({ mutationFn: (id: string) => deleteV2(`/bongsu/ack/${encodeURIComponent(id)}`), onSuccess: done });
  const { acknowledged } = alert;
  if (acknowledged) {
    return (
      <Button size="compact-xs" variant="light" loading={undo.isPending} onClick={() => undo.mutate(acknowledged.id)}>
        {t('undo')}
      </Button>
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
            <Group justify="flex-end">
              <Button size="xs" type="submit" disabled={owner.trim() === ''} loading={send.isPending}>
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
