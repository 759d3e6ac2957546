/** Dashboards as readers see them. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { closeBrowser, eventually, shot } from './harness.mjs';
import { openLoggedIn, panel, settled, startWithLogin, syntheticAnswers } from './dashboards-support.mjs';

const shared = process.env.CONFORMANCE_DIR ?? fileURLToPath(new URL('../../../shared', import.meta.url));

let server;
before(async () => {
  server = await startWithLogin();
  await server.filled();
});
after(async () => {
  await closeBrowser();
  await server?.stop();
});

const query = (expr, more = {}) => ({ refId: 'A', expr, ...more });
const place = (index) => ({ x: (index % 3) * 8, y: Math.floor(index / 3) * 7, w: 8, h: 7 });
// The picture has no address that could be asked for: were it kept as it is, its error handler would run.
const EVIL = '<img src="data:text/plain,x" onerror="window.hacked=1"><script>window.hacked=1</script>';

// A query of the page is wrong on purpose. And Chromium complains of event handlers even in documents in which nothing can run, such as
// those that texts are cleaned in; that nothing ran is asserted.
const EXPECTED = [/status of 400/, /Executing inline event handler/];

/** One panel of each type, with texts that would run if anything were careless. */
const EVERY = {
  uid: 'every',
  title: `Every panel ${EVIL}`,
  schemaVersion: 41,
  graphTooltip: 1,
  time: { from: 'now-15m', to: 'now' },
  templating: {
    list: [
      {
        name: 'host',
        label: '호스트',
        type: 'query',
        query: 'label_values(up, 지역)',
        includeAll: true,
        multi: true,
        current: { value: ['$__all'] },
      },
      { name: 'word', type: 'textbox', query: '' },
      { name: 'filters', type: 'adhoc' },
    ],
  },
  panels: [
    { type: 'row', title: 'First', gridPos: { x: 0, y: 0, w: 24, h: 1 }, panels: [] },
    {
      type: 'timeseries',
      title: 'Lines',
      targets: [query('rate(prometheus_http_requests_total[1m])', { legendFormat: `{{handler}} ${EVIL}` })],
      options: { legend: { displayMode: 'table', placement: 'bottom', calcs: ['mean', 'max'] }, tooltip: { mode: 'multi' } },
    },
    { type: 'timeseries', title: 'Others', targets: [query('scrape_duration_seconds')] },
    { type: 'stat', title: 'Up', targets: [query('sum(up)', { instant: true })], fieldConfig: { defaults: { unit: 'suffix: hosts' } } },
    { type: 'gauge', title: 'Gauge', targets: [query('up')] },
    { type: 'bargauge', title: 'Bars', targets: [query('scrape_samples_scraped', { legendFormat: '{{job}}' })] },
    {
      type: 'table',
      title: '표',
      targets: [query('up', { format: 'table', instant: true })],
      transformations: [
        { id: 'organize', options: { excludeByName: { Time: true, __name__: true }, renameByName: { job: '작업', Value: '상태' } } },
      ],
      fieldConfig: {
        defaults: { mappings: [{ type: 'value', options: { 0: { text: '중단', color: 'red' }, 1: { text: '정상', color: 'green' } } }] },
        overrides: [
          {
            matcher: { id: 'byName', options: '작업' },
            properties: [{ id: 'links', value: [{ title: 'bad', url: 'javascript:window.hacked=1' }] }],
          },
        ],
      },
    },
    {
      type: 'piechart',
      title: 'Pie',
      targets: [query('scrape_samples_scraped', { legendFormat: '{{job}}' })],
      options: { legend: { displayMode: 'table', placement: 'right', values: ['value', 'percent'] } },
    },
    { type: 'text', title: 'Text', options: { mode: 'markdown', content: `# Hello ${EVIL}\n\n[click](javascript:window.hacked=1)` } },
    { type: 'state-timeline', title: 'States', targets: [query('up', { legendFormat: '{{job}}' })] },
    {
      type: 'heatmap',
      title: 'Heat',
      targets: [
        query('sum by (le) (rate(prometheus_http_request_duration_seconds_bucket[1m]))', { format: 'heatmap', legendFormat: '{{le}}' }),
      ],
    },
    { type: 'alertlist', title: 'Alerts' },
    { type: 'some-plugin-panel', title: 'Plugin', secret: { kept: true } },
    { type: 'timeseries', title: 'Broken', targets: [query('rate(up[')] },
    { type: 'stat', title: 'Chosen $host', targets: [query('count(up{"지역"=~"$host"})', { instant: true })] },
    { type: 'graph', title: 'Old graph', targets: [{ expr: 'up' }], yaxes: [{ format: 'bytes' }] },
  ].map((one, index) => ({
    id: index + 1,
    // Steps of a second: the server has just begun to scrape.
    interval: '1s',
    gridPos: one.gridPos ?? { ...place(index - 1), y: 1 + Math.floor((index - 1) / 3) * 7 },
    ...one,
  })),
};

