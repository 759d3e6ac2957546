/** Dashboards as their authors change them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { closeBrowser, shot } from './harness.mjs';
import { openLoggedIn, panel, settled, startWithLogin } from './dashboards-support.mjs';

let server;
before(async () => {
  server = await startWithLogin();
  await server.filled();
});
after(async () => {
  await closeBrowser();
  await server?.stop();
});

const stored = async (uid) => (await server.read(`/api/dashboards/uid/${uid}`)).dashboard;

test('a dashboard is made, changed, saved, compared and restored', async () => {
  const { page, close } = await openLoggedIn(server, { height: 1100 });
  // Refreshed until the server has scraped for a step.
  await page.goto(`${server.base}/dashboard/new?from=now-5m&to=now&refresh=5s`);
  await page.getByTestId('add').click();
  await page.getByRole('menuitem').first().click();
  await page.getByTestId('panel-editor').waitFor();
  await page.getByTestId('query-A').locator('.cm-content').fill('up');
  await page.getByTestId('panel-title').fill('수집 상태');
  await page.waitForFunction(() => document.querySelector('[data-testid=panel]')?.getAttribute('data-state') === 'done');
  await page.getByTestId('panel-type').click();
  await page.getByRole('option', { name: 'Stat', exact: true }).click();
  await page.getByTestId('stat').first().waitFor();
  await shot(page, 'dashboard-editor');
  await page.getByTestId('back').click();
  await page.getByTestId('grid').waitFor();

  await page.getByTestId('save').click();
  await page.getByTestId('save-title').fill('Made by hand');
  await page.getByTestId('save-message').fill('first');
  await page.getByTestId('save-confirm').click();
  await page.waitForURL(/\/d\/[^/]+$|\/d\/[^/]+\?/);
  const uid = new URL(page.url()).pathname.split('/d/')[1].split('/')[0];
  const first = await stored(uid);
  assert.equal(first.title, 'Made by hand');
  assert.equal(first.panels[0].type, 'stat');
  assert.equal(first.panels[0].title, '수집 상태');
  assert.equal(first.panels[0].targets[0].expr, 'up');

  await settled(page);
  await page.getByTestId('edit').click();
  const width = (await panel(page, '수집 상태').boundingBox()).width;
  await page.getByTestId('resize').focus();
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction((old) => (document.querySelector('[data-testid=panel]')?.getBoundingClientRect().width ?? 0) > old, width);
  await page.keyboard.press('Control+z');
  await page.waitForFunction(
    (old) => Math.abs((document.querySelector('[data-testid=panel]')?.getBoundingClientRect().width ?? 0) - old) < 1,
    width,
  );
  await panel(page, '수집 상태').hover();
  await page.getByTestId('panel-menu').click();
  await page.getByRole('menuitem', { name: 'Duplicate' }).click();
  await page.waitForFunction(() => document.querySelectorAll('[data-testid=panel]').length === 2);
  await page.getByTestId('save').click();
  await page.getByTestId('save-message').fill('a copy');
  await page.getByTestId('save-confirm').click();
  await page.getByTestId('save-confirm').waitFor({ state: 'detached' });
  assert.equal((await stored(uid)).panels.length, 2);

  await page.getByTestId('settings').click();
  await page.getByTestId('settings-versions').click();
  const oldest = page.getByTestId('version').last();
  await oldest.getByRole('button', { name: 'Compare with now' }).click();
  await page
    .getByText(/^panels\[/)
    .first()
    .waitFor();
  await oldest.getByRole('button', { name: 'Restore' }).click();
  await page.waitForFunction(() => document.querySelectorAll('[data-testid=panel]').length === 1);
  assert.equal((await stored(uid)).panels.length, 1);
  await close();
});

test('somebody else’s newer version is not overwritten unasked', async () => {
  const { uid } = await server.post('/api/dashboards/db', {
    dashboard: { uid: 'raced', title: 'Raced', panels: [], odd: { kept: 1 } },
    overwrite: true,
  });
  const { page, close } = await openLoggedIn(server, { allow: [/412/] });
  await page.goto(`${server.base}/d/${uid}/x`);
  await page.getByTestId('edit').click();
  const now = await stored(uid);
  await server.post('/api/dashboards/db', { dashboard: { ...now, tags: ['theirs'] } });
  await page.getByTestId('save').click();
  await page.getByTestId('save-title').fill('Mine');
  await page.getByTestId('save-confirm').click();
  await page.getByRole('button', { name: 'Overwrite' }).waitFor();
  assert.deepEqual((await stored(uid)).tags, ['theirs']);
  await page.getByRole('button', { name: 'Overwrite' }).click();
  await page.getByTestId('save-confirm').waitFor({ state: 'detached' });
  const saved = await stored(uid);
  assert.equal(saved.title, 'Mine');
  assert.deepEqual(saved.odd, { kept: 1 }, 'unknown keys must survive');
  await close();
});

test('Grafana JSON is imported with its inputs, Hangul typed into the title', async () => {
  const { page, close } = await openLoggedIn(server, { language: 'ko' });
  await page.goto(`${server.base}/dashboards`);
  await page.getByTestId('import').click();
  await page.getByTestId('import-json').fill('{"no": "dashboard"}');
  await page.getByText('this is not a dashboard').waitFor();
  await page.getByTestId('import-json').fill(
    JSON.stringify({
      __inputs: [{ name: 'DS_PROM', label: 'Prometheus', type: 'datasource', pluginId: 'prometheus' }],
      title: 'Old one',
      time: { from: 'now-5m', to: 'now' },
      schemaVersion: 12,
      rows: [
        {
          title: 'r',
          panels: [
            {
              id: 1,
              type: 'singlestat',
              interval: '1s',
              title: 'Old stat',
              span: 6,
              datasource: '${DS_PROM}',
              targets: [{ expr: 'sum(up)' }],
            },
            { id: 2, type: 'unknown-panel', title: 'Odd', span: 6 },
          ],
        },
      ],
    }),
  );
  await page.getByText('unknown-panel').first().waitFor();
  const title = page.getByRole('textbox', { name: '제목' });
  await title.fill('');
  const session = await page.context().newCDPSession(page);
  for (const text of ['ㅎ', '하', '한', '한ㄱ', '한그', '한글'])
    await session.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
  await session.send('Input.insertText', { text: '한글' });
  assert.equal(await title.inputValue(), '한글');
  await page.getByTestId('import-open').click();
  await settled(page, 2);
  assert.equal(await panel(page, 'Old stat').getAttribute('data-type'), 'stat');
  assert.match(await panel(page, 'Old stat').getByTestId('stat').innerText(), /\d/);
  await page.getByTestId('save').click();
  await page.getByTestId('save-confirm').click();
  await page.waitForURL(/\/d\//);
  const uid = new URL(page.url()).pathname.split('/d/')[1].split('/')[0];
  const saved = await stored(uid);
  assert.equal(saved.title, '한글');
  assert.equal(saved.panels.find((one) => one.title === 'Odd').type, 'unknown-panel');
  await close();
});

test('a variable added in the settings offers its values at once', async () => {
  await server.post('/api/dashboards/db', {
    dashboard: {
      uid: 'vars',
      title: 'Vars',
      panels: [
        {
          id: 1,
          type: 'stat',
          title: 'n',
          gridPos: { x: 0, y: 0, w: 6, h: 4 },
          targets: [{ refId: 'A', expr: 'count(up{job=~"$var1"})', instant: true }],
        },
      ],
    },
    overwrite: true,
  });
  const { page, close } = await openLoggedIn(server, { allow: [/400/] });
  await page.goto(`${server.base}/d/vars/x`);
  await page.getByTestId('edit').click();
  await page.getByTestId('settings').click();
  await page.getByTestId('settings-variables').click();
  await page.getByTestId('add-variable').click();
  await page.getByTestId('variable-query').fill('label_values(up, job)');
  await page.getByText(/Preview: .*bongsu/).waitFor();
  // The same by choosing names.
  for (const [field, name, written] of [
    ['Values of label', 'instance', 'label_values(up, instance)'],
    ['Values found on metric', 'scrape_duration_seconds', 'label_values(scrape_duration_seconds, instance)'],
    ['Values of label', '지역', 'label_values(scrape_duration_seconds, 지역)'],
  ]) {
    const choice = page.getByRole('dialog').getByLabel(field, { exact: true }).first();
    await choice.click();
    await choice.fill(name);
    await page.getByRole('option', { name, exact: true }).click();
    assert.equal(await page.getByTestId('variable-query').inputValue(), written);
  }
  await page.getByText(/Preview: .*서울/).waitFor();
  await page.keyboard.press('Escape');
  await page.getByTestId('var-var1').waitFor();
  await close();
});
