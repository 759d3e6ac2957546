/** The legend: a click shows one series alone, a click with Ctrl (or Shift) adds and removes. Works by keyboard too. */
import { Button, Group, Text, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { messages, useT } from '../../lib/i18n';
import type { ChartSeries } from './model';

const texts = messages({
  more: ['Show all {n} series', '시계열 {n}개 모두 보기'],
  all: ['Show all again', '모두 다시 보기'],
  hint: ['Click shows one series alone; Ctrl and click adds or removes it', '클릭하면 하나만 보고, Ctrl+클릭으로 더하거나 뺍니다'],
});

/** Rows before "show all": a legend of hundreds would push everything else away. */
const ROWS = 20;

interface Props {
  series: readonly ChartSeries[];
  hidden: ReadonlySet<string>;
  onChange: (hidden: ReadonlySet<string>) => void;
}

export function Legend({ series, hidden, onChange }: Props) {
  const t = useT(texts);
  const [all, setAll] = useState(false);
  const rows = all ? series : series.slice(0, ROWS);
  const choose = (name: string, add: boolean) => {
    const visible = series.filter((one) => !hidden.has(one.name));
    if (add) {
      const next = new Set(hidden);
      if (!next.delete(name)) next.add(name);
      onChange(next);
    } else if (visible.length === 1 && visible[0]?.name === name) {
      onChange(new Set());
    } else {
      onChange(new Set(series.filter((one) => one.name !== name).map((one) => one.name)));
    }
  };
  return (
    <div className="chart-legend" title={t('hint')}>
      {rows.map((one) => (
        <UnstyledButton
          key={one.name}
          className="chart-legend-row"
          aria-pressed={!hidden.has(one.name)}
          onClick={(event) => choose(one.name, event.ctrlKey || event.metaKey || event.shiftKey)}
        >
          <span className="chart-swatch" style={{ background: one.color, opacity: hidden.has(one.name) ? 0.25 : 1 }} />
          <Text component="span" size="xs" ff="monospace" td={hidden.has(one.name) ? 'line-through' : undefined} style={{ overflowWrap: 'anywhere' }}>
            {one.name}
          </Text>
        </UnstyledButton>
      ))}
      <Group gap="xs" mt={4}>
        {series.length > rows.length && (
          <Button size="compact-xs" variant="subtle" onClick={() => setAll(true)}>
            {t('more', { n: series.length })}
          </Button>
        )}
        {hidden.size > 0 && (
          <Button size="compact-xs" variant="subtle" onClick={() => onChange(new Set())}>
            {t('all')}
          </Button>
        )}
      </Group>
    </div>
  );
}
