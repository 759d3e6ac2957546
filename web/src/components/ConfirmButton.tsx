/** A button for what cannot be taken back: the first press asks, the second does it. The question goes away by itself when focus leaves. */
import { Button, type ButtonProps } from '@mantine/core';
import { useState } from 'react';
import { messages, useT } from '../lib/i18n';

const texts = messages({ sure: ['Really? {what}', '정말 실행할까요? {what}'] });

interface Props extends Omit<ButtonProps, 'children' | 'onClick'> {
  /** What it does, in a word or two. */
  label: string;
  /** For screen readers where several buttons share a label: what it is done to. */
  about?: string;
  onConfirm: () => void;
}

export function ConfirmButton({ label, about, onConfirm, ...button }: Props) {
  const t = useT(texts);
  const [asked, setAsked] = useState(false);
  const words = asked ? t('sure', { what: label }) : label;
  return (
    <Button
      size="compact-xs"
      color="red"
      {...button}
      variant={asked ? 'filled' : 'light'}
      aria-label={about ? `${words}: ${about}` : undefined}
      onBlur={() => setAsked(false)}
      onKeyDown={(event) => event.key === 'Escape' && setAsked(false)}
      onClick={() => {
        setAsked(!asked);
        if (asked) onConfirm();
      }}
    >
      {words}
    </Button>
  );
}
