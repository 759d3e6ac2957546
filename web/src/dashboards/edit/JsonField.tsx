/** A text field for JSON that hands on only what parses. */
import { Textarea } from '@mantine/core';
import { useEffect, useState } from 'react';

import { useT } from '../../lib/i18n';
import type { Json } from '../../panels/json';
import { editTexts } from './texts';

export function JsonField({
  label,
  value,
  onChange,
  minRows = 6,
}: {
  label: string;
  value: unknown;
  onChange(value: Json): void;
  minRows?: number;
}) {
  const t = useT(editTexts);
  const written = JSON.stringify(value, null, 2);
  const [text, setText] = useState(written);
  const [error, setError] = useState<string>();
  // Changes from outside show, those that were just typed stay as typed.
  useEffect(() => setText((old) => (normal(old) === normal(written) ? old : written)), [written]);
  const type = (next: string): void => {
    setText(next);
    try {
      const parsed = JSON.parse(next) as Json;
      setError(undefined);
      onChange(parsed);
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure));
    }
  };
  return (
    <Textarea
      label={label}
      size="xs"
      autosize
      minRows={minRows}
      maxRows={28}
      spellCheck={false}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      value={text}
      onChange={(event) => type(event.currentTarget.value)}
      error={error === undefined ? undefined : t('badJson', { error })}
    />
  );
}

function normal(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}
