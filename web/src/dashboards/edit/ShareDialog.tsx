/** Links and exports of a dashboard. */
import { Button, Checkbox, Group, Modal, Stack, Tabs, TextInput } from '@mantine/core';
import { useState } from 'react';

import { url } from '../../lib/base';
import { useLanguage, useT } from '../../lib/i18n';
import { asString } from '../../panels/json';
import { download } from '../view/download';
import { useDashboard } from '../view/state';
import { documentOf, externalDocument } from './changes';
import { SnapshotForm } from './SnapshotForm';
import { editTexts } from './texts';

export function ShareDialog({ close }: { close(): void }) {
  const t = useT(editTexts);
  const { language } = useLanguage();
  const { dashboard, span, sources, theme } = useDashboard();
  const [fixed, setFixed] = useState(true);
  const [copied, setCopied] = useState(false);
  const address = (kiosk: boolean): string => {
    const here = new URL(window.location.href);
    if (fixed) {
      here.searchParams.set('from', String(span.from));
      here.searchParams.set('to', String(span.to));
      here.searchParams.delete('refresh');
    }
    if (kiosk) here.searchParams.set('kiosk', '1');
    return here.toString();
  };
  const uid = asString(dashboard['uid']);
  /** Drawn by the server, over the same time and with the same variables. */
  const picture = (format: string): string => {
    const query = new URL(address(false)).searchParams;
    query.set('format', format);
    query.set('theme', theme.dark ? 'dark' : 'light');
    query.set('lang', language);
    return url(`/render/d/${encodeURIComponent(uid)}?${query.toString()}`);
  };
  const copy = (text: string): void => {
    void navigator.clipboard?.writeText(text).then(() => setCopied(true));
  };
  const save = (document: object, suffix: string): void =>
    download(`${dashboard.title}${suffix}.json`, JSON.stringify(document, null, 2), 'application/json');
  return (
    <Modal opened onClose={close} title={t('share')} size="lg" closeButtonProps={{ 'aria-label': t('close') }}>
      <Tabs defaultValue="link" keepMounted={false}>
        <Tabs.List mb="sm">
          <Tabs.Tab value="link">{t('link')}</Tabs.Tab>
          <Tabs.Tab value="snapshot" data-testid="share-snapshot">
            {t('snapshot')}
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="link">
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
              {uid !== '' && (
                <>
                  <Button variant="default" component="a" href={picture('png')} target="_blank" rel="noopener noreferrer">
                    PNG
                  </Button>
                  <Button variant="default" component="a" href={picture('pdf')} target="_blank" rel="noopener noreferrer">
                    PDF
                  </Button>
                </>
              )}
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
        </Tabs.Panel>
        <Tabs.Panel value="snapshot">
          <SnapshotForm />
        </Tabs.Panel>
      </Tabs>
    </Modal>
  );
}
