/** Whole pages against an imagined server: what is asked, what is shown, what is saved. Drawing on canvases is left to the browser tests. */
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider, createMemoryRouter } from 'react-router-dom';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { TimeProvider } from '../components/time';
import type { JsonObject } from '../panels/json';
import DashboardRoutes from './routes';

// The editor is tested in a browser: here it is a field.
vi.mock('../promql/PromqlEditor', () => ({
  default: ({ value, label, onChange }: { value: string; label: string; onChange(text: string): void }) => (
    <textarea aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)} />
  ),
}));

/** A request that the page made. */
interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  body: string;
}

const asked: Asked[] = [];
let stored: JsonObject;
let refuse: { path: string; status: number; message: string } | undefined;
/** What the page's observers are told: widths, and whether elements are in the window. */
const resized: ((width: number) => void)[] = [];
const moved: ((inView: boolean) => void)[] = [];
let host: HTMLDivElement;
let root: ReturnType<typeof createRoot>;

function answer(request: Asked): unknown {
  const form = new URLSearchParams(request.body);
  const value = (metric: object, text: string): object => ({ metric, value: [Number(form.get('time')), text] });
  if (request.path === '/api/frontend/settings')
    return { datasources: { Bongsu: { uid: 'bongsu', name: 'Bongsu', type: 'prometheus', isDefault: true } } };
  if (request.path === '/api/user') return { login: 'kim', id: 1 };
  if (request.path === '/api/annotations') return [];
  if (request.path.endsWith('/label/job/values')) return { status: 'success', data: ['api', 'web'] };
  if (request.path === '/api/v1/query')
    return { status: 'success', data: { resultType: 'vector', result: [value({ job: 'api', pod: '<b>p</b>' }, '42')] } };
  if (request.path === '/api/dashboards/uid/d1')
    return { dashboard: stored, meta: { canEdit: true, canSave: true, version: 3, folderUid: '' } };
  if (request.path === '/api/dashboards/db') return { uid: 'd1', version: 4, status: 'success' };
  if (request.path === '/api/search') return [{ uid: 'd1', title: 'First', tags: ['a'], folderTitle: '', isStarred: false }];
  return [];
}

beforeEach(() => {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  asked.length = 0;
  resized.length = 0;
  moved.length = 0;
  refuse = undefined;
  // The server writes this into the page: addresses of the API begin here.
  document.head.innerHTML = `<base href="${window.location.origin}/">`;
  // Text areas that grow listen to fonts, which this document lacks.
  Object.defineProperty(document, 'fonts', { configurable: true, value: new EventTarget() });
  stored = {
    uid: 'd1',
    title: 'First $job',
    version: 3,
    odd: { kept: true },
    time: { from: 'now-1h', to: 'now' },
    templating: { list: [{ name: 'job', type: 'query', query: 'label_values(up, job)' }] },
    panels: [
      {
        id: 1,
        type: 'stat',
        title: 'Up of $job',
        gridPos: { x: 0, y: 0, w: 6, h: 4 },
        strange: 1,
        targets: [{ expr: 'sum(up{job=~"$job"})', instant: true }],
      },
      {
        id: 2,
        type: 'table',
        title: 'Table',
        gridPos: { x: 6, y: 0, w: 6, h: 8 },
        targets: [{ refId: 'A', expr: 'up', instant: true, format: 'table' }],
      },
      {
        id: 3,
        type: 'row',
        title: 'Row',
        collapsed: true,
        gridPos: { x: 0, y: 8, w: 24, h: 1 },
        panels: [{ id: 4, type: 'text', title: 'Inner', gridPos: { x: 0, y: 9, w: 6, h: 3 }, options: { content: 'hi' } }],
      },
    ],
  };
  vi.stubGlobal('fetch', async (address: string, options: RequestInit = {}) => {
    const url = new URL(address);
    const request = { method: options.method ?? 'GET', path: url.pathname, query: url.searchParams, body: String(options.body ?? '') };
    asked.push(request);
    if (refuse?.path === request.path)
      return new Response(JSON.stringify({ message: refuse.message }), {
        status: refuse.status,
        headers: { 'Content-Type': 'application/json' },
      });
    return new Response(JSON.stringify(answer(request)), { headers: { 'Content-Type': 'application/json' } });
  });
  vi.stubGlobal(
    'ResizeObserver',
    class {
      constructor(private readonly told: (entries: { contentRect: { width: number } }[]) => void) {
        resized.push((width) => told([{ contentRect: { width } }]));
      }
      observe(): void {
        this.told([{ contentRect: { width: 1200 } }]);
      }
      disconnect(): void {}
      unobserve(): void {}
    },
  );
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      constructor(private readonly told: (entries: { isIntersecting: boolean }[]) => void) {
        moved.push((isIntersecting) => told([{ isIntersecting }]));
      }
      observe(): void {
        this.told([{ isIntersecting: true }]);
      }
      disconnect(): void {}
    },
  );
  host = document.createElement('div');
  document.body.append(host);
  root = createRoot(host);
});

