/** Field config: unit, limits, colours, thresholds, mappings, links; for all fields or for an override's. */
import { ActionIcon, Button, Checkbox, Group, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core';

import { Icon } from '../../components/Icon';
import { useT } from '../../lib/i18n';
import { asBoolean, asNumber, asObject, asObjects, asString } from '../../panels/json';
import type { Json, JsonObject } from '../../panels/json';
import { ColorField, UnitField } from './OptionField';
import { editTexts } from './texts';

const CONTINUOUS = ['GrYlRd', 'RdYlGr', 'BlYlRd', 'YlRd', 'BlPu', 'YlBl', 'blues', 'reds', 'greens', 'purples'];

/** The standard properties that overrides can set too. */
export const STANDARD_PROPERTIES = [
  'unit',
  'min',
  'max',
  'decimals',
  'displayName',
  'noValue',
  'color',
  'thresholds',
  'mappings',
  'links',
] as const;
export type StandardProperty = (typeof STANDARD_PROPERTIES)[number];

/** Every standard property of `defaults`. */
export function FieldEditor({ defaults, onChange }: { defaults: JsonObject; onChange(defaults: JsonObject): void }) {
  return (
    <Stack gap="xs">
      {STANDARD_PROPERTIES.map((id) => (
        <StandardField
          key={id}
          id={id}
          value={defaults[id]}
          onChange={(value) => {
            const { [id]: _old, ...rest } = defaults;
            onChange(value === undefined ? rest : { ...rest, [id]: value });
          }}
        />
      ))}
    </Stack>
  );
}

/** One standard property. */
export function StandardField({
  id,
  value,
  onChange,
}: {
  id: StandardProperty;
  value: Json | undefined;
  onChange(value: Json | undefined): void;
}) {
  const t = useT(editTexts);
  switch (id) {
    case 'unit':
      return <UnitField label={t('unit')} value={asString(value)} onChange={(unit) => onChange(unit === '' ? undefined : unit)} />;
    case 'min':
    case 'max':
    case 'decimals':
      return (
        <NumberInput
          size="xs"
          label={t(id)}
          value={asNumber(value) ?? ''}
          onChange={(next) => onChange(typeof next === 'number' ? next : undefined)}
        />
      );
    case 'displayName':
    case 'noValue':
      return (
        <TextInput
          size="xs"
          label={t(id)}
          value={asString(value)}
          onChange={(event) => onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
        />
      );
    case 'color':
      return <ColorMode value={asObject(value)} onChange={onChange} />;
    case 'thresholds':
      return <Thresholds value={asObject(value)} onChange={onChange} />;
    case 'mappings':
      return <Mappings value={asObjects(value)} onChange={onChange} />;
    case 'links':
      return <Links value={asObjects(value)} onChange={onChange} />;
  }
}

function ColorMode({ value, onChange }: { value: JsonObject; onChange(value: Json | undefined): void }) {
  const t = useT(editTexts);
  const mode = asString(value['mode'], 'palette-classic');
  const data = [
    { value: 'palette-classic', label: t('palette') },
    { value: 'thresholds', label: t('byThreshold') },
    { value: 'fixed', label: t('fixed') },
    ...CONTINUOUS.map((name) => ({ value: `continuous-${name}`, label: t('continuous', { name }) })),
  ];
  if (!data.some((choice) => choice.value === mode)) data.push({ value: mode, label: mode });
  return (
    <>
      <Select
        size="xs"
        label={t('colorMode')}
        allowDeselect={false}
        data={data}
        value={mode}
        onChange={(next) => onChange({ ...value, mode: next ?? mode })}
      />
      {mode === 'fixed' && (
        <ColorField
          label={t('color')}
          value={asString(value['fixedColor'])}
          onChange={(fixedColor) => onChange({ ...value, fixedColor })}
        />
      )}
    </>
  );
}

function Thresholds({ value, onChange }: { value: JsonObject; onChange(value: Json | undefined): void }) {
  const t = useT(editTexts);
  const steps = asObjects(value['steps']);
  const put = (next: JsonObject[]): void => onChange({ mode: asString(value['mode'], 'absolute'), steps: next });
  const sorted = (next: JsonObject[]): JsonObject[] =>
    [...next].sort((a, b) => asNumber(a['value'], -Infinity) - asNumber(b['value'], -Infinity));
  return (
    <Stack gap={4}>
      <Group justify="space-between">
        <Text size="xs" fw={500}>
          {t('thresholds')}
        </Text>
        <Select
          size="xs"
          w={110}
          aria-label={t('thresholdMode')}
          allowDeselect={false}
          data={[
            { value: 'absolute', label: t('absolute') },
            { value: 'percentage', label: t('percentage') },
          ]}
          value={asString(value['mode'], 'absolute')}
          onChange={(mode) => onChange({ mode: mode ?? 'absolute', steps })}
        />
      </Group>
      {steps.map((step, index) => (
        <Group key={index} gap={4} wrap="nowrap" align="flex-end">
          {index === 0 ? (
            <Text size="xs" w={90}>
              {t('base')}
            </Text>
          ) : (
            <NumberInput
              size="xs"
              w={90}
              aria-label={`${t('thresholds')} ${index}`}
              value={asNumber(step['value']) ?? ''}
              onChange={(next) =>
                put(steps.map((old, at) => (at === index ? { ...old, value: typeof next === 'number' ? next : null } : old)))
              }
              onBlur={() => put(sorted(steps))}
            />
          )}
          <div style={{ flex: 1 }}>
            <ColorField
              label=""
              value={asString(step['color'])}
              onChange={(color) => put(steps.map((old, at) => (at === index ? { ...old, color } : old)))}
            />
          </div>
          {index > 0 && (
            <ActionIcon
              size="sm"
              variant="subtle"
              color="red"
              aria-label={`${t('remove')} ${index}`}
              onClick={() => put(steps.filter((_step, at) => at !== index))}
            >
              <Icon name="trash" size={12} />
            </ActionIcon>
          )}
        </Group>
      ))}
      <Button
        size="compact-xs"
        variant="default"
        onClick={() =>
          put(
            steps.length === 0
              ? [{ color: 'green', value: null }]
              : [...steps, { color: 'red', value: asNumber(steps.at(-1)?.['value'], 0) + 10 }],
          )
        }
      >
        {t('addThreshold')}
      </Button>
    </Stack>
  );
}

/** Mappings of single values have fields; the other kinds are kept and edited as JSON of the panel. */
function Mappings({ value, onChange }: { value: JsonObject[]; onChange(value: Json | undefined): void }) {
  const t = useT(editTexts);
  const others = value.filter((mapping) => mapping['type'] !== 'value');
  const pairs = value
    .filter((mapping) => mapping['type'] === 'value')
    .flatMap((mapping) => Object.entries(asObject(mapping['options'])).map(([from, result]) => ({ from, result: asObject(result) })));
  const put = (next: typeof pairs): void =>
    onChange([
      ...(next.length === 0
        ? []
        : [{ type: 'value', options: Object.fromEntries(next.map((pair, index) => [pair.from, { ...pair.result, index }])) }]),
      ...others,
    ] as Json[]);
  const change = (index: number, pair: (typeof pairs)[number]): void => put(pairs.map((old, at) => (at === index ? pair : old)));
  return (
    <Stack gap={4}>
      <Text size="xs" fw={500}>
        {t('mappings')}
      </Text>
      {pairs.map((pair, index) => (
        <Group key={index} gap={4} wrap="nowrap">
          <TextInput
            size="xs"
            w={70}
            aria-label={`${t('mapValue')} ${index + 1}`}
            value={pair.from}
            onChange={(event) => change(index, { ...pair, from: event.currentTarget.value })}
          />
          <TextInput
            size="xs"
            style={{ flex: 1 }}
            aria-label={`${t('mapText')} ${index + 1}`}
            value={asString(pair.result['text'])}
            onChange={(event) => change(index, { ...pair, result: { ...pair.result, text: event.currentTarget.value } })}
          />
          <TextInput
            size="xs"
            w={80}
            aria-label={`${t('color')} ${index + 1}`}
            list="db-colors"
            value={asString(pair.result['color'])}
            onChange={(event) => change(index, { ...pair, result: { ...pair.result, color: event.currentTarget.value } })}
          />
          <ActionIcon
            size="sm"
            variant="subtle"
            color="red"
            aria-label={`${t('remove')} ${index + 1}`}
            onClick={() => put(pairs.filter((_pair, at) => at !== index))}
          >
            <Icon name="trash" size={12} />
          </ActionIcon>
        </Group>
      ))}
      <Button size="compact-xs" variant="default" onClick={() => put([...pairs, { from: '', result: { text: '' } }])}>
        {t('addMapping')}
      </Button>
    </Stack>
  );
}

function Links({ value, onChange }: { value: JsonObject[]; onChange(value: Json | undefined): void }) {
  const t = useT(editTexts);
  const put = (index: number, link: JsonObject | undefined): void =>
    onChange(value.flatMap((old, at) => (at !== index ? [old] : link === undefined ? [] : [link])) as Json[]);
  return (
    <Stack gap={4}>
      <Text size="xs" fw={500}>
        {t('fieldLinks')}
      </Text>
      {value.map((link, index) => (
        <Stack key={index} gap={2}>
          <TextInput
            size="xs"
            aria-label={`${t('linkTitle')} ${index + 1}`}
            placeholder={t('linkTitle')}
            value={asString(link['title'])}
            onChange={(event) => put(index, { ...link, title: event.currentTarget.value })}
          />
          <Group gap={4} wrap="nowrap">
            <TextInput
              size="xs"
              style={{ flex: 1 }}
              aria-label={`${t('linkUrl')} ${index + 1}`}
              placeholder={t('linkUrl')}
              value={asString(link['url'])}
              onChange={(event) => put(index, { ...link, url: event.currentTarget.value })}
            />
            <Checkbox
              size="xs"
              label={t('newTab')}
              checked={asBoolean(link['targetBlank'])}
              onChange={(event) => put(index, { ...link, targetBlank: event.currentTarget.checked })}
            />
            <ActionIcon
              size="sm"
              variant="subtle"
              color="red"
              aria-label={`${t('remove')} ${index + 1}`}
              onClick={() => put(index, undefined)}
            >
              <Icon name="trash" size={12} />
            </ActionIcon>
          </Group>
        </Stack>
      ))}
      <Button size="compact-xs" variant="default" onClick={() => onChange([...value, { title: '', url: '' }] as Json[])}>
        {t('addLink')}
      </Button>
    </Stack>
  );
}
