/** What is behind a panel: its data as a table and CSV, the queries sent, its JSON. */
import { Button, Group, Modal, Select, Tabs, Text } from '@mantine/core';
import { useState } from 'react';

import { messages, useT } from '../../lib/i18n';
import { columnsOf, tableCsv } from '../../panels/table/model';
import { TableView } from '../../panels/table/View';
import type { Scope } from '../model/repeat';
import type { Panel } from '../model/types';
import { dashboardTexts } from '../texts';
import { download } from './download';
import { serverLists } from './lists';
import { useDashboard } from './state';
import { usePanelData } from './usePanelData';

const texts = messages({
  ...dashboardTexts,
  data: ['Data', '데이터'],
  query: ['Queries', '쿼리'],
  json: ['JSON', 'JSON'],
  series: ['Series', '시계열'],
  step: ['Step {step} s', '간격 {step}초'],
  noQuery: ['This panel sends no query', '이 패널은 쿼리를 보내지 않습니다'],
});

const WIDTH_PX = 800;
const HEIGHT_PX = 380;

export function Inspector({ panel, scope, close }: { panel: Panel; scope: Scope; close(): void }) {
  const t = useT(texts);
  const { text, theme, calendar, time } = useDashboard();
  const data = usePanelData(panel, scope, WIDTH_PX, true);
  const [chosen, setChosen] = useState(0);
  const frame = data.frames[chosen] ?? data.frames[0];
  const title = text(panel.title, scope);
  const csv = (): void => {
    if (frame !== undefined)
      download(
        `${title || 'panel'}.csv`,
        `\uFEFF${tableCsv(
          columnsOf(frame),
          Array.from({ length: frame.length }, (_row, index) => index),
          false,
        )}`,
        'text/csv',
      );
  };
  return (
    <Modal opened onClose={close} title={`${t('inspect')}: ${title}`} size={880} closeButtonProps={{ 'aria-label': t('close') }}>
      <Tabs defaultValue="data" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="data">{t('data')}</Tabs.Tab>
          <Tabs.Tab value="query">{t('query')}</Tabs.Tab>
          <Tabs.Tab value="json">{t('json')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="data" pt="sm">
          <Group mb="sm">
            {data.frames.length > 1 && (
              <Select
                size="xs"
                w={360}
                label={t('series')}
                searchable
                data={data.frames.map((one, index) => ({
                  value: String(index),
                  label: one.fields.at(-1)?.title || one.name || String(index + 1),
                }))}
                value={String(chosen)}
                onChange={(value) => setChosen(Number(value ?? 0))}
                allowDeselect={false}
              />
            )}
            <Button size="xs" variant="default" mt="auto" onClick={csv} disabled={frame === undefined}>
              {t('csv')}
            </Button>
          </Group>
          {frame !== undefined && (
            <TableView
              id={panel.id}
              title={title}
              frames={[frame]}
              options={{ showHeader: true }}
              span={data.time.span}
              now={time.nowMs}
              stepMs={0}
              width={WIDTH_PX}
              height={HEIGHT_PX}
              theme={theme}
              zone={calendar.zone}
              annotations={[]}
              crosshair={undefined}
              language="en"
              lists={serverLists}
              interpolate={text}
              onZoom={() => undefined}
              onOptions={() => undefined}
              onFilter={undefined}
              onAnnotate={undefined}
            />
          )}
          {data.error !== undefined && <pre className="db-error">{data.error}</pre>}
        </Tabs.Panel>
        <Tabs.Panel value="query" pt="sm">
          {(data.result?.sent.length ?? 0) === 0 && <Text c="dimmed">{t('noQuery')}</Text>}
          {data.result?.sent.map((query) => (
            <div key={query.refId} style={{ marginBottom: 12 }}>
              <Group gap="xs">
                <Text fw={600}>{query.refId}</Text>
                <Text c="dimmed" size="xs">
                  {query.uid} · {t('step', { step: (data.result?.stepMs ?? 0) / 1000 })}
                </Text>
                <Button
                  component="a"
                  size="compact-xs"
                  variant="subtle"
                  href={`graph?${new URLSearchParams({ 'g0.expr': query.expr, 'g0.tab': '0' }).toString()}`}
                >
                  {t('explore')}
                </Button>
              </Group>
              <pre style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', fontSize: 12 }}>{query.expr}</pre>
            </div>
          ))}
        </Tabs.Panel>
        <Tabs.Panel value="json" pt="sm">
          <pre style={{ fontSize: 12, maxHeight: HEIGHT_PX, overflow: 'auto' }} tabIndex={0}>
            {JSON.stringify(panel, null, 2)}
          </pre>
        </Tabs.Panel>
      </Tabs>
    </Modal>
  );
}
