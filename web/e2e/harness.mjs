/**
 * What every browser test needs: a real Bongsu on a free port with data of its own, a real Chromium, and no mercy for console errors.
 *
 * `BONGSU_BIN` names the binary (default: the debug or release build of this checkout, whichever is newer), `CHROMIUM` the browser.
 * `BONGSU_UI` names a folder with a built UI (`web/dist`) that is shown instead of the binary's own, so that a change of the UI is tried
 * without building the binary.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('../..', import.meta.url));

function binary() {
  if (process.env.BONGSU_BIN) return process.env.BONGSU_BIN;
  const built = ['debug', 'release', 'quick']
    .map((profile) => join(root, 'target', profile, 'bongsu'))
    .filter(existsSync)
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (built.length === 0) throw new Error('no bongsu binary: run `cargo build --bin bongsu` first, or set BONGSU_BIN');
  return built[0];
}

function browserPath() {
  const found = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => path && existsSync(path));
  if (!found) throw new Error('no Chromium: run `make test-setup`, or set CHROMIUM');
  return found;
}

/** A port that was free a moment ago: the server's own configuration must name it, so it cannot choose one itself. */
async function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** How long anything may take before a test gives up: far beyond what is needed, for a slow machine with other work is no failure. */
export const PATIENCE_MS = 60_000;

/** Asks until the answer pleases. */
export async function eventually(what, ask, deadlineMs = PATIENCE_MS) {
  const end = Date.now() + deadlineMs;
  let last;
  for (;;) {
    try {
      last = await ask();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`${what} did not come about within ${deadlineMs} ms; last: ${last}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const CONFIG = (port) => `
global: {scrape_interval: 1s, evaluation_interval: 1s}
scrape_configs:
  - job_name: bongsu
    static_configs: [{targets: ['127.0.0.1:${port}'], labels: {지역: 서울, team: core}}]
    relabel_configs:
      - {source_labels: [__address__], regex: '(.*):.*', target_label: host}
      - {regex: team, action: labeldrop}
  - job_name: down
    static_configs: [{targets: ['127.0.0.1:1', '127.0.0.1:2']}]
    relabel_configs: [{source_labels: [__address__], regex: '.*:2', action: drop}]
rule_files: [rules.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ['127.0.0.1:${port}']}]}]}
`;

const RULES = `
groups:
  - name: demo
    rules:
      - {record: 'job:requests:rate1m', expr: 'sum by (job) (rate(prometheus_http_requests_total[1m]))'}
      - alert: TargetDown
        expr: up == 0
        for: 1s
        labels: {severity: critical, 팀: 인프라}
        annotations: {summary: '{{ $labels.job }} 대상이 응답하지 않습니다 <img src=x onerror=alert(1)>', runbook_url: 'https://example.com/runbook'}
      - {alert: Watchdog, expr: 'vector(1)', labels: {severity: none}}
      - {alert: SlowToCome, expr: 'up == 1', for: 1h, labels: {severity: warning}}
      - {alert: Never, expr: 'up > 5'}
      - {alert: Broken, expr: 'up * on() group_left() (up or vector(1))'}
`;

const ALERTMANAGER = `
route:
  receiver: team
  group_by: [alertname]
  group_wait: 1s
  routes:
    - {receiver: pager, matchers: ['severity="critical"'], continue: true}
    - {receiver: quiet, matchers: ['severity="none"']}
receivers:
  - {name: team, webhook_configs: [{url: 'http://127.0.0.1:9/team'}]}
  - {name: pager, webhook_configs: [{url: 'http://127.0.0.1:9/pager'}]}
  - {name: quiet}
