/** The queries of a panel. */
import { ActionIcon, Button, Group, Paper, Select, Stack, Switch, Text, TextInput, Textarea } from '@mantine/core';

import { lazy, Suspense } from 'react';

import { Icon } from '../../components/Icon';
import { useT } from '../../lib/i18n';
import { asBoolean, asNumber, asString, isObject } from '../../panels/json';
import type { Json } from '../../panels/json';
import { BUILT_IN } from '../api';
import { EXPRESSION } from '../data/on-server';
import { refIdAt } from '../model/import';
import { allPanels } from '../model/types';
import type { Panel, Target } from '../model/types';
import type { DataSourceInfo, Variable } from '../model/variables';
import { useDashboard } from '../view/state';
import { SourceQuery } from './SourceQuery';
import { editTexts } from './texts';

const PromqlEditor = lazy(() => import('../../promql/PromqlEditor'));

export function QueryEditor({ panel, onChange }: { panel: Panel; onChange(panel: Panel): void }) {
  const t = useT(editTexts);
  const put = (index: number, target: Target | undefined): void =>
    onChange({ ...panel, targets: panel.targets.flatMap((old, at) => (at !== index ? [old] : target === undefined ? [] : [target])) });
  const add = (made: Omit<Target, 'refId'>): void => {
    let index = 0;
    while (panel.targets.some((target) => target.refId === refIdAt(index))) index += 1;
    onChange({ ...panel, targets: [...panel.targets, { ...made, refId: refIdAt(index) }] });
  };
  return (
    <Stack gap="sm">
      <SourceSelect value={panel['datasource'] as Json | undefined} onChange={(datasource) => onChange({ ...panel, datasource })} />
      {panel.targets.map((target, index) => (
        <TargetEditor key={target.refId} target={target} panel={panel} onChange={(next) => put(index, next)} />
      ))}
      <Group gap="xs">
        <Button size="xs" variant="default" leftSection={<Icon name="plus" size={14} />} onClick={() => add({ expr: '', legendFormat: '__auto' })} data-testid="add-query">
          {t('addQuery')}
        </Button>
        <Button
          size="xs"
          variant="default"
          leftSection={<Icon name="plus" size={14} />}
          onClick={() => add({ datasource: { type: EXPRESSION.type, uid: EXPRESSION.uid }, type: 'math', expression: '' })}
        >
          {t('addExpression')}
        </Button>
        <TextInput
          size="xs"
          w={140}
          inputMode="numeric"
          aria-label={t('maxDataPoints')}
          placeholder={t('maxDataPoints')}
          value={panel['maxDataPoints'] === undefined || panel['maxDataPoints'] === null ? '' : String(panel['maxDataPoints'])}
          onChange={(event) =>
            onChange({ ...panel, maxDataPoints: /^\d+$/.test(event.currentTarget.value) ? Number(event.currentTarget.value) : null })
          }
        />
        <TextInput
          size="xs"
          w={140}
          aria-label={t('minStep')}
          placeholder={t('minStep')}
          value={asString(panel['interval'])}
          onChange={(event) => onChange({ ...panel, interval: event.currentTarget.value })}
        />
      </Group>
    </Stack>
  );
}

function SourceSelect({ value, onChange }: { value: Json | undefined; onChange(value: Json): void }) {
  const t = useT(editTexts);
  const { sources, variables } = useDashboard();
  const uid = isObject(value) ? asString(value['uid']) : asString(value);
  const choices = [
    { value: '', label: t('defaultSource') },
    ...variables
      .filter((variable) => variable.doc.type === 'datasource')
      .map((variable) => ({ value: `\${${variable.name}}`, label: `$${variable.name}` })),
    ...sources.map((source) => ({ value: source.uid, label: `${source.name} (${source.type})` })),
    { value: '-- Mixed --', label: 'Mixed' },
    { value: '-- Dashboard --', label: 'Dashboard' },
  ];
  if (!choices.some((choice) => choice.value === uid)) choices.push({ value: uid, label: uid });
  const pick = (next: string | null): void => {
    const source = sources.find((candidate) => candidate.uid === next);
    onChange(next === null || next === '' ? null : { type: source?.type ?? 'prometheus', uid: next });
  };
  return <Select size="xs" label={t('dataSource')} allowDeselect={false} searchable data={choices} value={uid} onChange={pick} w={320} />;
}

/** The data source of a written uid, through a variable if it must be; the default where nothing is written. */
function chosenSource(uid: string, sources: readonly DataSourceInfo[], variables: readonly Variable[]): DataSourceInfo | undefined {
  if (uid === '') return sources.find(({ isDefault }) => isDefault);
  const variable = /^\$\{?(\w+)\}?$/.exec(uid)?.[1];
  const wanted = variable === undefined ? uid : variables.find(({ name }) => name === variable)?.selected[0];
  return sources.find((candidate) => candidate.uid === wanted || candidate.name === wanted);
}

/** The kind of data source that a query goes to; Prometheus where nothing is said. */
function kindOf(reference: Json | undefined, uid: string, chosen: DataSourceInfo | undefined): string {
  if (uid === EXPRESSION.uid) return EXPRESSION.type;
  return chosen?.type ?? (isObject(reference) ? asString(reference['type'], 'prometheus') : 'prometheus');
}