/** Whether anything is painted on a panel's canvas. */
function inked(drawn) {
  return drawn
    .locator('canvas')
    .first()
    .evaluate((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.some((value) => value !== 0);
    });
}

for (const [language, width] of [
  ['en', 1440],
  ['ko', 390],
]) {
  test(`every panel draws, nothing in it runs (${language}, ${width} px)`, async () => {
    await server.post('/api/dashboards/db', { dashboard: EVERY, overwrite: true });
    const { page, close } = await openLoggedIn(server, {
      language,
      width,
      height: 1000,
      dark: language === 'ko',
      allow: EXPECTED,
    });
    await page.goto(`${server.base}/d/every/x`);
    await settled(page, EVERY.panels.length - 1);
    for (const one of EVERY.panels.slice(1).filter(({ title }) => !title.includes('$')))
      await panel(page, one.title).scrollIntoViewIfNeeded();
    await settled(page);
    await page.evaluate(() => window.scrollTo(0, 0));

    assert.match(await panel(page, 'Up').innerText(), /\d+ hosts/);
    assert.equal(await panel(page, 'Gauge').getByTestId('gauge').count(), 2);
    assert.ok((await panel(page, 'Bars').getByTestId('bar').count()) >= 2);
    assert.deepEqual(
      (await panel(page, '표').getByRole('columnheader').allInnerTexts()).filter((text) => /작업|상태/.test(text)).length,
      2,
    );
    assert.match(await panel(page, '표').innerText(), /정상/);
    assert.match(await panel(page, '표').innerText(), /중단/);
    assert.ok((await panel(page, 'Pie').getByTestId('slice').count()) >= 1);
    assert.equal(await panel(page, 'Text').getByRole('heading', { level: 1 }).count(), 1);
    assert.ok((await panel(page, 'States').getByTestId('state-row').count()) >= 2);
    assert.ok((await panel(page, 'Alerts').getByTestId('alert-row').count()) >= 1);
    assert.match(await panel(page, 'Plugin').getByTestId('unsupported').innerText(), /some-plugin-panel/);
    assert.match(await panel(page, 'Broken').getByRole('alert').innerText(), /parse error|unexpected|unclosed/i);
    assert.equal(await panel(page, 'Old graph').getAttribute('data-type'), 'timeseries');
    assert.ok((await panel(page, 'Lines').getByTestId('legend').getByRole('row').count()) > 2);
    assert.equal(await page.evaluate(() => window.hacked), undefined, 'something in the document ran');
    assert.equal(await page.locator('a[href^="javascript"]').count(), 0);
    // The policy would keep a handler from running: none may get into the page at all.
    const handlers = await page.evaluate(() =>
      [...document.querySelectorAll('*')].flatMap((one) => one.getAttributeNames().filter((name) => name.startsWith('on'))),
    );
    assert.deepEqual(handlers, []);
    // A graph is made in an effect after its data is there.
    await eventually('ink on the graph', () => inked(panel(page, 'Lines')));
    await shot(page, `dashboard-every-${language}-${width}`);
    await close();
  });
}

