/** Links and exports of a dashboard. */
import { Button, Checkbox, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';

import { useT } from '../../lib/i18n';
import { download } from '../view/download';
import { useDashboard } from '../view/state';
import { documentOf, externalDocument } from './changes';
import { editTexts } from './texts';

export function ShareDialog({ close }: { close(): void }) {
  const t = useT(editTexts);
  const { dashboard, span, sources } = useDashboard();
  const [fixed, setFixed] = useState(true);
  const [copied, setCopied] = useState(false);
  const address = (kiosk: boolean): string => {
    const url = new URL(window.location.href);
    if (fixed) {
      url.searchParams.set('from', String(span.from));
      url.searchParams.set('to', String(span.to));
      url.searchParams.delete('refresh');
    }
    if (kiosk) url.searchParams.set('kiosk', '1');
    return url.toString();
  };
  const copy = (text: string): void => {
    void navigator.clipboard?.writeText(text).then(() => setCopied(true));
  };
  const save = (document: object, suffix: string): void =>
    download(`${dashboard.title}${suffix}.json`, JSON.stringify(document, null, 2), 'application/json');
  return (
    <Modal opened onClose={close} title={t('share')} size="lg" closeButtonProps={{ 'aria-label': t('close') }}>
      <Stack gap="sm">
        <Checkbox
          label={t('keepTime')}
          checked={fixed}
          onChange={(event) => {
            setFixed(event.currentTarget.checked);
            setCopied(false);
          }}
        />
        <TextInput label={t('link')} readOnly value={address(false)} onFocus={(event) => event.currentTarget.select()} />
        <TextInput label={t('embed')} readOnly value={address(true)} onFocus={(event) => event.currentTarget.select()} />
        <Group>
          <Button variant="default" onClick={() => copy(address(false))}>
            {copied ? t('copied') : t('copyLink')}
          </Button>
          <Button variant="default" onClick={() => save(documentOf(dashboard), '')} data-testid="export">
            {t('export')}
          </Button>
          <Button
            variant="default"
            onClick={() =>
              save(
                externalDocument(dashboard, (uid) => sources.find((source) => source.uid === uid)),
                '-shared',
              )
            }
          >
            {t('exportExternal')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