afterEach(async () => {
  await act(async () => root.unmount());
  host.remove();
  vi.unstubAllGlobals();
});

/** Opens an address; the page's own idea of the address is the window's. */
async function open(address: string): Promise<ReturnType<typeof createMemoryRouter>> {
  window.history.replaceState(null, '', address);
  const element = (
    <TimeProvider>
      <DashboardRoutes />
    </TimeProvider>
  );
  const router = createMemoryRouter(
    ['/dashboards', '/d/*', '/dashboard/*'].map((path) => ({ path, element })),
    { initialEntries: [address] },
  );
  router.subscribe((state) => window.history.replaceState(null, '', state.location.pathname + state.location.search));
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  await act(async () =>
    root.render(
      <MantineProvider>
        <QueryClientProvider client={client}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>,
    ),
  );
  return router;
}

/** What a reader sees: the page's text without its styles. */
function shown(): string {
  const copy = document.body.cloneNode(true) as HTMLElement;
  for (const style of copy.querySelectorAll('style')) style.remove();
  return (copy.textContent ?? '').slice(0, 600);
}

/** Waits until something holds; the deadline is far beyond what is needed. */
async function until(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + 15_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`${what} did not come about; the page says: ${shown()}`);
    await act(async () => new Promise((resolve) => setTimeout(resolve, 10)));
  }
}

const all = (selector: string): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(selector)];
const click = async (element: Element | null | undefined): Promise<void> => act(async () => (element as HTMLElement).click());
const button = (text: string): HTMLElement | undefined =>
  all('button, [role=menuitem], [role=option]').find((one) => one.textContent === text || one.getAttribute('aria-label') === text);
const type = async (element: HTMLInputElement | HTMLTextAreaElement, text: string): Promise<void> =>
  act(async () => {
    const { set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(element) as object, 'value') ?? {};
    set?.call(element, text);
    element.dispatchEvent(new Event('input', { bubbles: true }));
  });
const done = (): boolean =>
  all('[data-testid=panel]').length === 2 && all('[data-testid=panel]').every((panel) => panel.dataset['state'] === 'done');
const queries = (): (string | null)[] =>
  asked.filter((request) => request.path === '/api/v1/query').map((request) => new URLSearchParams(request.body).get('query'));

describe('an open dashboard', () => {
  it('resolves variables, then asks; shows titles, values and cells; takes its range from the document', async () => {
    const router = await open('/d/d1/x');
    await until('the panels', done);
    expect(queries()).toEqual(['sum(up{job=~"api"})', 'up']);
    expect(router.state.location.search).toContain('from=now-1h&to=now');
    expect(all('h1')[0]?.textContent).toBe('First api');
    expect(all('[data-testid=panel] h2').map((title) => title.textContent)).toEqual(['Up of api', 'Table']);
    expect(all('[data-testid=stat]')[0]?.textContent).toContain('42');
    expect(all('[role=cell]').map((cell) => cell.textContent)).toContain('<b>p</b>');
    expect(all('[data-testid=row]')[0]?.textContent).toContain('(1 panel)');
  });

  it('asks again only what a chosen value changes, and writes the address', async () => {
    const router = await open('/d/d1/x?var-job=web');
    await until('the panels', done);
    expect(queries()).toContain('sum(up{job=~"web"})');
    asked.length = 0;
    await click(all('[data-testid=var-job] .db-var-value')[0]);
    await until('the options', () => button('api') !== undefined);
    await click(button('api'));
    await until('the new answer', () => queries().length > 0 && done());
    expect(queries()).toEqual(['sum(up{job=~"api"})']);
    expect(router.state.location.search).toContain('var-job=api');
  });

  it('keeps its panels when it is measured as nothing, as it is for pictures', async () => {
    await open('/d/d1/x');
    await until('the panels', done);
    asked.length = 0;
    await act(async () => resized.forEach((tell) => tell(0)));
    expect(all('[data-testid=panel]')).toHaveLength(2);
    expect(asked).toEqual([]);
  });

  it('has no panel that loads for ever because it left the window while it asked', async () => {
    await open('/d/d1/x');
    await until('the panels', () => all('[data-testid=panel]').length === 2);
    await act(async () => moved.forEach((tell) => tell(false)));
    expect(all('[data-state=loading]')).toHaveLength(0);
    await act(async () => moved.forEach((tell) => tell(true)));
    await until('the panels', done);
  });

  it('unfolds a row', async () => {
    await open('/d/d1/x');
    await until('the panels', done);
    await click(all('[data-testid=row] button')[0]);
    await until('the inner panel', () => all('[data-testid=panel]').length === 3);
    expect(document.body.textContent).toContain('hi');
  });

  it('shows the server’s words when it is refused', async () => {
    refuse = { path: '/api/dashboards/uid/d1', status: 404, message: 'Dashboard not found' };
    await open('/d/d1/x');
    await until('the error', () => document.body.textContent?.includes('Dashboard not found') === true);
  });

  it('shows one panel’s error and leaves the others alone', async () => {
    refuse = { path: '/api/v1/query', status: 400, message: 'parse error: here' };
    await open('/d/d1/x');
    await until('the errors', () => all('[role=alert]').length === 2);
    expect(all('[role=alert]')[0]?.textContent).toContain('parse error: here');
  });
});

