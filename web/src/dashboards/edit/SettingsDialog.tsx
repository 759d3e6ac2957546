/** Settings of a dashboard: general, variables, annotations, links, versions, JSON. */
import { Button, Group, Modal, Select, Stack, Tabs, Text, TextInput, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router-dom';

import { ErrorBox } from '../../components/states';
import { useT } from '../../lib/i18n';
import { asNumber, asObjects, asString, isObject } from '../../panels/json';
import type { Json } from '../../panels/json';
import { deleteDashboard } from '../api';
import { importDashboard } from '../model/import';
import { renamesIn } from '../model/renames';
import { allPanels } from '../model/types';
import { AFTER_SAVE } from '../view/LeaveGuard';
import { useDashboard } from '../view/state';
import { AnnotationsEditor } from './AnnotationsEditor';
import { applyRenames, renamedQueries } from './changes';
import { JsonField } from './JsonField';
import { editTexts } from './texts';
import { VariablesEditor } from './VariablesEditor';
import { Versions } from './Versions';

export function SettingsDialog({ close }: { close(): void }) {
  const t = useT(editTexts);
  const { dashboard, edit } = useDashboard();
  return (
    <Modal opened onClose={close} title={t('settings')} size="xl" closeButtonProps={{ 'aria-label': t('close') }}>
      <Tabs defaultValue="general" keepMounted={false}>
        <Tabs.List>
          {(['general', 'variables', 'annotations', 'links', 'versions', 'renames', 'json'] as const).map((tab) => (
            <Tabs.Tab key={tab} value={tab} data-testid={`settings-${tab}`}>
              {t(tab)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="general" pt="sm">
          <General close={close} />
        </Tabs.Panel>
        <Tabs.Panel value="variables" pt="sm">
          <VariablesEditor />
        </Tabs.Panel>
        <Tabs.Panel value="annotations" pt="sm">
          <AnnotationsEditor />
        </Tabs.Panel>
        <Tabs.Panel value="links" pt="sm">
          <JsonField
            label={t('links')}
            value={asObjects(dashboard['links'] as Json | undefined)}
            onChange={(links) => edit((old) => ({ ...old, links: asObjects(links) }), 'links')}
          />
        </Tabs.Panel>
        <Tabs.Panel value="versions" pt="sm">
          <Versions close={close} />
        </Tabs.Panel>
        <Tabs.Panel value="renames" pt="sm">
          <Renames />
        </Tabs.Panel>
        <Tabs.Panel value="json" pt="sm">
          <JsonField
            label={t('json')}
            minRows={18}
            value={dashboard}
            onChange={(json) => {
              if (isObject(json)) edit(() => importDashboard(json), 'json');
            }}
          />
        </Tabs.Panel>
      </Tabs>
    </Modal>
  );
}

function General({ close }: { close(): void }) {
  const t = useT(editTexts);
  const { dashboard, edit } = useDashboard();
  const navigate = useNavigate();
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState<unknown>();
  const uid = asString(dashboard['uid']);
  const text = (key: 'timezone' | 'refresh') => (
    <TextInput
      label={t(key)}
      value={asString(dashboard[key])}
      onChange={({ currentTarget: { value } }) => edit((old) => ({ ...old, [key]: value }), key)}
    />
  );
  const remove = (): void => {
    deleteDashboard(uid).then(() => {
      close();
      void navigate('/dashboards', { state: AFTER_SAVE });
    }, setError);
  };
  return (
    <Stack gap="sm">
      <TextInput
        label={t('title')}
        value={dashboard.title}
        onChange={({ currentTarget: { value } }) => edit((old) => ({ ...old, title: value }), 'title')}
      />
      <Textarea
        label={t('description')}
        autosize
        value={asString(dashboard['description'])}
        onChange={({ currentTarget: { value } }) => edit((old) => ({ ...old, description: value }), 'description')}
      />
      <TextInput
        label={t('tags')}
        value={dashboard.tags.join(', ')}
        onChange={({ currentTarget: { value } }) =>
          edit(
            (old) => ({
              ...old,
              tags: value
                .split(',')
                .map((tag) => tag.trim())
                .filter((tag, index, all) => tag !== '' || index === all.length - 1),
            }),
            'tags',
          )
        }
        onBlur={() => edit((old) => ({ ...old, tags: old.tags.filter((tag) => tag !== '') }), 'tags')}
      />
      <Group grow>
        <TextInput
          label={`${t('timeRange')}: from`}
          value={dashboard.time.from}
          onChange={({ currentTarget: { value } }) => edit((old) => ({ ...old, time: { ...old.time, from: value } }), 'time')}
        />
        <TextInput
          label={`${t('timeRange')}: to`}
          value={dashboard.time.to}
          onChange={({ currentTarget: { value } }) => edit((old) => ({ ...old, time: { ...old.time, to: value } }), 'time')}
        />
      </Group>
      <Group grow>
        {text('timezone')}
        {text('refresh')}
      </Group>
      <Select
        label={t('tooltipMode')}
        allowDeselect={false}
        data={[
          { value: '0', label: t('tooltip0') },
          { value: '1', label: t('tooltip1') },
          { value: '2', label: t('tooltip2') },
        ]}
        value={String(asNumber(dashboard['graphTooltip'], 0))}
        onChange={(mode) => edit((old) => ({ ...old, graphTooltip: Number(mode ?? 0) }))}
      />
      {uid !== '' &&
        (asked ? (
          <Group>
            <Text size="sm">{t('deleteSure', { name: dashboard.title })}</Text>
            <Button size="xs" color="red" onClick={remove}>
              {t('remove')}
            </Button>
            <Button size="xs" variant="default" onClick={() => setAsked(false)}>
              {t('cancel')}
            </Button>
          </Group>
        ) : (
          <Button size="xs" variant="light" color="red" style={{ alignSelf: 'flex-start' }} onClick={() => setAsked(true)}>
            {t('deleteDashboard')}
          </Button>
        ))}
      {error !== undefined && <ErrorBox error={error} />}
    </Stack>
  );
}

/** Queries of renamed metrics are changed on consent, after a look at what would change. */
function Renames() {
  const t = useT(editTexts);
  const { dashboard, edit } = useDashboard();
  const [text, setText] = useState(() =>
    renamesIn(allPanels(dashboard.panels).flatMap((panel) => panel.targets.map((target) => asString(target['expr'])))),
  );
  const names = new Map(
    text.split('\n').flatMap((line): [string, string][] => {
      const [from, to] = line.trim().split(/[\s=>,]+/);
      return from !== undefined && to !== undefined && from !== '' && to !== '' ? [[from, to]] : [];
    }),
  );
  const found = renamedQueries(dashboard, names);
  return (
    <Stack gap="sm">
      <Textarea label={t('renamesHint')} minRows={4} autosize value={text} onChange={(event) => setText(event.currentTarget.value)} />
      <ul className="db-diff">
        {found.map((change, index) => (
          <li key={index}>
            {change.panel} {change.refId}
            <br />
            <del>− {change.before}</del>
            <br />
            <ins>+ {change.after}</ins>
          </li>
        ))}
      </ul>
      <Button style={{ alignSelf: 'flex-start' }} disabled={found.length === 0} onClick={() => edit((old) => applyRenames(old, names))}>
        {t('apply')} ({found.length})
      </Button>
    </Stack>
  );
}
