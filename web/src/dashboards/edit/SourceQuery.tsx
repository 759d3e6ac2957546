/** A query of a data source other than Prometheus: its text, and the few fields that decide how the answer reads. */
import { Group, Select, TextInput, Textarea } from '@mantine/core';

import { translate, useLanguage } from '../../lib/i18n';
import { asArray, asString, isObject } from '../../panels/json';
import type { Target } from '../model/types';
import { JsonField } from './JsonField';
import { queryForm } from './source-fields';
import type { QueryField } from './source-fields';

interface Props {
  type: string;
  target: Target;
  onChange(target: Target): void;
}

export function SourceQuery({ type, target, onChange }: Props) {
  const form = queryForm(type);
  if (form === undefined)
    return (
      <JsonField
        label={target.refId}
        value={target}
        onChange={(next) => {
          if (isObject(next)) onChange({ ...next, refId: target.refId });
        }}
      />
    );
  const put = (key: string, value: Target[string]): void => onChange({ ...target, ...form.always, [key]: value });
  const wide = form.fields.filter(({ kind }) => kind !== 'text' && kind !== 'select');
  return (
    <>
      {wide.map((field) => (
        <Wide key={field.key} field={field} target={target} put={put} />
      ))}
      <Group gap="xs" mt={6} align="flex-end">
        {form.fields
          .filter((field) => !wide.includes(field))
          .map((field) => (
            <Narrow key={field.key} field={field} target={target} put={put} />
          ))}
      </Group>
    </>
  );
}

interface FieldProps {
  field: QueryField;
  target: Target;
  put(key: string, value: Target[string]): void;
}

function Wide({ field, target, put }: FieldProps) {
  const { language } = useLanguage();
  const label = `${translate(field.label, language)} ${target.refId}`;
  if (field.kind === 'json')
    return <JsonField label={label} value={target[field.key] ?? []} minRows={2} onChange={(value) => put(field.key, value)} />;
  const lines = field.kind === 'lines';
  return (
    <Textarea
      size="xs"
      autosize
      minRows={lines ? 1 : 3}
      maxRows={20}
      spellCheck={false}
      label={label}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      value={
        lines
          ? asArray(target[field.key])
              .filter((one) => typeof one === 'string')
              .join('\n')
          : asString(target[field.key])
      }
      onChange={(event) => put(field.key, lines ? event.currentTarget.value.split('\n') : event.currentTarget.value)}
    />
  );
}

function Narrow({ field, target, put }: FieldProps) {
  const { language } = useLanguage();
  const label = translate(field.label, language);
  if (field.kind === 'select')
    return (
      <Select
        size="xs"
        w={130}
        label={label}
        allowDeselect={false}
        data={(field.choices ?? []).map(({ value, text }) => ({ value, label: translate(text, language) }))}
        value={asString(target[field.key], field.fallback ?? '')}
        onChange={(value) => put(field.key, value ?? field.fallback ?? '')}
      />
    );
  return (
    <TextInput
      size="xs"
      style={{ flex: 1, minWidth: 140 }}
      label={label}
      value={asString(target[field.key])}
      onChange={(event) => put(field.key, event.currentTarget.value)}
    />
  );
}