describe('editing', () => {
  it('moves by keys, undoes, duplicates, and saves what it was given with what was changed', async () => {
    await open('/d/d1/x');
    await until('the panels', done);
    await click(all('[data-testid=edit]')[0]);
    const width = (): string => all('[data-testid=panel]')[0]?.parentElement?.style.width ?? '';
    const before = width();
    const key = async (target: Element | Document, name: string, more: KeyboardEventInit = {}): Promise<void> =>
      act(async () => {
        target.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, ...more }));
      });
    await key(all('[data-testid=resize]')[0] as Element, 'ArrowRight');
    expect(width()).not.toBe(before);
    await key(document, 'z', { code: 'KeyZ', ctrlKey: true });
    expect(width()).toBe(before);
    await click(all('[data-testid=panel-menu]')[0]);
    await until('the menu', () => button('Duplicate') !== undefined);
    await click(button('Duplicate'));
    await until('the copy', () => all('[data-testid=panel]').length === 3);
    await click(all('[data-testid=save]')[0]);
    await until('the dialog', () => all('[data-testid=save-message]').length === 1);
    await type(all('[data-testid=save-message]')[0] as HTMLInputElement, 'why');
    await click(all('[data-testid=save-confirm]')[0]);
    await until('the request', () => asked.some((request) => request.path === '/api/dashboards/db'));
    const body = JSON.parse(asked.find((request) => request.path === '/api/dashboards/db')?.body ?? '{}');
    expect(body.message).toBe('why');
    expect(body.overwrite).toBe(false);
    expect(body.dashboard.odd).toEqual({ kept: true });
    expect(body.dashboard.version).toBe(3);
    expect(body.dashboard.panels.map((panel: JsonObject) => [panel['id'], panel['type'], panel['strange']])).toEqual([
      [1, 'stat', 1],
      [5, 'stat', 1],
      [2, 'table', undefined],
      [3, 'row', undefined],
    ]);
  });

  it('says so when somebody saved meanwhile', async () => {
    await open('/d/d1/x');
    await until('the panels', done);
    await click(all('[data-testid=edit]')[0]);
    await click(all('[data-testid=save]')[0]);
    await until('the dialog', () => all('[data-testid=save-confirm]').length === 1);
    refuse = { path: '/api/dashboards/db', status: 412, message: 'version mismatch' };
    await click(all('[data-testid=save-confirm]')[0]);
    await until('the offer', () => button('Overwrite') !== undefined);
    refuse = undefined;
    await click(button('Overwrite'));
    await until('the end of the dialog', () => all('[data-testid=save-confirm]').length === 0);
    expect(JSON.parse(asked.findLast((request) => request.path === '/api/dashboards/db')?.body ?? '{}').overwrite).toBe(true);
  });

  it('edits a panel with a live preview', async () => {
    await open('/d/d1/x?editPanel=1');
    await until('the editor', () => all('[data-testid=panel-editor]').length === 1 && all('[data-testid=query-A] textarea:not([readonly])').length > 0);
    asked.length = 0;
    await type(all('[data-testid=query-A] textarea')[0] as HTMLTextAreaElement, 'count(up)');
    await until('the new answer', () => queries().includes('count(up)'));
    await type(all('[data-testid=panel-title]')[0] as HTMLInputElement, '새 제목');
    await click(all('[data-testid=back]')[0]);
    await until('the grid', () => all('[data-testid=panel]').length === 2);
    expect(all('[data-testid=panel] h2')[0]?.textContent).toBe('새 제목');
  });
});

