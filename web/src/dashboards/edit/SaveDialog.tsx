/** Saving: message, folder, name of a copy; a conflict with a newer version is shown, not overwritten. */
import { Alert, Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router-dom';

import { ApiError } from '../../api/client';
import { ErrorBox } from '../../components/states';
import { useT } from '../../lib/i18n';
import { asString } from '../../panels/json';
import { createFolder, getFolders, saveDashboard } from '../api';
import { AFTER_SAVE } from '../view/LeaveGuard';
import { useDashboard } from '../view/state';
import { documentOf } from './changes';
import { editTexts } from './texts';

export function SaveDialog({ close }: { close(): void }) {
  const t = useT(editTexts);
  const { dashboard, meta, saved } = useDashboard();
  const navigate = useNavigate();
  const client = useQueryClient();
  const uid = asString(dashboard['uid']);
  const [title, setTitle] = useState(dashboard.title);
  const [message, setMessage] = useState('');
  const [folder, setFolder] = useState(meta.folderUid);
  const [newFolder, setNewFolder] = useState('');
  const [copy, setCopy] = useState(false);
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({ busy: false, error: undefined });
  const folders = useQuery({ queryKey: ['dashboards', 'folders'], queryFn: ({ signal }) => getFolders(signal) });
  const conflict = state.error instanceof ApiError && state.error.status === 412;

  const save = async (overwrite: boolean): Promise<void> => {
    setState({ busy: true, error: undefined });
    try {
      const folderUid = newFolder.trim() === '' ? folder : (await createFolder(newFolder.trim())).uid;
      const asNew = copy || uid === '';
      const next = { ...dashboard, title, ...(asNew ? { id: null, uid: copy ? '' : uid, version: 0 } : { version: meta.version }) };
      const answer = await saveDashboard({ document: documentOf(next), folderUid, message, overwrite });
      const stored = { ...next, uid: answer.uid, version: answer.version };
      saved(stored, {
        ...meta,
        version: answer.version,
        folderUid,
        folderTitle: folders.data?.find((one) => one.uid === folderUid)?.title ?? newFolder.trim(),
      });
      await client.invalidateQueries({ queryKey: ['dashboards', 'search'] });
      close();
      if (asNew) void navigate(`/d/${encodeURIComponent(answer.uid)}`, { replace: true, state: AFTER_SAVE });
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return (
    <Modal opened onClose={close} title={t('save')} closeButtonProps={{ 'aria-label': t('close') }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save(false);
        }}
      >
        <Stack gap="sm">
          {meta.provisioned && <Alert color="yellow">{t('provisioned')}</Alert>}
          <TextInput
            label={t('title')}
            required
            value={title}
            onChange={(event) => setTitle(event.currentTarget.value)}
            data-testid="save-title"
          />
          <Select
            label={t('folder')}
            allowDeselect={false}
            data={[{ value: '', label: t('rootFolder') }, ...(folders.data ?? []).map((one) => ({ value: one.uid, label: one.title }))]}
            value={folder}
            onChange={(next) => setFolder(next ?? '')}
          />
          <TextInput label={t('newFolder')} value={newFolder} onChange={(event) => setNewFolder(event.currentTarget.value)} />
          <TextInput
            label={t('message')}
            value={message}
            onChange={(event) => setMessage(event.currentTarget.value)}
            data-testid="save-message"
          />
          {conflict ? (
            <Alert color="orange" role="alert">
              <Text size="sm">{t('conflict')}</Text>
              <Button mt="xs" size="xs" color="orange" onClick={() => void save(true)}>
                {t('overwrite')}
              </Button>
            </Alert>
          ) : (
            state.error !== undefined && <ErrorBox error={state.error} />
          )}
          <Group justify="flex-end">
            {uid !== '' && (
              <Button
                variant={copy ? 'filled' : 'default'}
                aria-pressed={copy}
                onClick={() => {
                  setCopy(!copy);
                  setTitle(copy ? dashboard.title : `${dashboard.title} (2)`);
                }}
              >
                {t('saveAs')}
              </Button>
            )}
            <Button type="submit" loading={state.busy} data-testid="save-confirm">
              {t('save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
