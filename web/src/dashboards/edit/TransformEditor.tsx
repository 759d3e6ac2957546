/** The transformations of a panel; `organize` has a form, the others their options as JSON. */
import { ActionIcon, Button, Checkbox, Group, Paper, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';

import { Icon } from '../../components/Icon';
import { useT } from '../../lib/i18n';
import { asBoolean, asNumber, asObject, asString, isObject } from '../../panels/json';
import type { JsonObject } from '../../panels/json';
import { transformationIds } from '../data/engine';
import type { RawFrame } from '../data/frames';
import type { Panel, Transformation } from '../model/types';
import { JsonField } from './JsonField';
import { editTexts } from './texts';

/** What a new transformation begins with. */
const INITIAL: ReadonlyMap<string, JsonObject> = new Map<string, JsonObject>([
  ['organize', { excludeByName: {}, indexByName: {}, renameByName: {} }],
  ['joinByField', { byField: 'Time', mode: 'outer' }],
  ['sortBy', { sort: [{ field: '', desc: true }] }],
  ['limit', { limitField: 10 }],
  ['reduce', { reducers: ['lastNotNull'], mode: 'seriesToRows' }],
  ['filterFieldsByName', { include: { names: [] } }],
  ['groupBy', { fields: {} }],
  ['renameByRegex', { regex: '(.*)', renamePattern: '$1' }],
  ['extractFields', { source: '', format: 'json' }],
  ['prepareTimeSeries', { format: 'multi' }],
  ['calculateField', { mode: 'binary', alias: '', binary: { left: '', operator: '/', right: '' }, reduce: { reducer: 'sum' } }],
]);

export function TransformEditor({ panel, frames, onChange }: { panel: Panel; frames: readonly RawFrame[]; onChange(panel: Panel): void }) {
  const t = useT(editTexts);
  const [chosen, setChosen] = useState<string | null>(null);
  const put = (index: number, step: Transformation | undefined): void =>
    onChange({
      ...panel,
      transformations: panel.transformations.flatMap((old, at) => (at !== index ? [old] : step === undefined ? [] : [step])),
    });
  const move = (index: number, by: number): void => {
    const next = [...panel.transformations];
    const [step] = next.splice(index, 1);
    if (step !== undefined) next.splice(Math.max(0, index + by), 0, step);
    onChange({ ...panel, transformations: next });
  };
  return (
    <Stack gap="sm">
      {panel.transformations.map((step, index) => (
        <Paper key={index} withBorder p="xs">
          <Group gap="xs" mb={4}>
            <Text fw={600} size="sm">
              {step.id}
            </Text>
            <span className="db-grow" />
            <Checkbox
              size="xs"
              aria-label={`${step.id}: ${t('enabled')}`}
              checked={step['disabled'] !== true}
              onChange={(event) => put(index, { ...step, disabled: !event.currentTarget.checked })}
            />
            <ActionIcon
              size="sm"
              variant="subtle"
              color="gray"
              aria-label={`${step.id} ↑`}
              disabled={index === 0}
              onClick={() => move(index, -1)}
            >
              <Icon name="up" size={14} />
            </ActionIcon>
            <ActionIcon
              size="sm"
              variant="subtle"
              color="red"
              aria-label={t('removeTransformation', { name: step.id })}
              onClick={() => put(index, undefined)}
            >
              <Icon name="trash" size={14} />
            </ActionIcon>
          </Group>
          {step.id === 'organize' && <OrganizeForm step={step} frames={frames} onChange={(next) => put(index, next)} />}
          <JsonField
            label={t('optionsJson', { name: step.id })}
            minRows={2}
            value={step.options}
            onChange={(options) => {
              if (isObject(options)) put(index, { ...step, options });
            }}
          />
        </Paper>
      ))}
      <Group gap="xs">
        <Select
          size="xs"
          searchable
          aria-label={t('addTransformation')}
          placeholder={t('addTransformation')}
          data={transformationIds()}
          value={chosen}
          onChange={setChosen}
        />
        <Button
          size="xs"
          variant="default"
          disabled={chosen === null}
          onClick={() => {
            if (chosen !== null)
              onChange({ ...panel, transformations: [...panel.transformations, { id: chosen, options: INITIAL.get(chosen) ?? {} }] });
            setChosen(null);
          }}
        >
          {t('addTransformation')}
        </Button>
      </Group>
    </Stack>
  );
}

/** Fields with their new names, shown or not, in order. */
function OrganizeForm({
  step,
  frames,
  onChange,
}: {
  step: Transformation;
  frames: readonly RawFrame[];
  onChange(step: Transformation): void;
}) {
  const { options } = step;
  const excluded = asObject(options['excludeByName']);
  const renamed = asObject(options['renameByName']);
  const order = asObject(options['indexByName']);
  // After the transformation fields carry new names; the old ones are what the options know.
  const back = new Map(Object.entries(renamed).map(([from, to]) => [asString(to), from]));
  const names = [
    ...new Set([
      ...frames.flatMap((frame) => frame.fields.map((field) => back.get(asString(field.config['displayName'], field.name)) ?? field.name)),
      ...Object.keys(excluded),
      ...Object.keys(renamed),
    ]),
  ].sort((a, b) => asNumber(order[a], 999) - asNumber(order[b], 999));
  const put = (key: string, name: string, value: boolean | string | number): void =>
    onChange({ ...step, options: { ...options, [key]: { ...asObject(options[key]), [name]: value } } });
  const up = (index: number): void => {
    const next = [...names];
    const [name] = next.splice(index, 1);
    if (name !== undefined) next.splice(index - 1, 0, name);
    onChange({ ...step, options: { ...options, indexByName: Object.fromEntries(next.map((one, at) => [one, at])) } });
  };
  return (
    <Stack gap={4} mb="xs">
      {names.map((name, index) => (
        <Group key={name} gap="xs" wrap="nowrap">
          <Checkbox
            size="xs"
            aria-label={name}
            checked={!asBoolean(excluded[name])}
            onChange={(event) => put('excludeByName', name, !event.currentTarget.checked)}
          />
          <Text size="xs" w={150} truncate>
            {name}
          </Text>
          <TextInput
            size="xs"
            style={{ flex: 1 }}
            aria-label={`${name} →`}
            placeholder={name}
            value={asString(renamed[name])}
            onChange={(event) => put('renameByName', name, event.currentTarget.value)}
          />
          <ActionIcon size="sm" variant="subtle" color="gray" aria-label={`${name} ↑`} disabled={index === 0} onClick={() => up(index)}>
            <Icon name="up" size={12} />
          </ActionIcon>
        </Group>
      ))}
    </Stack>
  );
}
