/** The variables of a dashboard: add, order, change; what each offers is shown at once. */
import { ActionIcon, Button, Checkbox, Group, NumberInput, Paper, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';

import { Icon } from '../../components/Icon';
import { useT } from '../../lib/i18n';
import { asBoolean, asNumber, asString, isObject } from '../../panels/json';
import type { JsonObject } from '../../panels/json';
import type { VariableDoc } from '../model/types';
import { queryText } from '../model/variable-options';
import { useDashboard } from '../view/state';
import { LabelBrowser } from './LabelBrowser';
import { editTexts } from './texts';

const KINDS = ['query', 'custom', 'textbox', 'constant', 'interval', 'datasource', 'adhoc'];
/** Options shown as a sample. */
const SAMPLE = 20;

export function VariablesEditor() {
  const t = useT(editTexts);
  const { dashboard, variables, edit } = useDashboard();
  const docs = dashboard.templating.list;
  const [open, setOpen] = useState<number>();
  const put = (list: VariableDoc[]): void => edit((old) => ({ ...old, templating: { ...old.templating, list } }), 'variables');
  const add = (): void => {
    let index = docs.length + 1;
    while (docs.some((doc) => doc.name === `var${index}`)) index += 1;
    put([...docs, { name: `var${index}`, type: 'query', query: '', refresh: 1 }]);
    setOpen(docs.length);
  };
  const up = (index: number): void => {
    const next = [...docs];
    const [doc] = next.splice(index, 1);
    if (doc !== undefined) next.splice(index - 1, 0, doc);
    put(next);
  };
  return (
    <Stack gap="xs">
      {docs.map((doc, index) => {
        const found = variables.find((variable) => variable.name === doc.name);
        return (
          <Paper key={index} withBorder p="xs" data-testid="variable-row">
            <Group gap="xs">
              <Button
                size="compact-sm"
                variant="subtle"
                aria-expanded={open === index}
                onClick={() => setOpen(open === index ? undefined : index)}
              >
                ${doc.name}
              </Button>
              <Text size="xs" c="dimmed" truncate style={{ flex: 1 }}>
                {doc.type} {queryText(doc)}
              </Text>
              <ActionIcon
                size="sm"
                variant="subtle"
                color="gray"
                aria-label={`${doc.name} ↑`}
                disabled={index === 0}
                onClick={() => up(index)}
              >
                <Icon name="up" size={13} />
              </ActionIcon>
              <ActionIcon
                size="sm"
                variant="subtle"
                color="red"
                aria-label={`${t('remove')}: ${doc.name}`}
                onClick={() => put(docs.filter((_doc, at) => at !== index))}
              >
                <Icon name="trash" size={13} />
              </ActionIcon>
            </Group>
            {open === index && <VariableForm doc={doc} onChange={(next) => put(docs.map((old, at) => (at === index ? next : old)))} />}
            {open === index && found !== undefined && (
              <Text size="xs" mt={6} c={found.error === undefined ? 'dimmed' : 'red'}>
                {t('preview')}:{' '}
                {found.error ??
                  found.options
                    .slice(0, SAMPLE)
                    .map((option) => option.text)
                    .join(', ')}
                {found.options.length > SAMPLE ? ` … (${found.options.length})` : ''}
              </Text>
            )}
          </Paper>
        );
      })}
      <Button size="xs" variant="default" style={{ alignSelf: 'flex-start' }} onClick={add} data-testid="add-variable">
        {t('addVariable')}
      </Button>
    </Stack>
  );
}

function VariableForm({ doc, onChange }: { doc: VariableDoc; onChange(doc: VariableDoc): void }) {
  const t = useT(editTexts);
  const { sources } = useDashboard();
  const set = (more: JsonObject): void => onChange({ ...doc, ...more });
  const many = doc.type === 'query' || doc.type === 'custom' || doc.type === 'datasource';
  const source = isObject(doc['datasource']) ? asString(doc['datasource']['uid']) : asString(doc['datasource']);
  const chosen = sources.find((one) => (source === '' ? one.isDefault : one.uid === source));
  return (
    <Stack gap="xs" mt="xs">
      <Group grow>
        <NameField name={doc.name} rename={(name) => set({ name })} />
        <TextInput
          size="xs"
          label={t('label')}
          value={asString(doc['label'])}
          onChange={(event) => set({ label: event.currentTarget.value })}
        />
        <Select
          size="xs"
          label={t('variableKind')}
          allowDeselect={false}
          data={KINDS.includes(doc.type) ? KINDS : [...KINDS, doc.type]}
          value={doc.type}
          onChange={(type) => set({ type: type ?? doc.type })}
        />
        <Select
          size="xs"
          label={t('hide')}
          allowDeselect={false}
          data={[
            { value: '0', label: t('hide0') },
            { value: '1', label: t('hide1') },
            { value: '2', label: t('hide2') },
          ]}
          value={String(asNumber(doc['hide'], 0))}
          onChange={(hide) => set({ hide: Number(hide ?? 0) })}
        />
      </Group>
      {doc.type !== 'adhoc' && (
        <TextInput
          size="xs"
          label={t('variableQuery')}
          placeholder={doc.type === 'query' ? 'label_values(up, instance)' : doc.type === 'datasource' ? 'prometheus' : 'a, b, c'}
          value={queryText(doc)}
          onChange={(event) => set({ query: event.currentTarget.value, definition: event.currentTarget.value })}
          data-testid="variable-query"
        />
      )}
      {doc.type === 'query' && (chosen === undefined || chosen.type === 'prometheus') && (
        <LabelBrowser
          source={chosen?.uid ?? ''}
          query={queryText(doc)}
          onChange={(query) => set({ query, definition: query })}
        />
      )}
      {(doc.type === 'query' || doc.type === 'adhoc') && (
        <Select
          size="xs"
          label={t('dataSource')}
          allowDeselect={false}
          data={[
            { value: '', label: t('defaultSource') },
            ...sources.map((one) => ({ value: one.uid, label: one.name })),
            ...(source !== '' && !sources.some((one) => one.uid === source) ? [{ value: source, label: source }] : []),
          ]}
          value={source}
          onChange={(uid) =>
            set({
              datasource: uid === null || uid === '' ? null : { uid, type: sources.find((one) => one.uid === uid)?.type ?? 'prometheus' },
            })
          }
        />
      )}
      {(doc.type === 'query' || doc.type === 'datasource') && (
        <TextInput
          size="xs"
          label={t('variableRegex')}
          value={asString(doc['regex'])}
          onChange={(event) => set({ regex: event.currentTarget.value })}
        />
      )}
      {doc.type === 'query' && (
        <Group grow>
          <Select
            size="xs"
            label={t('sort')}
            allowDeselect={false}
            data={['–', 'A–Z', 'Z–A', '1–9', '9–1', 'a–z', 'z–a', 'a1–a10', 'a10–a1'].map((label, value) => ({
              value: String(value),
              label,
            }))}
            value={String(asNumber(doc['sort'], 0))}
            onChange={(sort) => set({ sort: Number(sort ?? 0) })}
          />
          <Select
            size="xs"
            label={t('reload')}
            allowDeselect={false}
            data={[
              { value: '1', label: t('reload1') },
              { value: '2', label: t('reload2') },
            ]}
            value={String(Math.max(1, asNumber(doc['refresh'], 1)))}
            onChange={(refresh) => set({ refresh: Number(refresh ?? 1) })}
          />
        </Group>
      )}
      {many && (
        <Group>
          <Checkbox
            size="xs"
            label={t('multi')}
            checked={asBoolean(doc['multi'])}
            onChange={(event) => set({ multi: event.currentTarget.checked })}
          />
          <Checkbox
            size="xs"
            label={t('includeAll')}
            checked={asBoolean(doc['includeAll'])}
            onChange={(event) => set({ includeAll: event.currentTarget.checked })}
          />
          {asBoolean(doc['includeAll']) && (
            <TextInput
              size="xs"
              label={t('allValue')}
              value={asString(doc['allValue'])}
              onChange={(event) => set({ allValue: event.currentTarget.value })}
            />
          )}
        </Group>
      )}
      {doc.type === 'interval' && (
        <Group>
          <Checkbox
            size="xs"
            label="auto"
            checked={asBoolean(doc['auto'])}
            onChange={(event) => set({ auto: event.currentTarget.checked })}
          />
          <NumberInput
            size="xs"
            w={90}
            aria-label="auto_count"
            value={asNumber(doc['auto_count'], 30)}
            onChange={(next) => set({ auto_count: typeof next === 'number' ? next : 30 })}
          />
        </Group>
      )}
    </Stack>
  );
}

/** The name of a variable. What cannot be one stays in the field, as it was typed, and is not taken. */
function NameField({ name, rename }: { name: string; rename(name: string): void }) {
  const t = useT(editTexts);
  const [typed, setTyped] = useState(name);
  const fits = /^\w+$/.test(typed);
  return (
    <TextInput
      size="xs"
      label={t('name')}
      value={fits && typed !== name ? name : typed}
      error={fits ? undefined : t('badName')}
      onChange={(event) => {
        const next = event.currentTarget.value;
        setTyped(next);
        if (/^\w+$/.test(next)) rename(next);
      }}
    />
  );
}