inhibit_rules: [{source_matchers: ['alertname="Watchdog"'], target_matchers: ['severity="warning"']}]
`;

/** Of the account `admin`. */
export const PASSWORD = 'e2e-password';

/** Logs a page's browser in, without the form. */
export async function login(page, server) {
  const answer = await page.request.post(`${server.base}/login`, { data: { user: 'admin', password: PASSWORD }, headers: { 'sec-fetch-site': 'same-origin' } });
  if (!answer.ok()) throw new Error(`login: ${answer.status()} ${await answer.text()}`);
  await page.addInitScript(() => localStorage.setItem('bongsu.loggedIn', 'true'));
}

/** Puts samples (OpenMetrics, in the past) into a database directory that no server has open. */
async function makeBlocks(dir, samples) {
  const file = join(dir, 'samples.om');
  writeFileSync(file, samples);
  const child = spawn(binary(), ['tool', 'tsdb', 'create-blocks-from', 'openmetrics', file, join(dir, 'data')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (data) => {
    log += data;
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`create-blocks-from ended with ${code}: ${log}`);
  rmSync(file);
}

/**
 * Starts a server with scraped data, a firing alert and an Alertmanager. `flags` are added (or what a function of its port names), those
 * that begin with one of `without` are left out, `prefix` is what its addresses begin with, `files` are texts by name that lie in its
 * directory, `samples` are in its database before it starts.
 */
export async function startServer({ flags: given = [], without = [], prefix = '', rules = RULES, alertmanager = ALERTMANAGER, files = {}, samples } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'bongsu-e2e-'));
  const port = await freePort();
  const flags = typeof given === 'function' ? given(port) : given;
  writeFileSync(join(dir, 'prometheus.yml'), CONFIG(port));
  writeFileSync(join(dir, 'rules.yml'), rules);
  writeFileSync(join(dir, 'alertmanager.yml'), alertmanager);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  if (samples !== undefined) await makeBlocks(dir, samples);
  const args = [
    'server',
    '--config.file=prometheus.yml',
    '--alertmanager.config-file=alertmanager.yml',
    `--web.listen-address=127.0.0.1:${port}`,
    '--web.enable-admin-api',
    '--web.enable-lifecycle',
    '--web.enable-remote-write-receiver',
    '--enable-feature=exemplar-storage,promql-experimental-functions',
    `--storage.tsdb.path=${join(dir, 'data')}`,
    ...flags,
  ].filter((flag) => !without.some((left) => flag.startsWith(left)));
  const named = flags.some((flag) => flag.startsWith('--admin-password-file'));
  const env = named ? process.env : { ...process.env, BONGSU_ADMIN_PASSWORD: PASSWORD };
  const child = spawn(binary(), args, { cwd: dir, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (data) => {
    log = (log + data).slice(-20_000);
  });
  const base = `http://127.0.0.1:${port}${prefix}`;
  const stop = async () => {
    if (child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(kill);
    }
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await eventually('the server', async () => {
      if (child.exitCode !== null) throw new Error(`it ended: ${log}`);
      return (await fetch(`${base}/-/ready`)).ok;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  const get = async (path) => (await fetch(base + path)).json();
  /** Waits until a target was scraped and the alert has reached the Alertmanager. */
  const filled = () =>
    eventually('data', async () => {
      const up = await get('/api/v1/query?query=count_over_time(up%5B1m%5D)');
      const alerts = await get('/api/v2/alerts?filter=alertname%3D%22TargetDown%22');
      return up.data?.result?.some((one) => Number(one.value[1]) > 2) && alerts.length > 0;
    });
  return { base, port, dir, stop, get, filled, log: () => log };
}

/** Starts an Alertmanager alone. */
export async function startAlertmanager() {
  const dir = mkdtempSync(join(tmpdir(), 'bongsu-e2e-'));
  const port = await freePort();
  writeFileSync(join(dir, 'alertmanager.yml'), ALERTMANAGER);
  const args = ['alertmanager', '--config.file=alertmanager.yml', `--web.listen-address=127.0.0.1:${port}`, '--storage.path=data', '--cluster.listen-address='];
  const child = spawn(binary(), args, { cwd: dir, stdio: 'ignore' });
  const base = `http://127.0.0.1:${port}`;
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.kill('SIGTERM')) await ended;
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await eventually('the Alertmanager', async () => (await fetch(`${base}/-/ready`)).ok);
  } catch (error) {
    await stop();
    throw error;
  }
  return { base, stop };
}

let browser;

/** Opens a page that fails the test by any error on its console. `allow`: patterns of errors that belong to the test. */
export async function openPage({ width = 1440, height = 900, language = 'en', dark = false, allow = [] } = {}) {
  browser ??= await chromium.launch({
    executablePath: browserPath(),
    args: [
      '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
    ],
  });
  const context = await browser.newContext({
    viewport: { width, height },
    locale: language === 'ko' ? 'ko-KR' : 'en-US',
    timezoneId: 'Asia/Seoul',
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    acceptDownloads: true,
  });
  if (process.env.BONGSU_UI) await showInstead(context, process.env.BONGSU_UI);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const errors = [];
  const note = (text) => {
    if (!allow.some((pattern) => pattern.test(text))) errors.push(text);
  };
  page.on('console', (message) => {
    if (message.type() === 'error') note(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => note(String(error)));
  page.on('request', (request) => {
    const host = new URL(request.url()).hostname;
    if (!['127.0.0.1', 'localhost', ''].includes(host)) note(`a request to another host: ${request.url()}`);
  });
  const close = async () => {
    await context.close();
    if (errors.length > 0) throw new Error(`errors on the console:\n${errors.join('\n')}`);
  };
  return { page, context, errors, close };
}

/** Answers with the files of another built UI; the server's own facts and headers stay. */
async function showInstead(context, dist) {
  const own = readFileSync(join(dist, 'index.html'), 'utf8');
  const tags = /<script type="module"[\s\S]*?(?=<\/head>)/;
  await context.route('**/assets/*', (route) => route.fulfill({ path: join(dist, 'assets', basename(new URL(route.request().url()).pathname)) }));
  await context.route(
    (url) => !/\/(api|assets|render)\//.test(url.pathname),
    async (route) => {
      if (route.request().resourceType() !== 'document') return route.fallback();
      let response = await route.fetch({ maxRedirects: 0 });
      // A redirect that the browser follows by itself would lead past this.
      const { location } = response.headers();
      if (location) return route.fulfill({ contentType: 'text/html', body: `<meta http-equiv="refresh" content="0;url=${location.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}">` });
      // A page that the binary does not know yet.
      if (response.status() === 404) response = await route.fetch({ url: new URL('/status', route.request().url()).href });
      const body = await response.text();
      return route.fulfill({ response, body: tags.test(body) ? body.replace(tags, tags.exec(own)[0]) : body });
    },
  );
}

/** Ends the browser; the last thing of a test file. */
export async function closeBrowser() {
  await browser?.close();
  browser = undefined;
}

/** Keeps a picture for people to look at, in `web/e2e/shots`. */
export async function shot(page, name) {
  const dir = fileURLToPath(new URL('./shots', import.meta.url));
  mkdirSync(dir, { recursive: true });
  await page.screenshot({ path: join(dir, `${name}.png`), fullPage: true });
}
