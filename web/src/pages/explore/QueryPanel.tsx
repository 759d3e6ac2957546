/** One query: its editor, and its answer as a graph, a table or an explanation. */
import { ActionIcon, Button, Card, Group, Loader, Menu, ScrollArea, Tabs, Text, TextInput, Tooltip } from '@mantine/core';
import { Suspense, lazy, useEffect, useState } from 'react';
import { formatQuery } from '../../api/query';
import { Icon, type IconName } from '../../components/Icon';
import { ErrorBox } from '../../components/states';
import { useTime } from '../../components/time';
import { useT } from '../../lib/i18n';
import { MetricBrowser } from './MetricBrowser';
import { ExplainTab } from './ExplainTab';
import { GraphTab } from './GraphTab';
import { TableTab } from './TableTab';
import { forgetAll, readHistory, remember } from './history';
import type { PanelState, Tab } from './model';
import { texts } from './texts';

const PromqlEditor = lazy(() => import('../../promql/PromqlEditor'));

interface Props {
  number: number;
  state: PanelState;
  onChange: (state: PanelState) => void;
  onDuplicate: () => void;
  onRemove?: () => void;
}

export function QueryPanel({ number, state, onChange, onDuplicate, onRemove }: Props) {
  const t = useT(texts);
  const { refreshNow } = useTime();
  const [text, setText] = useState(state.expr);
  const [browsing, setBrowsing] = useState(false);
  const [formatError, setFormatError] = useState<unknown>();
  useEffect(() => setText(state.expr), [state.expr]);

  const run = (expr = text) => {
    setFormatError(undefined);
    remember(expr);
    setText(expr);
    if (expr === state.expr) refreshNow();
    else onChange({ ...state, expr });
  };
  const format = async () => {
    try {
      setText(await formatQuery(text));
      setFormatError(undefined);
    } catch (error) {
      setFormatError(error);
    }
  };
  return (
    <Card withBorder padding="sm" component="section" aria-label={t('query', { n: number })} data-testid="query-panel" style={{ overflow: 'visible' }}>
      <Group gap={6} align="flex-start" wrap="wrap">
        <div style={{ flex: '1 1 320px', minWidth: 0, display: 'flex' }}>
          <Suspense fallback={<TextInput style={{ flex: 1 }} value={text} aria-label={t('query', { n: number })} readOnly rightSection={<Loader size="xs" />} />}>
            <PromqlEditor value={text} onChange={setText} onRun={() => run()} label={t('query', { n: number })} hint={t('hint')} />
          </Suspense>
        </div>
        <Group gap={4} wrap="nowrap">
          <Button onClick={() => run()} leftSection={<Icon name="play" size={14} />} data-testid="run">
            {t('run')}
          </Button>
          <Tool icon="search" label={t('metrics')} onClick={() => setBrowsing(true)} />
          <Tool icon="edit" label={t('format')} onClick={() => void format()} disabled={text.trim() === ''} />
          <HistoryMenu run={run} />
          <Tool icon="copy" label={t('duplicate')} onClick={onDuplicate} />
          {onRemove && <Tool icon="trash" label={t('remove')} onClick={onRemove} />}
        </Group>
      </Group>
      {formatError !== undefined && (
        <div style={{ marginTop: 8 }}>
          <ErrorBox error={formatError} />
        </div>
      )}
      <Tabs value={state.tab} onChange={(tab) => tab && onChange({ ...state, tab: tab as Tab })} mt="sm" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="table" leftSection={<Icon name="table" />}>
            {t('table')}
          </Tabs.Tab>
          <Tabs.Tab value="graph" leftSection={<Icon name="chart" />}>
            {t('graph')}
          </Tabs.Tab>
          <Tabs.Tab value="explain" leftSection={<Icon name="tree" />}>
            {t('explain')}
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="table" pt="sm">
          <TableTab expr={state.expr} />
        </Tabs.Panel>
        <Tabs.Panel value="graph" pt="sm">
          <GraphTab state={state} onChange={onChange} />
        </Tabs.Panel>
        <Tabs.Panel value="explain" pt="sm">
          <ExplainTab state={state} onChange={onChange} />
        </Tabs.Panel>
      </Tabs>
      <MetricBrowser
        opened={browsing}
        close={() => setBrowsing(false)}
        choose={(expr) => {
          setBrowsing(false);
          run(expr);
        }}
      />
    </Card>
  );
}

function Tool({ icon, label, onClick, disabled }: { icon: IconName; label: string; onClick: () => void; disabled?: boolean }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size={36} aria-label={label} onClick={onClick} disabled={disabled}>
        <Icon name={icon} />
      </ActionIcon>
    </Tooltip>
  );
}

function HistoryMenu({ run }: { run: (expr: string) => void }) {
  const t = useT(texts);
  const [entries, setEntries] = useState<readonly string[]>([]);
  return (
    <Menu position="bottom-end" width={480} onOpen={() => setEntries(readHistory())}>
      <Menu.Target>
        <ActionIcon variant="default" size={36} aria-label={t('history')}>
          <Icon name="history" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown maw="95vw">
        <Menu.Label>{t('history')}</Menu.Label>
        <ScrollArea.Autosize mah={320}>
          {entries.map((expr) => (
            <Menu.Item key={expr} onClick={() => run(expr)}>
              <Text size="xs" ff="monospace" lineClamp={2} style={{ overflowWrap: 'anywhere' }}>
                {expr}
              </Text>
            </Menu.Item>
          ))}
        </ScrollArea.Autosize>
        {entries.length === 0 ? (
          <Menu.Item disabled>{t('noHistory')}</Menu.Item>
        ) : (
          <Menu.Item color="red" onClick={forgetAll}>
            {t('forget')}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