describe('variables', () => {
  it('that are changed in quick succession both take effect, in order', async () => {
    stored = {
      ...stored,
      templating: {
        list: [
          { name: 'job', type: 'custom', query: 'api,web' },
          { name: 'zone', type: 'custom', query: 'kr,us' },
          { name: 'pod', type: 'query', query: 'query_result(pods{job="$job",zone="$zone"})', regex: '/pod="([^"]+)"/' },
        ],
      },
    };
    await open('/d/d1/x');
    await until('the panels', done);
    for (const [name, value] of [
      ['job', 'web'],
      ['zone', 'us'],
    ]) {
      await click(all(`[data-testid=var-${name}] .db-var-value`)[0]);
      await until('the options', () => button(value ?? '') !== undefined);
      await click(button(value ?? ''));
    }
    await until('the dependant’s query', () => queries().includes('pods{job="web",zone="us"}'));
    await until('the panels', () => queries().includes('sum(up{job=~"web"})') && done());
  });

  it('of text and filters go into every query', async () => {
    stored = {
      ...stored,
      templating: {
        list: [
          { name: 'job', type: 'textbox', query: 'x' },
          { name: 'filters', type: 'adhoc', filters: [{ key: 'pod', operator: '!=', value: 'a"b' }] },
        ],
      },
    };
    const router = await open('/d/d1/x');
    await until('the panels', done);
    expect(queries()).toEqual(['sum(up{job=~"x",pod!="a\\"b"})', 'up{pod!="a\\"b"}']);
    const field = all('[data-testid=var-job] input')[0] as HTMLInputElement;
    await type(field, '한글');
    await act(async () => {
      // Enter while a syllable is composed belongs to the input method.
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, isComposing: true }));
    });
    expect(router.state.location.search).not.toContain('var-job');
    await act(async () => {
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    });
    await until('the new query', () => queries().some((query) => query?.includes('job=~"한글"') === true));
    await click(all('[data-testid=var-filters] button')[0]);
    await until('queries without the filter', () => queries().includes('up'));
  });

  it('repeat a panel for each chosen value', async () => {
    stored = {
      ...stored,
      templating: { list: [{ name: 'job', type: 'custom', query: 'api,web', multi: true, current: { value: ['api', 'web'] } }] },
      panels: [
        {
          id: 1,
          type: 'stat',
          title: 'Up of $job',
          repeat: 'job',
          gridPos: { x: 0, y: 0, w: 24, h: 4 },
          targets: [{ expr: 'up{job="$job"}', instant: true }],
        },
      ],
    };
    await open('/d/d1/x');
    await until('both', done);
    expect(all('[data-testid=panel] h2').map((title) => title.textContent)).toEqual(['Up of api', 'Up of web']);
    expect(queries().sort()).toEqual(['up{job="api"}', 'up{job="web"}']);
  });
});

describe('leaving', () => {
  it('with unsaved changes is asked about, without them it is not', async () => {
    const router = await open('/d/d1/x');
    await until('the panels', done);
    await click(all('[data-testid=edit]')[0]);
    await act(async () => {
      all('[data-testid=resize]')[0]?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }));
    });
    await act(async () => router.navigate('/dashboards'));
    await until('the question', () => button('Leave') !== undefined);
    expect(router.state.location.pathname).toBe('/d/d1/x');
    await click(button('Leave'));
    await until('the list', () => router.state.location.pathname === '/dashboards');
  });
});

describe('the list', () => {
  it('shows what the server finds, and opens an import with its data source', async () => {
    const router = await open('/dashboards');
    await until('the rows', () => all('[data-testid=dashboard-row]').length === 1);
    await click(all('[data-testid=import]')[0]);
    await until('the dialog', () => all('[data-testid=import-json]').length > 0);
    const document_ = {
      __inputs: [{ name: 'DS', label: 'Prometheus', type: 'datasource', pluginId: 'prometheus' }],
      title: 'Old',
      rows: [{ panels: [{ id: 1, type: 'singlestat', title: 'S', datasource: '${DS}', targets: [{ expr: 'up', instant: true }] }] }],
    };
    await type(all('[data-testid=import-json]')[0] as HTMLTextAreaElement, JSON.stringify(document_));
    await until('the summary', () => !(all('[data-testid=import-open]')[0] as HTMLButtonElement).disabled);
    await click(all('[data-testid=import-open]')[0]);
    await until('the page', () => router.state.location.pathname === '/dashboard/import' && all('[data-testid=stat]').length === 1);
    expect(queries()).toEqual(['up']);
    expect(document.body.textContent).not.toContain('${DS}');
  });
});
