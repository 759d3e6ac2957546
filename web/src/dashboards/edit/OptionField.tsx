/** One option as a control: switch, number, text, choice, reductions, colour, unit. */
import { MultiSelect, NumberInput, Select, Switch, TextInput, Textarea } from '@mantine/core';
import { useMemo } from 'react';

import { translate, useLanguage } from '../../lib/i18n';
import type { OptionSpec } from '../../panels/contract';
import { asNumber, asString } from '../../panels/json';
import type { Json } from '../../panels/json';
import { calcName } from '../../panels/legend/model';
import { reducers, units } from '../data/engine';

interface Props {
  spec: OptionSpec;
  value: Json | undefined;
  onChange(value: Json | undefined): void;
}

export function OptionField({ spec, value, onChange }: Props) {
  const { language } = useLanguage();
  const label = translate(spec.label, language);
  const { control } = spec;
  switch (control.kind) {
    case 'switch':
      return (
        <Switch
          size="xs"
          label={label}
          checked={typeof value === 'boolean' ? value : spec.fallback === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case 'number':
      return (
        <NumberInput
          size="xs"
          label={label}
          value={asNumber(value) ?? ''}
          placeholder={spec.fallback === undefined ? '' : String(spec.fallback)}
          onChange={(next) => onChange(typeof next === 'number' ? next : undefined)}
          {...limits(control)}
        />
      );
    case 'text':
      return control.multiline === true ? (
        <Textarea
          size="xs"
          label={label}
          autosize
          minRows={4}
          maxRows={16}
          value={asString(value)}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      ) : (
        <TextInput
          size="xs"
          label={label}
          value={asString(value, typeof value === 'number' ? String(value) : '')}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case 'select':
      return (
        <Select
          size="xs"
          label={label}
          allowDeselect={false}
          data={control.choices.map((choice) => ({ value: choice.value, label: translate(choice.text, language) }))}
          value={asString(value, asString(spec.fallback))}
          onChange={(next) => onChange(next ?? undefined)}
        />
      );
    case 'calcs':
      return (
        <MultiSelect
          size="xs"
          label={label}
          searchable
          data={reducers().map(({ id }) => ({ value: id, label: calcName(id, language) }))}
          value={Array.isArray(value) ? value.map(String) : []}
          onChange={(next) => onChange(next)}
        />
      );
    case 'color':
      return <ColorField label={label} value={asString(value)} onChange={onChange} />;
    case 'unit':
      return <UnitField label={label} value={asString(value)} onChange={onChange} />;
  }
}

function limits(control: { min?: number; max?: number; step?: number }): { min?: number; max?: number; step?: number } {
  return {
    ...(control.min === undefined ? {} : { min: control.min }),
    ...(control.max === undefined ? {} : { max: control.max }),
    ...(control.step === undefined ? {} : { step: control.step }),
  };
}

/** Names of the palette, beside free CSS colours. */
const COLORS = ['green', 'semi-dark-green', 'yellow', 'orange', 'red', 'dark-red', 'blue', 'light-blue', 'purple', 'text', 'transparent'];

/** A colour by name or CSS. */
export function ColorField({ label, value, onChange }: { label: string; value: string; onChange(value: string): void }) {
  return (
    <>
      <TextInput size="xs" label={label} list="db-colors" value={value} onChange={(event) => onChange(event.currentTarget.value)} />
      <datalist id="db-colors">
        {COLORS.map((color) => (
          <option key={color} value={color} />
        ))}
      </datalist>
    </>
  );
}

/** A unit: one of the list, or any text such as `req/s`. */
export function UnitField({ label, value, onChange }: { label: string; value: string; onChange(value: string): void }) {
  const known = useMemo(
    () => units().flatMap((group) => group.units.map((unit) => ({ ...unit, name: `${group.category} / ${unit.name}` }))),
    [],
  );
  return (
    <>
      <TextInput size="xs" label={label} list="db-units" value={value} onChange={(event) => onChange(event.currentTarget.value)} />
      <datalist id="db-units">
        {known.map((unit, index) => (
          <option key={index} value={unit.id}>
            {unit.name}
          </option>
        ))}
      </datalist>
    </>
  );
}