/** `-- Dashboard --`: which panel's answer is used. */
function OtherPanel({ target, panel, onChange }: { target: Target; panel: Panel; onChange(target: Target): void }) {
  const t = useT(editTexts);
  const { dashboard } = useDashboard();
  const others = allPanels(dashboard.panels).filter((other) => other.id !== panel.id && other.type !== 'row');
  return (
    <Select
      size="xs"
      w={320}
      searchable
      label={t('otherPanel')}
      data={others.map((other) => ({ value: String(other.id), label: other.title === '' ? `${other.type} ${other.id}` : other.title }))}
      value={String(asNumber(target['panelId'], 0))}
      onChange={(id) => onChange({ ...target, panelId: Number(id) })}
    />
  );
}

function TargetEditor({ target, panel, onChange }: { target: Target; panel: Panel; onChange(target: Target | undefined): void }) {
  const t = useT(editTexts);
  const { sources, variables, time } = useDashboard();
  const reference = (target['datasource'] ?? panel['datasource']) as Json | undefined;
  const uid = isObject(reference) ? asString(reference['uid']) : asString(reference);
  const chosen = chosenSource(uid, sources, variables);
  const type = kindOf(reference, uid, chosen);
  const prometheus = type === 'prometheus';
  const hidden = asBoolean(target['hide']);
  const kind = asBoolean(target['instant']) ? (asBoolean(target['range']) ? 'both' : 'instant') : 'range';
  const ref = target.refId;
  return (
    <Paper withBorder p="xs" data-testid={`query-${ref}`}>
      <Group gap="xs" mb={4}>
        <Text fw={600} size="sm">
          {ref}
        </Text>
        {panel['datasource'] !== undefined && uid === '-- Mixed --' && (
          <SourceSelect value={target['datasource']} onChange={(datasource) => onChange({ ...target, datasource })} />
        )}
        <span className="db-grow" />
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          aria-pressed={hidden}
          aria-label={t(hidden ? 'showQuery' : 'hideQuery', { ref })}
          onClick={() => onChange({ ...target, hide: !hidden })}
        >
          <Icon name="eye" size={14} />
        </ActionIcon>
        <ActionIcon size="sm" variant="subtle" color="red" aria-label={t('removeQuery', { ref })} onClick={() => onChange(undefined)}>
          <Icon name="trash" size={14} />
        </ActionIcon>
      </Group>
      {prometheus ? (
        <>
          <Suspense fallback={<Textarea size="xs" aria-label={`${t('expr')} ${ref}`} value={asString(target['expr'])} readOnly />}>
            <PromqlEditor
              value={asString(target['expr'])}
              label={`${t('expr')} ${ref}`}
              hint={t('expr')}
              templated
              server={chosen === undefined || chosen.uid === BUILT_IN.uid ? '' : `/api/datasources/proxy/uid/${encodeURIComponent(chosen.uid)}`}
              onChange={(expr) => onChange({ ...target, expr })}
              onRun={time.refreshNow}
            />
          </Suspense>
          <Group gap="xs" mt={6} align="flex-end">
            <TextInput
              size="xs"
              style={{ flex: 1, minWidth: 140 }}
              label={t('legend')}
              value={asString(target['legendFormat']) === '__auto' ? '' : asString(target['legendFormat'])}
              onChange={(event) =>
                onChange({ ...target, legendFormat: event.currentTarget.value === '' ? '__auto' : event.currentTarget.value })
              }
            />
            <Select
              size="xs"
              w={110}
              label={t('format')}
              allowDeselect={false}
              data={[
                { value: 'time_series', label: t('timeSeries') },
                { value: 'table', label: t('table') },
                { value: 'heatmap', label: t('heatmap') },
              ]}
              value={asString(target['format'], 'time_series')}
              onChange={(format) => onChange({ ...target, format: format ?? 'time_series' })}
            />
            <Select
              size="xs"
              w={110}
              label={t('kind')}
              allowDeselect={false}
              data={[
                { value: 'range', label: t('range') },
                { value: 'instant', label: t('instant') },
                { value: 'both', label: t('both') },
              ]}
              value={kind}
              onChange={(next) => onChange({ ...target, instant: next !== 'range', range: next !== 'instant' })}
            />
            <TextInput
              size="xs"
              w={110}
              label={t('minStep')}
              value={asString(target['interval'])}
              onChange={(event) => onChange({ ...target, interval: event.currentTarget.value })}
            />
            {panel.type === 'timeseries' && kind !== 'instant' && (
              <Switch
                size="xs"
                mb={6}
                label={t('exemplars')}
                checked={asBoolean(target['exemplar'])}
                onChange={(event) => onChange({ ...target, exemplar: event.currentTarget.checked })}
              />
            )}
          </Group>
        </>
      ) : uid === '-- Dashboard --' ? (
        <OtherPanel target={target} panel={panel} onChange={onChange} />
      ) : (
        <SourceQuery type={type} target={target} onChange={onChange} />
      )}
    </Paper>
  );
}
