/** The frame: a prefix, languages, themes, keys, the palette, links of Alertmanager, headers, foreign words in labels. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PASSWORD, closeBrowser, eventually, openPage, startServer } from './harness.mjs';

let server;
before(async () => {
  server = await startServer({ flags: ['--web.external-url=http://127.0.0.1/monitoring/prom/', '--web.route-prefix=/monitoring/prom'], prefix: '/monitoring/prom' });
});
after(async () => {
  await closeBrowser();
  await server?.stop();
});

test('everything works under a prefix: pages, assets, API, deep links', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/`);
  await page.waitForURL(/\/monitoring\/prom\/query/);
  await page.getByRole('link', { name: 'Targets' }).click();
  await page.waitForURL(/\/monitoring\/prom\/targets/);
  await page.getByTestId('pool').first().waitFor();
  await page.goto(`${server.base}/flags?search=route-prefix`);
  await page.getByText('--web.route-prefix').waitFor();
  await close();
});

test('headers: a policy, no other host, immutable assets', async () => {
  const html = await fetch(`${server.base}/query`);
  assert.match(html.headers.get('content-security-policy'), /default-src 'self'/);
  assert.equal(html.headers.get('cache-control'), 'no-cache');
  const again = await fetch(`${server.base}/query`, { headers: { 'if-none-match': html.headers.get('etag') } });
  assert.equal(again.status, 304);
  const script = /src="\.\/(assets\/[^"]+\.js)"/.exec(await html.text())[1];
  const asset = await fetch(`${server.base}/${script}`);
  assert.match(asset.headers.get('cache-control'), /immutable/);
  assert.match(asset.headers.get('content-type'), /javascript/);
  assert.equal((await fetch(`${server.base}/assets/none.js`)).status, 404);
  assert.equal((await fetch(`${server.base}/api/v1/none`, { headers: { accept: 'text/html' } })).status, 404);
});

test('language and theme are switched and remembered', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/targets`);
  await page.getByTestId('language').first().click();
  await page.getByRole('menuitem', { name: '한국어' }).click();
  await page.getByRole('heading', { level: 1, name: '수집 대상' }).waitFor();
  await page.getByTestId('theme').first().click();
  await page.waitForFunction(() => document.documentElement.dataset.mantineColorScheme === 'dark');
  await page.reload();
  await page.getByRole('heading', { level: 1, name: '수집 대상' }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.mantineColorScheme), 'dark');
  await close();
});

test('the palette finds pages in both languages and runs expressions', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/flags`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('combobox').fill('수집 대상');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/targets/);
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('combobox').fill('process_resident_memory_bytes');
  await page.keyboard.press('Enter');
  await page.waitForURL(/g0\.expr=process_resident_memory_bytes/);
  await close();
});

test('keys go to pages, but never while Hangul is composed', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/flags`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  const press = (key, code, more) =>
    page.evaluate(([k, c, m]) => document.body.dispatchEvent(new KeyboardEvent('keydown', { key: k, code: c, bubbles: true, cancelable: true, ...m })), [key, code, more]);
  // What Chromium sends while an input method composes.
  await press('Process', 'KeyG', { keyCode: 229, isComposing: true });
  await press('Process', 'KeyT', { keyCode: 229, isComposing: true });
  await press('Process', 'KeyK', { keyCode: 229, ctrlKey: true });
  await press('k', 'KeyK', { ctrlKey: true, isComposing: true });
  assert.equal(await page.getByRole('dialog').count(), 0);
  assert.match(page.url(), /\/flags/);
  // With Hangul switched on but nothing composed, the place of the key counts.
  await press('ㅎ', 'KeyG', {});
  await press('ㅅ', 'KeyT', {});
  await page.waitForURL(/\/targets/);
  await page.getByRole('textbox').first().fill('gs');
  assert.match(page.url(), /\/targets/);
  await close();
});

test('links of Alertmanager’s own page are followed', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/#/alerts?receiver=pager`);
  await page.waitForURL(/\/groups\?receiver=pager/);
  await page.goto('about:blank');
  await page.goto(`${server.base}/#/silences/new?filter=%7Ba%3D%22b%22%7D`);
  await page.waitForURL(/\/silences\/new\?filter/);
  assert.equal(await page.getByRole('textbox', { name: 'Label 1' }).inputValue(), 'a');
  await close();
});

test('foreign words in annotations and labels are words', async () => {
  const { page, close } = await openPage();
  await eventually('the alert', async () => (await server.get('/api/v2/alerts')).some((one) => one.labels.alertname === 'TargetDown'));
  for (const path of ['/alerts', '/groups']) {
    await page.goto(server.base + path);
    await page.getByText('<img src=x onerror=alert(1)>').first().waitFor();
    assert.equal(await page.locator('main img').count(), 0, path);
  }
  await close();
});

test('a page that does not exist says so; the time range goes along from page to page', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/query?from=now-6h&to=now`);
  await page.getByRole('link', { name: 'Rules' }).click();
  await page.waitForURL(/\/rules\?from=now-6h&to=now/);
  await page.evaluate(() => history.pushState({}, '', 'nowhere'));
  assert.equal((await fetch(`${server.base}/nowhere`)).status, 404);
  await close();
});

test('a failed reload is told at once, and goes when it is mended', async () => {
  const { writeFileSync, readFileSync } = await import('node:fs');
  const { join } = await import('node:path');
  const { page, close } = await openPage();
  await page.goto(`${server.base}/targets`);
  await page.getByTestId('pool').first().waitFor();
  const file = join(server.dir, 'prometheus.yml');
  const good = readFileSync(file, 'utf8');
  writeFileSync(file, 'scrape_configs: 3\n');
  assert.equal((await fetch(`${server.base}/-/reload`, { method: 'POST' })).status, 500);
  await page.getByTestId('notice').waitFor();
  writeFileSync(file, good);
  assert.equal((await fetch(`${server.base}/-/reload`, { method: 'POST' })).status, 200);
  await page.getByTestId('notice').waitFor({ state: 'detached' });
  await close();
});

test('logging in: a wrong password is told, a right one leads back, and out again', async () => {
  const { page, close } = await openPage({ allow: [/401 \(Unauthorized\)/] });
  await page.goto(`${server.base}/flags`);
  await page.getByRole('link', { name: 'Log in' }).click();
  await page.waitForURL(/\/login\?redirectTo=%2Fflags/);
  await page.getByLabel('Name or e-mail').fill('admin');
  await page.getByRole('textbox', { name: 'Password' }).fill('wrong');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByTestId('error').waitFor();
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL(/\/flags$/);
  await page.getByRole('button', { name: /^Account: / }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await page.getByRole('link', { name: 'Log in' }).waitFor();
  await close();
});