test('a graph whose drawing the browser has dropped is painted again', async () => {
  const { page, close } = await openLoggedIn(server, { height: 1000, allow: EXPECTED });
  await page.goto(`${server.base}/d/every/x`);
  await settled(page);
  const drawn = ['Lines', 'Heat'];
  for (const title of drawn) await eventually(`ink on ${title}`, () => inked(panel(page, title)));
  // The process that keeps drawings ends, as it does when a machine sleeps or its driver fails.
  const browser = await page.context().browser().newBrowserCDPSession();
  await browser.send('Browser.crashGpuProcess');
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  for (const title of drawn) await eventually(`ink on ${title} again`, () => inked(panel(page, title)));
  await close();
});

test('hovering shows one tooltip with all series, and moves the crosshairs of the others', async () => {
  const { page, close } = await openLoggedIn(server, { height: 1000, allow: EXPECTED });
  await page.goto(`${server.base}/d/every/x`);
  await settled(page);
  const box = await panel(page, 'Lines').locator('.u-over').boundingBox();
  const tooltip = page.getByTestId('tooltip');
  await eventually('the tooltip', async () => {
    await page.mouse.move(box.x + box.width * 0.6, box.y + box.height / 2);
    await page.mouse.move(box.x + box.width * 0.98, box.y + box.height / 2, { steps: 4 });
    return (await tooltip.count()) > 0 && tooltip.first().isVisible();
  });
  assert.match(await tooltip.innerText(), /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/);
  const others = await panel(page, 'Others')
    .locator('.u-cursor-x')
    .evaluate((line) => line.getBoundingClientRect().x > 0 && getComputedStyle(line).transform !== 'none');
  assert.ok(others, 'the other graph has no crosshair');
  await page.mouse.move(5, 5);
  await tooltip.waitFor({ state: 'hidden' });
  await close();
});

test('a range dragged over a graph becomes the range of the page, back undoes it', async () => {
  const { page, close } = await openLoggedIn(server, { height: 1000, allow: EXPECTED });
  await page.goto(`${server.base}/d/every/x`);
  await settled(page);
  const box = await panel(page, 'Lines').locator('.u-over').boundingBox();
  await page.mouse.move(box.x + box.width * 0.4, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.8, box.y + 30, { steps: 5 });
  await page.mouse.up();
  await page.waitForURL(/from=\d{13}&to=\d{13}/);
  await page.goBack();
  await page.waitForURL(/from=now-15m/);
  await close();
});

test('variables fill queries and titles, live in the address, and take Hangul while it is composed', async () => {
  const { page, close } = await openLoggedIn(server, { language: 'ko', height: 2600, allow: EXPECTED });
  await page.goto(`${server.base}/d/every/x`);
  await settled(page);
  await panel(page, 'Chosen 전체').or(panel(page, 'Chosen All')).waitFor();
  await page.getByRole('button', { name: /^호스트:/ }).click();
  const search = page.getByRole('textbox', { name: /호스트/ });
  await search.focus();
  const session = await page.context().newCDPSession(page);
  for (const text of ['ㅅ', '서', '서ㅇ', '서우', '서울'])
    await session.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
  await session.send('Input.insertText', { text: '서울' });
  assert.equal(await search.inputValue(), '서울');
  await page.getByRole('option', { name: '서울' }).click();
  await page.keyboard.press('Escape');
  await page.waitForURL((url) => url.searchParams.getAll('var-host').join() === '서울');
  await settled(page);
  await panel(page, 'Chosen 서울').waitFor();
  await page.reload();
  await settled(page);
  await panel(page, 'Chosen 서울').waitFor();
  await close();
});

