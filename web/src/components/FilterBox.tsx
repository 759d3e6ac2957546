/** A field for matchers, `severity="critical", team=~"a|b"`, kept in the address; says what is wrong as long as something is. */
import { TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { messages, useT } from '../lib/i18n';
import { isComposing } from '../lib/keyboard';
import { parseMatchers } from '../lib/labels';
import { useUrlParam } from '../lib/urlParams';
import { Icon } from './Icon';

const texts = messages({
  label: ['Filter by matchers', '매처로 거르기'],
  hint: ['severity="critical", team=~"a|b"  (Enter applies)', 'severity="critical", team=~"a|b"  (Enter로 적용)'],
  wrong: ['Not a list of matchers: name="value", with =, !=, =~ or !~', '매처 목록이 아닙니다: 이름="값", =, !=, =~, !~ 사용'],
});

export function FilterBox({ param = 'filter' }: { param?: string }) {
  const t = useT(texts);
  const [stored, store] = useUrlParam(param);
  const [text, setText] = useState(stored);
  useEffect(() => setText(stored), [stored]);
  const valid = parseMatchers(text) !== undefined;
  return (
    <TextInput
      value={text}
      aria-label={t('label')}
      placeholder={t('hint')}
      leftSection={<Icon name="search" />}
      error={!valid && text !== stored ? t('wrong') : undefined}
      style={{ flex: '1 1 280px', maxWidth: 640 }}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={() => valid && store(text.trim())}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && !isComposing(event.nativeEvent) && valid) store(text.trim());
      }}
    />
  );
}
