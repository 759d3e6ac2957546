/** What the dashboards' browser tests share: a server with a login, dashboards put on it, and answers for every query. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { PATIENCE_MS, openPage, startServer } from './harness.mjs';

const PASSWORD = 'dashboards-e2e-7';

/** A server whose administrator's password is known. `post` and `get` speak to its API as that administrator. */
export async function startWithLogin(options = {}) {
  const secrets = mkdtempSync(join(tmpdir(), 'bongsu-e2e-secret-'));
  const file = join(secrets, 'password');
  writeFileSync(file, PASSWORD);
  const server = await startServer({ ...options, flags: [`--admin-password-file=${file}`] });
  const headers = { Authorization: `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`, 'Content-Type': 'application/json' };
  const ask = async (method, path, body) => {
    const response = await fetch(server.base + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const stop = async () => {
    await server.stop();
    rmSync(secrets, { recursive: true, force: true });
  };
  return { ...server, stop, post: (path, body) => ask('POST', path, body), read: (path) => ask('GET', path) };
}

/** A page of somebody who is logged in. */
export async function openLoggedIn(server, options = {}) {
  const opened = await openPage(options);
  const answer = await opened.page.request.post(`${server.base}/login`, {
    data: { user: 'admin', password: PASSWORD },
    headers: { Origin: server.base },
  });
  if (!answer.ok()) throw new Error(`login: ${answer.status()} ${await answer.text()}`);
  return opened;
}

/** Waits until every panel in view has drawn its answer. */
export async function settled(page, atLeast = 1) {
  await page.waitForFunction(
    (least) => {
      const panels = [...document.querySelectorAll('[data-testid=panel]')];
      const seen = panels.filter((panel) => panel.dataset.state !== 'unseen');
      return panels.length >= least && seen.length > 0 && seen.every((panel) => ['done', 'error'].includes(panel.dataset.state ?? ''));
    },
    atLeast,
    { timeout: PATIENCE_MS },
  );
}

/** A panel's element by title. */
export function panel(page, title) {
  return page.getByTestId('panel').filter({ has: page.getByRole('heading', { name: title, exact: true }) });
}

/** Labels that dashboards of all kinds group by, so that synthetic answers fit any of them. */
const LABELS = [
  'instance',
  'job',
  'namespace',
  'pod',
  'node',
  'cluster',
  'device',
  'container',
  'workload',
  'workload_type',
  'lb_name',
  'server_ip',
  'server_port',
  'service_type',
  'zone',
  'le',
  'mode',
  'persistentvolumeclaim',
  'url',
  'integration',
];

function labels(index) {
  return Object.fromEntries([
    ['__name__', 'synthetic'],
    ...LABELS.map((name) => [name, name === 'le' ? String(index + 1) : `${name}-${index}<script>window.hacked=1</script>`]),
  ]);
}

/**
 * Answers every query of the page with `series` synthetic series of `points` points, so that panels draw whatever they ask for. Answers the list of
 * texts that were asked.
 */
export async function syntheticAnswers(page, { series = 3, points = 60 } = {}) {
  const asked = [];
  const reply = (route, data) => route.fulfill({ json: { status: 'success', data } });
  await page.route('**/api/v1/query_range', (route) => {
    const form = new URLSearchParams(route.request().postData() ?? '');
    asked.push(form.get('query') ?? '');
    const end = Number(form.get('end'));
    const step = Math.max(Number(form.get('step')), (end - Number(form.get('start'))) / points);
    const result = Array.from({ length: series }, (_one, index) => ({
      metric: labels(index),
      values: Array.from({ length: points }, (_point, at) => [
        end - (points - 1 - at) * step,
        String(Math.round((50 + 10 * index + 20 * Math.sin(at / 9 + index)) * 1000) / 1000),
      ]),
    }));
    return reply(route, { resultType: 'matrix', result });
  });
  await page.route('**/api/v1/query', (route) => {
    const form = new URLSearchParams(route.request().postData() ?? '');
    asked.push(form.get('query') ?? '');
    return reply(route, {
      resultType: 'vector',
      result: Array.from({ length: series }, (_one, index) => ({
        metric: labels(index),
        value: [Number(form.get('time')), String(index)],
      })),
    });
  });
  await page.route('**/api/v1/label/*/values*', (route) =>
    reply(
      route,
      [0, 1, 2].map((index) => `${decodeURIComponent(new URL(route.request().url()).pathname.split('/').at(-2) ?? '')}-${index}`),
    ),
  );
  await page.route('**/api/v1/series*', (route) => reply(route, [labels(0)]));
  return asked;
}
