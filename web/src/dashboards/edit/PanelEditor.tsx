/** The panel editor: a live preview, its queries and transformations, its options at the side. */
import { Accordion, NumberInput, Select, Stack, Switch, Tabs, TextInput, Textarea } from '@mantine/core';
import { useCallback } from 'react';

import { translate, useLanguage, useT } from '../../lib/i18n';
import { PANEL_KINDS, panelKind } from '../../panels';
import type { OptionSpec } from '../../panels/contract';
import { asBoolean, asNumber, asString, at, isObject, withPath } from '../../panels/json';
import { importDashboard } from '../model/import';
import type { Scope } from '../model/repeat';
import type { Panel } from '../model/types';
import type { PanelActions } from '../view/PanelFrame';
import { SinglePanel } from '../view/SinglePanel';
import { useDashboard } from '../view/state';
import { usePanelData } from '../view/usePanelData';
import { changePanel, changeType } from './changes';
import { FieldEditor } from './FieldEditor';
import { JsonField } from './JsonField';
import { OptionField } from './OptionField';
import { OverridesEditor } from './OverridesEditor';
import { QueryEditor } from './QueryEditor';
import { editTexts } from './texts';
import { TransformEditor } from './TransformEditor';

const NO_SCOPE: Scope = new Map();
const PREVIEW_PX = 340;
const DATA_WIDTH_PX = 800;

export function PanelEditor({ panel, actions }: { panel: Panel; actions: PanelActions }) {
  const t = useT(editTexts);
  const { edit } = useDashboard();
  const data = usePanelData(panel, NO_SCOPE, DATA_WIDTH_PX, true);
  const onChange = useCallback(
    (next: Panel) => edit((old) => changePanel(old, panel.id, () => next), `panel-${panel.id}`),
    [edit, panel.id],
  );
  const kind = panelKind(panel.type);
  return (
    <div className="db-editor" data-testid="panel-editor">
      <div style={{ minWidth: 0 }}>
        <SinglePanel panel={panel} actions={actions} height={PREVIEW_PX} />
        {kind?.needsData !== false && (
          <Tabs defaultValue="queries" mt="sm" keepMounted={false}>
            <Tabs.List>
              <Tabs.Tab value="queries">
                {t('queries')} ({panel.targets.length})
              </Tabs.Tab>
              <Tabs.Tab value="transformations">
                {t('transformations')} ({panel.transformations.length})
              </Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="queries" pt="sm">
              <QueryEditor panel={panel} onChange={onChange} />
            </Tabs.Panel>
            <Tabs.Panel value="transformations" pt="sm">
              <TransformEditor panel={panel} frames={data.raw} onChange={onChange} />
            </Tabs.Panel>
          </Tabs>
        )}
      </div>
      <div className="db-editor-side">
        <Options
          panel={panel}
          names={[...new Set(data.frames.flatMap((frame) => frame.fields.map((field) => field.title)))]}
          onChange={onChange}
        />
      </div>
    </div>
  );
}

function Options({ panel, names, onChange }: { panel: Panel; names: readonly string[]; onChange(panel: Panel): void }) {
  const t = useT(editTexts);
  const { language } = useLanguage();
  const kind = panelKind(panel.type);
  const { fieldConfig } = panel;
  const kinds = PANEL_KINDS.map(({ id, label }) => ({ value: id, label: translate(label, language) }));
  if (kind === undefined) kinds.push({ value: panel.type, label: panel.type });
  return (
    <>
      <Select
        size="sm"
        label={t('type')}
        allowDeselect={false}
        searchable
        data={kinds}
        value={panel.type}
        onChange={(type) => {
          if (type !== null && type !== panel.type) onChange(changeType(panel, type));
        }}
        data-testid="panel-type"
      />
      <TextInput
        size="sm"
        mt="xs"
        label={t('title')}
        value={panel.title}
        onChange={(event) => onChange({ ...panel, title: event.currentTarget.value })}
        data-testid="panel-title"
      />
      <Accordion multiple defaultValue={['options']} mt="xs" variant="contained" chevronPosition="left">
        <Section id="options" label={t('options')}>
          <Groups
            specs={kind?.options ?? []}
            read={(path) => at(panel.options, path)}
            write={(path, value) => onChange({ ...panel, options: withPath(panel.options, path, value) })}
          />
        </Section>
        {(kind?.fieldOptions.length ?? 0) > 0 && (
          <Section id="custom" label={kind === undefined ? '' : translate(kind.label, language)}>
            <Groups
              specs={kind?.fieldOptions ?? []}
              read={(path) => at(fieldConfig.defaults, `custom.${path}`)}
              write={(path, value) =>
                onChange({ ...panel, fieldConfig: { ...fieldConfig, defaults: withPath(fieldConfig.defaults, `custom.${path}`, value) } })
              }
            />
          </Section>
        )}
        {kind?.needsData !== false && (
          <Section id="field" label={t('field')}>
            <FieldEditor
              defaults={fieldConfig.defaults}
              onChange={(defaults) => onChange({ ...panel, fieldConfig: { ...fieldConfig, defaults } })}
            />
          </Section>
        )}
        {kind?.needsData !== false && (
          <Section id="overrides" label={`${t('overrides')} (${fieldConfig.overrides.length})`}>
            <OverridesEditor
              overrides={fieldConfig.overrides}
              fields={kind?.fieldOptions ?? []}
              names={names}
              onChange={(overrides) => onChange({ ...panel, fieldConfig: { ...fieldConfig, overrides } })}
            />
          </Section>
        )}
        <Section id="more" label={t('more')}>
          <More panel={panel} onChange={onChange} />
        </Section>
        <Section id="json" label={t('json')}>
          <JsonField
            label={t('json')}
            minRows={14}
            value={panel}
            onChange={(next) => {
              if (isObject(next)) onChange({ ...panelFrom(next), id: panel.id });
            }}
          />
        </Section>
      </Accordion>
    </>
  );
}

