/** A field for labels: `severity="critical", team="infra"`; quotes are optional. */
import { TextInput } from '@mantine/core';
import { messages, useT } from '../lib/i18n';
import { parseMatchers } from '../lib/labels';

const texts = messages({
  wrong: ['Labels are written name="value", separated by commas', '레이블은 이름="값"으로 적고 쉼표로 구분합니다'],
});

/** Reads labels; `undefined` if the text is not a list of them. */
export function parseLabels(text: string): Record<string, string> | undefined {
  const matchers = parseMatchers(text);
  if (!matchers?.every((one) => one.isEqual && !one.isRegex)) return undefined;
  return Object.fromEntries(matchers.map(({ name, value }) => [name, value]));
}

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

export function LabelsInput({ label, value, onChange }: Props) {
  const t = useT(texts);
  return (
    <TextInput
      label={label}
      placeholder={'alertname="TargetDown", severity="critical"'}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={parseLabels(value) ? undefined : t('wrong')}
      style={{ flex: '1 1 320px' }}
    />
  );
}
