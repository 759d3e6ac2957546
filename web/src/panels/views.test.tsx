import { MantineProvider } from '@mantine/core';
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { panelKind } from '.';
import type { AlertRow, PanelFrame, PanelProps } from './contract';
import { fakeField, fakeFrame } from './testing';

const EVIL = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';

const theme: PanelProps['theme'] = {
  dark: true,
  text: '#fff',
  textWeak: '#aaa',
  grid: '#333',
  background: '#111',
  border: '#222',
  font: 'sans-serif',
  color: (name) => name,
};

const alert: AlertRow = {
  name: EVIL,
  state: 'firing',
  labels: { alertname: EVIL, pod: EVIL },
  annotations: { summary: EVIL },
  since: 1000,
  value: '1',
};

function props(frames: PanelFrame[], options: PanelProps['options'] = {}): PanelProps {
  return {
    id: 1,
    title: 'Panel',
    frames,
    options,
    span: { from: 0, to: 3000 },
    now: 3000,
    stepMs: 1000,
    width: 600,
    height: 300,
    theme,
    zone: 'utc',
    annotations: [],
    crosshair: undefined,
    language: 'en',
    lists: {
      alerts: async () => [alert],
      dashboards: async () => [{ uid: 'a', title: EVIL, url: 'd/a', folder: EVIL, tags: [], starred: false }],
    },
    interpolate: (text) => text.replace('$name', EVIL),
    onZoom: () => undefined,
    onOptions: () => undefined,
    onFilter: undefined,
    onAnnotate: undefined,
  };
}

const series = (): PanelFrame[] => [
  fakeFrame([fakeField('Time', 'time', [0, 1000, 2000]), fakeField(EVIL, 'number', [1, 2, 3])]),
  fakeFrame([fakeField('Time', 'time', [0, 1000, 2000]), fakeField('plain', 'number', [4, 5, 6])]),
];
const rows = (): PanelFrame[] => [fakeFrame([fakeField('name', 'string', [EVIL, 'b']), fakeField('Value', 'number', [1, 2])])];
const lines = (): PanelFrame[] => [
  fakeFrame([fakeField('Time', 'time', [0, 1000]), fakeField('Line', 'string', [EVIL, 'level=error broken'])]),
];

let host: HTMLDivElement;
let root: ReturnType<typeof createRoot>;

beforeEach(() => {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  host = document.createElement('div');
  document.body.append(host);
  root = createRoot(host);
});

afterEach(async () => {
  await act(async () => root.unmount());
  host.remove();
});

async function draw(id: string, given: PanelProps): Promise<void> {
  const kind = panelKind(id);
  if (kind === undefined) throw new Error(`there is no panel ${id}`);
  await act(async () =>
    root.render(
      <MantineProvider>
        <kind.View {...given} />
      </MantineProvider>,
    ),
  );
}

describe('panels put texts of data into the page as text', () => {
  it.each<[string, PanelFrame[], PanelProps['options'], string, number]>([
    ['stat', series(), {}, '[data-testid=stat]', 2],
    ['gauge', series(), {}, '[data-testid=gauge]', 2],
    ['bargauge', series(), { orientation: 'horizontal' }, '[data-testid=bar]', 2],
    ['bargauge', series(), { orientation: 'vertical', displayMode: 'lcd' }, '[data-testid=bar]', 2],
    [
      'piechart',
      series(),
      { displayLabels: ['name', 'percent'], legend: { placement: 'right', values: ['value', 'percent'] } },
      '[data-testid=slice]',
      2,
    ],
    ['table', rows(), { footer: { show: true, reducer: ['max'] } }, '[role=columnheader]', 2],
    ['state-timeline', series(), {}, '[data-testid=state-row]', 2],
    ['status-history', series(), {}, '[data-testid=state-row]', 2],
    ['barchart', rows(), { orientation: 'horizontal' }, '[data-testid=bar-group]', 2],
    ['histogram', series(), { bucketSize: 1 }, '[data-testid=bar-group]', 6],
    ['logs', lines(), { showLabels: true }, '[data-testid=log-line]', 2],
    ['alertlist', [], {}, '[data-testid=alert-row]', 1],
    ['dashlist', [], { showSearch: true, showStarred: false }, '[data-testid=dash-row]', 1],
    ['text', [], { mode: 'code', content: 'as written: $name' }, 'pre', 1],
  ])('%s %#', async (id, frames, options, selector, count) => {
    await draw(id, props(frames, options));
    expect(host.querySelectorAll(selector)).toHaveLength(count);
    expect(host.querySelectorAll('script, [onerror], img[src="x"]')).toHaveLength(0);
    expect(host.textContent + [...host.querySelectorAll('[title]')].map((one) => one.getAttribute('title')).join('')).toContain(
      '<img src=x onerror=',
    );
  });

  it('replaces variables in Markdown before it is cleaned', async () => {
    await draw('text', props([], { mode: 'markdown', content: '# Hi $name' }));
    expect(host.querySelector('h1')?.textContent).toBe('Hi ');
    expect(host.querySelectorAll('script, [onerror]')).toHaveLength(0);
  });

  it.each(['timeseries', 'stat', 'gauge', 'bargauge', 'piechart', 'table', 'state-timeline', 'heatmap', 'barchart', 'histogram', 'logs'])(
    '%s says that there is no data',
    async (id) => {
      await draw(id, props([]));
      expect(host.textContent).toContain('No data');
    },
  );
});

describe('tables', () => {
  it('sort by a click on a header, then downwards, then as they came', async () => {
    await draw('table', props(rows()));
    const order = (): (string | null)[] =>
      [...host.querySelectorAll('[role=row]')].slice(1).map((row) => row.lastElementChild?.textContent ?? null);
    const header = [...host.querySelectorAll<HTMLButtonElement>('.tb-title')].at(-1);
    await act(async () => header?.click());
    await act(async () => header?.click());
    expect(order()).toEqual(['2', '1']);
    await act(async () => header?.click());
    expect(order()).toEqual(['1', '2']);
  });

  it('keep only rows in view in the page', async () => {
    const many = Array.from({ length: 5000 }, (_row, index) => index);
    await draw('table', props([fakeFrame([fakeField('n', 'number', many)])]));
    expect(host.querySelectorAll('[role=row]').length).toBeLessThan(60);
  });
});
