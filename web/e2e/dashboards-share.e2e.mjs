/** What leaves a dashboard's page: links, exports, snapshots, playlists. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { openLoggedIn, panel, settled, startWithLogin } from './dashboards-support.mjs';
import { closeBrowser, shot } from './harness.mjs';

let server;
before(async () => {
  server = await startWithLogin();
  await server.filled();
  for (const [uid, title, expr] of [
    ['share', '나눔 $job', 'up{job=~"$job"}'],
    ['next', 'Next', 'count(up)'],
  ])
    await server.post('/api/dashboards/db', {
      dashboard: {
        uid,
        title,
        time: { from: 'now-15m', to: 'now' },
        templating: { list: [{ name: 'job', type: 'query', query: 'label_values(up, job)', includeAll: true, multi: true, current: { value: ['$__all'] } }] },
        panels: [
          { id: 1, type: 'stat', title: 'Up', gridPos: { x: 0, y: 0, w: 8, h: 6 }, targets: [{ refId: 'A', expr, instant: true, legendFormat: '{{job}}' }] },
          { id: 2, type: 'timeseries', title: 'Of $job', interval: '1s', gridPos: { x: 8, y: 0, w: 16, h: 6 }, targets: [{ refId: 'A', expr }] },
        ],
      },
      overwrite: true,
    });
});
after(async () => {
  await closeBrowser();
  await server?.stop();
});

async function download(page, click) {
  const [file] = await Promise.all([page.waitForEvent('download'), click()]);
  return JSON.parse(readFileSync(await file.path(), 'utf8'));
}

test('a link keeps the time, exports carry the document, with inputs for other installations', async () => {
  const { page, close } = await openLoggedIn(server);
  await page.goto(`${server.base}/d/share/x`);
  await settled(page, 2);
  await page.getByRole('button', { name: 'Share' }).click();
  const dialog = page.getByRole('dialog');
  assert.match(await dialog.getByRole('textbox').first().inputValue(), /from=\d{13}&to=\d{13}/);
  assert.match(await dialog.getByRole('link', { name: 'PNG' }).getAttribute('href'), /\/render\/d\/share\?.*from=\d{13}/);
  const plain = await download(page, () => page.getByTestId('export').click());
  assert.equal(plain.uid, 'share');
  const external = await download(page, () => dialog.getByRole('button', { name: /other|external/i }).click());
  assert.ok(Array.isArray(external.__inputs));
  await close();
});

test('a snapshot shows what was there without asking, and goes when it is deleted', async () => {
  const { page, close } = await openLoggedIn(server, { allow: [/status of 404/] });
  await page.goto(`${server.base}/d/share/x`);
  await settled(page, 2);
  await page.getByRole('button', { name: 'Share' }).click();
  await page.getByTestId('share-snapshot').click();
  await page.getByTestId('snapshot-create').click();
  const link = await page.getByTestId('snapshot-link').inputValue();
  assert.match(link, /\/dashboard\/snapshot\/\w+$/);
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(link);
  await settled(page, 2);
  assert.match(await panel(page, 'Up').innerText(), /bongsu/);
  await panel(page, 'Of All').locator('canvas').waitFor();
  assert.equal(await page.getByTestId('edit').count(), 0);
  assert.deepEqual(asked.filter((path) => /query|label|ds/.test(path)), []);
  await shot(page, 'dashboard-snapshot');
  await page.goto(`${server.base}/d/share/x`);
  await settled(page, 2);
  await page.getByRole('button', { name: 'Share' }).click();
  await page.getByTestId('share-snapshot').click();
  await page.getByTestId('snapshot-row').getByRole('button').click();
  await page.getByTestId('snapshot-row').waitFor({ state: 'detached' });
  await page.goto(link);
  await page.getByText(/not found/i).first().waitFor();
  await close();
});

test('a playlist is made, played, moved by keys and ended', async () => {
  const { page, close } = await openLoggedIn(server, { language: 'ko' });
  await page.goto(`${server.base}/playlists`);
  await page.getByRole('button', { name: '새 재생 목록' }).click();
  const name = page.getByRole('textbox', { name: '이름' });
  await name.focus();
  const session = await page.context().newCDPSession(page);
  for (const text of ['ㅂ', '벼', '벽'])
    await session.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
  await session.send('Input.insertText', { text: '벽' });
  await page.getByRole('dialog').getByLabel('대시보드', { exact: true }).first().click();
  await page.getByRole('option', { name: '나눔' }).click();
  await page.getByRole('option', { name: 'Next' }).click();
  await name.click();
  await page.getByTestId('playlist-save').click();
  await page.getByTestId('playlist-row').getByRole('link', { name: '벽' }).click();
  await page.locator('iframe[title="대시보드 2개 중 1번째"]').waitFor();
  await page.keyboard.press('ArrowRight');
  await page.locator('iframe[title="대시보드 2개 중 2번째"]').waitFor();
  await page.keyboard.press('Space');
  await page.locator('iframe[data-held=true]').waitFor();
  await page.keyboard.press('ArrowRight');
  await page.locator('iframe[title="대시보드 2개 중 1번째"]').waitFor();
  await page.keyboard.press('Escape');
  await page.getByTestId('playlist-row').waitFor();
  await close();
});