test('rows fold, a panel fills the page, the kiosk hides all else', async () => {
  const { page, close } = await openLoggedIn(server, { height: 1000, allow: EXPECTED });
  await page.goto(`${server.base}/d/every/x`);
  await settled(page);
  const before = await page.getByTestId('panel').count();
  await page.getByTestId('row').getByRole('button').first().click();
  assert.ok((await page.getByTestId('panel').count()) < before);
  await page.goto(`${server.base}/d/every/x?viewPanel=2`);
  await settled(page);
  assert.equal(await page.getByTestId('panel').count(), 1);
  await page.goto(`${server.base}/d/every/x?kiosk`);
  await settled(page);
  assert.equal(await page.getByTestId('edit').count(), 0);
  await page.keyboard.press('Escape');
  await page.getByTestId('edit').waitFor();
  await close();
});

test('panels out of view ask nothing until they are seen', async () => {
  const panels = Array.from({ length: 12 }, (_one, index) => ({
    id: index + 1,
    type: 'timeseries',
    title: `Panel ${index}`,
    gridPos: { x: 0, y: index * 8, w: 24, h: 8 },
    targets: [query(`up + ${index}`)],
  }));
  await server.post('/api/dashboards/db', { dashboard: { uid: 'long', title: 'Long', panels }, overwrite: true });
  const { page, close } = await openLoggedIn(server, { height: 700 });
  const asked = await syntheticAnswers(page);
  await page.goto(`${server.base}/d/long/x`);
  await settled(page, 12);
  assert.ok(asked.length >= 2 && asked.length <= 6, `${asked.length} of 12 panels asked`);
  await panel(page, 'Panel 11').scrollIntoViewIfNeeded();
  await page.waitForFunction(() => document.querySelector('[data-panel="12"]')?.getAttribute('data-state') === 'done');
  assert.ok(asked.includes('up + 11'));
  await close();
});

test('the list finds dashboards by words, with stars', async () => {
  const { page, close } = await openLoggedIn(server);
  await page.goto(`${server.base}/dashboards`);
  await page.getByTestId('dashboard-row').first().waitFor();
  await page.getByTestId('search').fill('long');
  await page.waitForFunction(() => document.querySelectorAll('[data-testid=dashboard-row]').length === 1);
  await page.getByTestId('dashboard-row').getByRole('button').first().click();
  await page.waitForFunction(() => document.querySelector('[data-testid=dashboard-row] button')?.getAttribute('aria-pressed') === 'true');
  await shot(page, 'dashboards-list');
  await page.getByRole('link', { name: 'Long' }).click();
  await page.waitForURL(/\/d\/long/);
  await close();
});

test('every dashboard of the collection draws every panel without an error', async () => {
  const folder = join(shared, 'dashboards');
  const files = existsSync(folder)
    ? readdirSync(folder, { recursive: true })
        .map(String)
        .filter((name) => name.endsWith('.json'))
    : [];
  if (process.env.CONFORMANCE_DIR) assert.ok(files.length > 30, 'the collection is missing');
  const { page, close } = await openLoggedIn(server, { height: 4000 });
  await syntheticAnswers(page, { points: 20 });
  for (const name of files) {
    const dashboard = JSON.parse(readFileSync(join(folder, name), 'utf8').replaceAll('${ktc_PROMETHEUS}', 'bongsu'));
    const { uid } = await server.post('/api/dashboards/db', { dashboard: { ...dashboard, id: null }, overwrite: true });
    await page.goto(`${server.base}/d/${uid}/x`);
    const rows = dashboard.panels.filter((one) => one.type === 'row').length;
    if (dashboard.panels.length > rows) await settled(page);
    else await page.getByTestId('row').first().waitFor();
    assert.ok((await page.getByTestId('row').count()) >= rows, `${name}: rows are missing`);
    assert.ok((await page.getByTestId('panel').count()) >= dashboard.panels.length - rows, `${name}: panels are missing`);
    assert.equal(await page.getByTestId('unsupported').count(), 0, `${name}: unsupported panels`);
    assert.equal(await page.getByTestId('panel-error').count(), 0, `${name}: a panel has an error`);
    if (name.includes('ktcloud')) {
      assert.ok((await page.getByText('LB 이름').count()) >= 1);
      await shot(page, 'dashboard-ktcloud');
    }
  }
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  await close();
});
