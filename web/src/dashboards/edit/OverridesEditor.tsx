/** Overrides: which fields, and which properties they get. */
import { ActionIcon, Button, Group, Paper, Select, Stack, TextInput } from '@mantine/core';

import { Icon } from '../../components/Icon';
import { translate, useLanguage, useT } from '../../lib/i18n';
import type { OptionSpec } from '../../panels/contract';
import { asObject, asObjects, asString } from '../../panels/json';
import type { Json, JsonObject } from '../../panels/json';
import { JsonField } from './JsonField';
import { OptionField } from './OptionField';
import { STANDARD_PROPERTIES, StandardField } from './FieldEditor';
import { editTexts } from './texts';

const MATCHERS = ['byName', 'byRegexp', 'byType', 'byFrameRefID'] as const;

export function OverridesEditor({
  overrides,
  fields,
  names,
  onChange,
}: {
  overrides: readonly Json[];
  fields: readonly OptionSpec[];
  names: readonly string[];
  onChange(overrides: Json[]): void;
}) {
  const t = useT(editTexts);
  const { language } = useLanguage();
  const rules = asObjects(overrides);
  const put = (index: number, rule: JsonObject | undefined): void =>
    onChange(rules.flatMap((old, at) => (at !== index ? [old] : rule === undefined ? [] : [rule])) as Json[]);
  const labels = new Map<string, string>([
    ...STANDARD_PROPERTIES.map((id): [string, string] => [id, t(id === 'color' ? 'colorMode' : id === 'links' ? 'fieldLinks' : id)]),
    ...fields.map((spec): [string, string] => [`custom.${spec.path}`, translate(spec.label, language)]),
  ]);
  return (
    <Stack gap="xs">
      {rules.map((rule, index) => {
        const matcher = asObject(rule['matcher']);
        const id = asString(matcher['id'], 'byName');
        const properties = asObjects(rule['properties']);
        const setProperties = (next: JsonObject[]): void => put(index, { ...rule, properties: next as Json[] });
        const known = (MATCHERS as readonly string[]).includes(id);
        return (
          <Paper key={index} withBorder p="xs" data-testid="override">
            <Group gap={4} wrap="nowrap" align="flex-end" mb={6}>
              {known ? (
                <Select
                  size="xs"
                  w={130}
                  aria-label={t('overrides')}
                  allowDeselect={false}
                  data={MATCHERS.map((one) => ({ value: one, label: t(one) }))}
                  value={id}
                  onChange={(next) => put(index, { ...rule, matcher: { ...matcher, id: next ?? id } })}
                />
              ) : (
                <TextInput size="xs" w={130} aria-label={t('overrides')} readOnly value={id} />
              )}
              {typeof matcher['options'] === 'object' && matcher['options'] !== null ? (
                <JsonField
                  label={id}
                  minRows={2}
                  value={matcher['options']}
                  onChange={(options) => put(index, { ...rule, matcher: { ...matcher, options } })}
                />
              ) : (
                <TextInput
                  size="xs"
                  style={{ flex: 1 }}
                  aria-label={t('field')}
                  list="db-fields"
                  value={asString(matcher['options'])}
                  onChange={(event) => put(index, { ...rule, matcher: { ...matcher, options: event.currentTarget.value } })}
                />
              )}
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
            <Stack gap={6}>
              {properties.map((property, at) => {
                const name = asString(property['id']);
                const change = (value: Json | undefined): void =>
                  setProperties(properties.map((old, where) => (where === at ? { ...old, value: value ?? null } : old)));
                const standard = STANDARD_PROPERTIES.find((one) => one === name);
                const spec = fields.find((one) => `custom.${one.path}` === name);
                return (
                  <Group key={name + at} gap={4} wrap="nowrap" align="flex-end">
                    <div style={{ flex: 1 }}>
                      {standard !== undefined ? (
                        <StandardField id={standard} value={property['value']} onChange={change} />
                      ) : spec !== undefined ? (
                        <OptionField spec={spec} value={property['value']} onChange={change} />
                      ) : (
                        <JsonField label={name} minRows={1} value={property['value'] ?? null} onChange={change} />
                      )}
                    </div>
                    <ActionIcon
                      size="sm"
                      variant="subtle"
                      color="gray"
                      aria-label={`${t('remove')}: ${name}`}
                      onClick={() => setProperties(properties.filter((_property, where) => where !== at))}
                    >
                      <Icon name="close" size={12} />
                    </ActionIcon>
                  </Group>
                );
              })}
              <Select
                size="xs"
                searchable
                placeholder={t('addProperty')}
                aria-label={t('addProperty')}
                value={null}
                data={[...labels]
                  .filter(([value]) => !properties.some((property) => property['id'] === value))
                  .map(([value, label]) => ({ value, label }))}
                onChange={(value) => {
                  if (value !== null) setProperties([...properties, { id: value, value: null }]);
                }}
              />
            </Stack>
          </Paper>
        );
      })}
      <datalist id="db-fields">
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => onChange([...rules, { matcher: { id: 'byName', options: names[0] ?? '' }, properties: [] }] as Json[])}
      >
        {t('addOverride')}
      </Button>
    </Stack>
  );
}
