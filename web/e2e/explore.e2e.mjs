/** Explore: from typing to drawing, old links, downloads, and Hangul that stays whole. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { closeBrowser, eventually, openPage, startServer } from './harness.mjs';

let server;
before(async () => {
  server = await startServer();
  await server.filled();
});
after(async () => {
  await closeBrowser();
  await server?.stop();
});

const editor = (page, n = 0) => page.getByTestId('promql-editor').nth(n).locator('.cm-content');
const done = (page) => page.locator('[data-testid="answer"][data-state="done"]').first().waitFor();

test('type, run, look at the table, draw, explain; the address holds it all', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/query?from=now-30s&to=now`);
  await editor(page).click();
  await page.keyboard.type('sum by (job) (up', { delay: 5 });
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  await done(page);
  const table = page.getByTestId('result-table');
  await table.waitFor();
  assert.match(await table.innerText(), /job="bongsu"/);
  assert.match(page.url(), /g0\.expr=sum\+by\+%28job%29\+%28up%29/);

  await page.getByRole('tab', { name: 'Graph' }).click();
  await page.getByTestId('chart').waitFor();
  await done(page);
  assert.match(page.url(), /g0\.tab=graph/);
  const inked = await eventually('ink on the chart', () =>
    page.evaluate(() => {
      const canvas = document.querySelector('.uplot canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let coloured = 0;
      for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200 && Math.abs(data[i] - data[i + 2]) > 60) coloured += 1;
      return coloured > 50;
    }),
  );
  assert.ok(inked);
  assert.deepEqual(await page.locator('.chart-legend-row').allInnerTexts(), ['{job="bongsu"}', '{job="down"}']);
  const box = await page.locator('.u-over').boundingBox();
  await page.mouse.move(box.x + box.width - 12, box.y + 30);
  await page.locator('.chart-tooltip').waitFor();
  assert.match(await page.locator('.chart-tooltip').innerText(), /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/);

  await page.getByRole('tab', { name: 'Explain' }).click();
  await page.getByTestId('explain').waitFor();
  assert.match(await page.getByTestId('explain').innerText(), /sum by \(job\)/);

  await page.getByRole('switch', { name: 'With the answers that are kept' }).click();
  await page.waitForURL(/g0\.cached=1/);

  // The address alone brings everything back.
  await page.reload();
  await page.getByTestId('explain').waitFor();
  assert.ok(await page.getByRole('switch', { name: 'With the answers that are kept' }).isChecked());
  await close();
});

test('links of Prometheus’s pages lead to the same query', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/graph?g0.expr=up%20%3D%3D%200&g0.tab=1&g0.range_input=2h&g1.expr=vector(42)&g1.tab=1`);
  await page.waitForURL(/\/query\?.*from=now-2h/);
  assert.equal(await page.getByTestId('query-panel').count(), 2);
  await page.getByTestId('result-table').nth(1).waitFor();
  assert.match(await page.getByTestId('result-table').nth(1).innerText(), /42/);
  await close();
});

test('an error shows the server’s words, with the place', async () => {
  const { page, close } = await openPage({ allow: [/400 \(Bad Request\)/] });
  await page.goto(`${server.base}/query?g0.expr=sum(up&g0.tab=table`);
  assert.match(await page.getByTestId('error').innerText(), /1:7: parse error: unclosed left parenthesis/);
  await close();
});

test('completion offers metrics and functions; hover explains', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/query`);
  await editor(page).click();
  await page.keyboard.type('prometheus_http_req', { delay: 20 });
  await page.locator('.cm-tooltip-autocomplete').getByText('prometheus_http_requests_total').first().waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('rate(up[5m])', { delay: 5 });
  await page.keyboard.press('Escape');
  await page.getByTestId('promql-editor').getByText('rate', { exact: true }).hover();
  await page.locator('.promql-help').waitFor();
  await close();
});

test('CSV comes with the time and every label', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/query?g0.expr=up&g0.tab=table`);
  await page.getByTestId('result-table').waitFor();
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download CSV' }).click();
  const file = await (await waiting).path();
  const lines = readFileSync(file, 'utf8').replace('\uFEFF', '').trim().split('\r\n');
  assert.equal(lines[0], '__name__,host,instance,job,지역,time,value');
  assert.equal(lines.length, 3);
  await close();
});

test('the metric browser clicks a selector together', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/query`);
  await page.getByRole('button', { name: 'Browse metrics' }).click();
  await page.getByRole('textbox', { name: 'Search by name or help' }).fill('http_requests_total');
  await page.getByRole('dialog').getByText('prometheus_http_requests_total').first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'bongsu', exact: true }).click();
  await page.getByRole('button', { name: 'Use as a rate' }).click();
  await page.waitForURL(/g0\.expr=rate%28prometheus_http_requests_total%7Bjob%3D%22bongsu%22%7D%5B5m%5D%29/);
  await close();
});

test('dragging over a graph narrows the page’s range', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/query?g0.expr=up&g0.tab=graph`);
  await page.locator('.u-over').waitFor();
  await done(page);
  const box = await page.locator('.u-over').boundingBox();
  await page.mouse.move(box.x + box.width * 0.4, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 60, { steps: 5 });
  await page.mouse.up();
  await page.waitForURL(/from=\d{13}&to=\d{13}/);
  const { searchParams } = new URL(page.url());
  const span = Number(searchParams.get('to')) - Number(searchParams.get('from'));
  assert.ok(Math.abs(span - 720_000) < 60_000, `a fifth of an hour: ${span}`);
  await close();
});

/** Composes as an input method does: half syllables that change until they are committed. */
async function compose(page, context, steps, text) {
  const session = await context.newCDPSession(page);
  for (const step of steps) await session.send('Input.imeSetComposition', { text: step, selectionStart: step.length, selectionEnd: step.length });
  await session.send('Input.insertText', { text });
  await session.detach();
}

test('Hangul composed in the editor stays whole', async () => {
  const { page, context, close } = await openPage({ language: 'ko' });
  await page.goto(`${server.base}/query`);
  await editor(page).click();
  await page.keyboard.type('up{', { delay: 10 });
  await page.keyboard.press('Escape');
  await page.keyboard.type('"');
  await compose(page, context, ['ㅈ', '지', '직', '지여', '지역'], '지역');
  assert.match(await editor(page).innerText(), /^up\{"지역"?\}?/);
  assert.doesNotMatch(await editor(page).innerText(), /ㅈ|직/);
  await close();
});

test('Hangul composed in every search field stays whole and finds', async () => {
  const { page, context, close } = await openPage({ language: 'ko' });
  for (const [path, label] of [['/targets', '주소, 레이블, 오류 검색'], ['/alerts', '이름, 레이블, 설명 검색'], ['/service-discovery', '레이블 검색'], ['/rules', '이름, 식, 파일 검색']]) {
    await page.goto(server.base + path);
    const field = page.getByRole('textbox', { name: label });
    await field.click();
    await compose(page, context, ['ㅅ', '서', '설', '서우', '서울'], '서울');
    assert.equal(await field.inputValue(), '서울', path);
    await page.waitForURL(/search=%EC%84%9C%EC%9A%B8/);
  }
  await page.goto(`${server.base}/targets?search=${encodeURIComponent('서울')}`);
  await page.getByTestId('pool').first().waitFor();
  assert.equal(await page.getByTestId('pool').count(), 1);
  await close();
});
