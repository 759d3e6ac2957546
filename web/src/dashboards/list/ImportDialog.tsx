/** Import of a dashboard: a file or pasted JSON, then the data sources that it asks for. */
import { Alert, Button, FileButton, Group, Modal, Select, Stack, Text, TextInput, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';

import { messages, useT } from '../../lib/i18n';
import { getDataSources } from '../api';
import { ImportError, dashboardInputs, fillInputs, importDashboard } from '../model/import';
import type { Dashboard } from '../model/types';
import { allPanels } from '../model/types';
import { panelKind } from '../../panels';
import { dashboardTexts } from '../texts';

const texts = messages({
  ...dashboardTexts,
  import: ['Import a dashboard', '대시보드 가져오기'],
  hint: ['Grafana JSON of any version, as exported or copied', '모든 버전의 Grafana JSON (내보내거나 복사한 것)'],
  file: ['Choose a file', '파일 선택'],
  title: ['Title', '제목'],
  summary: ['{n} panels, schema version {version}', '패널 {n}개, 스키마 버전 {version}'],
  unsupported: [
    '{n} {n|panel is|panels are} of types that are not drawn here: {types}. They keep their settings.',
    '이곳에서 그릴 수 없는 유형의 패널 {n}개: {types}. 설정은 보존됩니다.',
  ],
  open: ['Open', '열기'],
  missing: ['Choose a data source for {name}', '{name}의 데이터 소스를 고르세요'],
});

interface Read {
  raw: unknown;
  dashboard: Dashboard | undefined;
  error: string | undefined;
}

function read(text: string): Read | undefined {
  if (text.trim() === '') return undefined;
  try {
    const raw: unknown = JSON.parse(text);
    return { raw, dashboard: importDashboard(raw), error: undefined };
  } catch (error) {
    return {
      raw: undefined,
      dashboard: undefined,
      error: error instanceof ImportError || error instanceof SyntaxError ? error.message : String(error),
    };
  }
}

export function ImportDialog({ close, open }: { close(): void; open(dashboard: Dashboard): void }) {
  const t = useT(texts);
  const [text, setText] = useState('');
  const [title, setTitle] = useState<string>();
  const [values, setValues] = useState<ReadonlyMap<string, string>>(new Map());
  const sources = useQuery({ queryKey: ['dashboards', 'sources'], queryFn: ({ signal }) => getDataSources(signal) });
  const parsed = useMemo(() => read(text), [text]);
  const inputs = parsed?.raw === undefined ? [] : dashboardInputs(parsed.raw);
  const known = sources.data ?? [];
  const offered = (pluginId: string) => known.filter((source) => pluginId === '' || source.type === pluginId);
  const chosen = (name: string, pluginId: string, value: string): string =>
    values.get(name) ??
    (pluginId === '' ? value : ((offered(pluginId).find((source) => source.isDefault) ?? offered(pluginId)[0])?.uid ?? ''));
  const submit = (): void => {
    if (parsed?.raw === undefined) return;
    const filled = fillInputs(
      parsed.raw,
      new Map(inputs.map((input) => [input.name, chosen(input.name, input.type === 'datasource' ? input.pluginId : '', input.value)])),
    );
    const dashboard = importDashboard(filled);
    // Ids belong to the installation that exported it.
    open({ ...dashboard, id: null, title: title ?? dashboard.title, version: 0 });
  };
  const unsupported =
    parsed?.dashboard === undefined
      ? []
      : allPanels(parsed.dashboard.panels).filter((panel) => panel.type !== 'row' && panelKind(panel.type) === undefined);
  return (
    <Modal opened onClose={close} title={t('import')} size="lg" closeButtonProps={{ 'aria-label': t('close') }}>
      <Stack gap="sm">
        <FileButton
          accept="application/json,.json"
          onChange={(file) => {
            if (file !== null)
              void file.text().then((next) => {
                setText(next);
                setTitle(undefined);
              });
          }}
        >
          {(props) => (
            <Button {...props} variant="default" style={{ alignSelf: 'flex-start' }}>
              {t('file')}
            </Button>
          )}
        </FileButton>
        <Textarea
          label={t('hint')}
          minRows={6}
          maxRows={10}
          autosize
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } }}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setTitle(undefined);
          }}
          error={parsed?.error}
          data-testid="import-json"
        />
        {parsed?.dashboard !== undefined && (
          <>
            <TextInput
              label={t('title')}
              value={title ?? parsed.dashboard.title}
              onChange={(event) => setTitle(event.currentTarget.value)}
            />
            <Text size="sm" c="dimmed">
              {t('summary', {
                n: allPanels(parsed.dashboard.panels).length,
                version: String((parsed.raw as { schemaVersion?: number }).schemaVersion ?? '?'),
              })}
            </Text>
            {inputs.map((input) =>
              input.type === 'datasource' ? (
                <Select
                  key={input.name}
                  label={input.label}
                  allowDeselect={false}
                  data={offered(input.pluginId).map((source) => ({ value: source.uid, label: source.name }))}
                  value={chosen(input.name, input.pluginId, '')}
                  onChange={(uid) => setValues(new Map([...values, [input.name, uid ?? '']]))}
                  error={offered(input.pluginId).length === 0 ? t('missing', { name: input.pluginId }) : undefined}
                />
              ) : (
                <TextInput
                  key={input.name}
                  label={input.label}
                  value={chosen(input.name, '', input.value)}
                  onChange={(event) => setValues(new Map([...values, [input.name, event.currentTarget.value]]))}
                />
              ),
            )}
            {unsupported.length > 0 && (
              <Alert color="yellow">
                {t('unsupported', { n: unsupported.length, types: [...new Set(unsupported.map((panel) => panel.type))].join(', ') })}
              </Alert>
            )}
          </>
        )}
        <Group justify="flex-end">
          <Button disabled={parsed?.dashboard === undefined} onClick={submit} data-testid="import-open">
            {t('open')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