/** Typed JSON goes through the same reading as an imported document. */
function panelFrom(json: Record<string, unknown>): Panel {
  const [panel] = importDashboard({ title: '', panels: [json] }).panels;
  return panel as Panel;
}

function Section({ id, label, children }: { id: string; label: string; children: React.ReactNode }) {
  return (
    <Accordion.Item value={id}>
      <Accordion.Control>{label}</Accordion.Control>
      <Accordion.Panel>{children}</Accordion.Panel>
    </Accordion.Item>
  );
}

function Groups({
  specs,
  read,
  write,
}: {
  specs: readonly OptionSpec[];
  read(path: string): ReturnType<typeof at>;
  write(path: string, value: ReturnType<typeof at>): void;
}) {
  return (
    <Stack gap="xs">
      {specs.map((spec) => (
        <OptionField key={spec.path} spec={spec} value={read(spec.path)} onChange={(value) => write(spec.path, value)} />
      ))}
    </Stack>
  );
}

/** What has a panel beside its drawing: description, background, repeat, own time. */
function More({ panel, onChange }: { panel: Panel; onChange(panel: Panel): void }) {
  const t = useT(editTexts);
  const { variables } = useDashboard();
  const text = (key: 'timeFrom' | 'timeShift') => (
    <TextInput
      size="xs"
      label={t(key)}
      value={asString(panel[key])}
      onChange={(event) => onChange({ ...panel, [key]: event.currentTarget.value === '' ? null : event.currentTarget.value })}
    />
  );
  return (
    <Stack gap="xs">
      <Textarea
        size="xs"
        label={t('description')}
        autosize
        minRows={2}
        value={asString(panel['description'])}
        onChange={(event) => onChange({ ...panel, description: event.currentTarget.value })}
      />
      <Switch
        size="xs"
        label={t('transparent')}
        checked={asBoolean(panel['transparent'])}
        onChange={(event) => onChange({ ...panel, transparent: event.currentTarget.checked })}
      />
      <Select
        size="xs"
        label={t('repeat')}
        allowDeselect={false}
        data={[{ value: '', label: t('noRepeat') }, ...variables.map((variable) => ({ value: variable.name, label: variable.label }))]}
        value={asString(panel['repeat'])}
        onChange={(repeat) => onChange({ ...panel, repeat: repeat === null || repeat === '' ? undefined : repeat })}
      />
      {asString(panel['repeat']) !== '' && (
        <>
          <Select
            size="xs"
            label={t('repeatDirection')}
            allowDeselect={false}
            data={[
              { value: 'h', label: t('horizontal') },
              { value: 'v', label: t('vertical') },
            ]}
            value={asString(panel['repeatDirection'], 'h')}
            onChange={(direction) => onChange({ ...panel, repeatDirection: direction ?? 'h' })}
          />
          <NumberInput
            size="xs"
            label={t('maxPerRow')}
            min={1}
            max={12}
            value={asNumber(panel['maxPerRow'], 4)}
            onChange={(next) => onChange({ ...panel, maxPerRow: typeof next === 'number' ? next : 4 })}
          />
        </>
      )}
      {text('timeFrom')}
      {text('timeShift')}
    </Stack>
  );
}
