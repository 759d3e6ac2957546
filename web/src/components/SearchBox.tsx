/** A search field whose text is kept in the address. */
import { TextInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { isComposing } from '../lib/keyboard';
import { useUrlParam } from '../lib/urlParams';
import { Icon } from './Icon';

/** `param`: the address's parameter. The text is handed on letter by letter, but not while a syllable is being composed. */
export function SearchBox({ param = 'search', label }: { param?: string; label: string }) {
  const [stored, store] = useUrlParam(param);
  const [text, setText] = useState(stored);
  const composing = useRef(false);
  useEffect(() => {
    if (!composing.current) setText(stored);
  }, [stored]);
  return (
    <TextInput
      value={text}
      aria-label={label}
      placeholder={label}
      leftSection={<Icon name="search" />}
      style={{ flex: '1 1 220px', maxWidth: 420 }}
      onCompositionStart={() => {
        composing.current = true;
      }}
      onCompositionEnd={(event) => {
        composing.current = false;
        store(event.currentTarget.value);
      }}
      onChange={(event) => {
        const next = event.currentTarget.value;
        setText(next);
        if (!composing.current && !isComposing(event.nativeEvent as InputEvent & { keyCode: number })) store(next);
      }}
    />
  );
}
