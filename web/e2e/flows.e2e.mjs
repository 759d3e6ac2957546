/** Flows of alerting whose other end is real: a receiver that is told, a guard that refuses, somebody who takes care, a rule tried on the past. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { axeFindings } from './checks.mjs';
import { closeBrowser, eventually, openPage, startServer } from './harness.mjs';

/** Everything that the receiver was told. */
const told = [];
let sink;
let server;
before(async () => {
  sink = createServer((request, response) => {
    let body = '';
    request.on('data', (data) => {
      body += data;
    });
    request.on('end', () => {
      if (request.url === '/broken') response.writeHead(500);
      else told.push(JSON.parse(body));
      response.end();
    });
  });
  await new Promise((resolve) => sink.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${sink.address().port}`;
  server = await startServer({
    flags: ['--silences.guard=1'],
    alertmanager: `
route: {receiver: team, group_by: [alertname], group_wait: 1s}
receivers:
  - {name: team, webhook_configs: [{url: '${url}/team'}]}
  - {name: broken, webhook_configs: [{url: '${url}/broken'}]}
  - {name: nobody}
`,
  });
  await server.filled();
});
after(async () => {
  await closeBrowser();
  await server?.stop();
  sink?.close();
});

test('a receiver is sent a test, and what went wrong is told', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/receivers`);
  await page.getByLabel('Labels of the test alert').fill('alertname="시험", severity="info"');
  const card = (name) => page.getByTestId('receiver').filter({ has: page.getByText(name, { exact: true }) });
  await card('team').getByRole('button', { name: 'Send a test' }).click();
  await card('team').locator('[data-state-name="ok"]').waitFor();
  const message = told.find((one) => one.commonLabels?.alertname === '시험');
  assert.equal(message.receiver, 'team');
  await card('broken').getByRole('button', { name: 'Send a test' }).click();
  await card('broken').locator('[data-state-name="err"]').waitFor();
  assert.match(await card('broken').innerText(), /500/);
  await card('nobody').getByRole('button', { name: 'Send a test' }).click();
  await card('nobody').getByText('This receiver has nothing to send with').waitFor();
  assert.deepEqual(await axeFindings(page), []);
  await close();
});

test('a template is tried out, and a mistake is told with its place', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/receivers`);
  const field = page.getByLabel('Template', { exact: true });
  await field.fill('{{ range .Alerts }}<{{ .Labels.alertname | toUpper }}>{{ end }} 봉수');
  await page.getByRole('button', { name: 'Preview' }).click();
  const rendered = page.getByTestId('rendered');
  await rendered.waitFor();
  assert.match(await rendered.innerText(), /<[A-Z]+> 봉수/);
  await field.fill('one\n{{ range .Alerts }}');
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByTestId('error').getByText(/^Mistake in line \d+, byte \d+$/).waitFor();
  assert.equal(await rendered.count(), 0);
  await close();
});

test('an alert is acknowledged from its row, seen everywhere, taken back from the list', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/alerts?state=firing&search=TargetDown`);
  const rule = page.getByTestId('alert-rule').filter({ hasText: 'TargetDown' });
  await rule.getByRole('button', { name: 'Acknowledge' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Who takes care').fill('김하늘');
  await form.getByLabel('Note').fill('보는 중');
  await form.getByLabel('Until').fill('yesterday');
  await form.getByText('Not a moment to come').waitFor();
  await form.getByLabel('Until').fill('now+2h');
  assert.deepEqual(await axeFindings(page), []);
  await form.getByRole('button', { name: 'Acknowledge' }).click();
  await rule.getByText('acknowledged by 김하늘: 보는 중').waitFor();
  const [ack] = await server.get('/api/v2/bongsu/acks');
  assert.equal(ack.owner, '김하늘');
  assert.ok(Date.parse(ack.until) - Date.parse(ack.at) > 7_000_000, 'about two hours');

  await page.goto(`${server.base}/groups`);
  await page.getByTestId('alert-group').filter({ hasText: 'TargetDown' }).locator('[data-state-name="acknowledged"]').first().waitFor();
  await page.goto(`${server.base}/why?filter=${encodeURIComponent('{alertname="TargetDown"}')}`);
  await page.getByRole('button', { name: 'Take back' }).waitFor();

  await page.goto(`${server.base}/acks?search=${encodeURIComponent('하늘')}`);
  const line = page.getByTestId('ack');
  assert.match(await line.innerText(), /alertname="TargetDown"/);
  assert.deepEqual(await axeFindings(page), []);
  await line.getByRole('button', { name: 'End it: the acknowledgement of 김하늘' }).click();
  await page.getByText('Nothing is acknowledged').waitFor();
  assert.deepEqual(await server.get('/api/v2/bongsu/acks'), []);
  await close();
});

test('an alert is acknowledged from the page that says why it came', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/why?filter=${encodeURIComponent('{alertname="TargetDown"}')}`);
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByRole('dialog').getByLabel('Who takes care').fill('이바다');
  await page.getByRole('dialog').getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByRole('button', { name: 'Take back' }).click();
  await page.getByRole('button', { name: 'Acknowledge' }).waitFor();
  await eventually('its end', async () => (await server.get('/api/v2/bongsu/acks')).length === 0);
  await close();
});

test('a silence that matches too much is refused, and saved once that is meant', async () => {
  // The refusal is a 409, which the browser notes.
  const { page, close } = await openPage({ allow: [/409 \(Conflict\)/] });
  await eventually('two alerts', async () => (await server.get('/api/v2/alerts')).length >= 2);
  await page.goto(`${server.base}/silences/new?filter=${encodeURIComponent('{alertname=~"TargetDown|Watchdog"}')}`);
  await page.getByTestId('preview').getByText(/^2 of/).waitFor();
  await page.getByRole('textbox', { name: 'Who' }).fill('이바다');
  await page.getByRole('textbox', { name: 'Why' }).fill('전체 점검');
  await page.getByRole('button', { name: 'Save silence' }).click();
  await page.getByRole('button', { name: 'Save it anyway' }).waitFor();
  assert.deepEqual(await server.get('/api/v2/silences'), []);
  assert.deepEqual(await axeFindings(page), []);
  await page.getByRole('button', { name: 'Save it anyway' }).click();
  await page.waitForURL(/\/silences$/);
  await page.getByTestId('silence').getByText('전체 점검').waitFor();
  assert.equal((await server.get('/api/v2/silences')).length, 1);
  await close();
});

test('a silence recurs at the times that are written, and ends with its alerts', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/silences/new?filter=${encodeURIComponent('{alertname="Nightly"}')}`);
  await page.getByRole('textbox', { name: 'End, or how long' }).fill('30d');
  await page.getByRole('textbox', { name: 'Who' }).fill('박노을');
  await page.getByRole('textbox', { name: 'Why' }).fill('야간 백업');
  await page.getByRole('switch', { name: 'End it as soon as everything it silences is resolved' }).click();
  await page.getByLabel('Only at these times (recurring)').fill('mon-fri 22:00-06:00 Asia/Seoul');
  // The preview shows when it comes back.
  await page.getByText('Next times').waitFor();
  await page.getByRole('button', { name: 'Save silence' }).click();
  await page.waitForURL(/\/silences$/);
  const card = page.getByTestId('silence').filter({ hasText: '야간 백업' });
  await card.getByText(/recurs: mon-fri 22:00-06:00 Asia\/Seoul/).waitFor();
  await card.getByText('ends when resolved').waitFor();
  const saved = (await server.get('/api/v2/silences')).find((one) => one.comment === '야간 백업');
  assert.equal(saved.bongsu.untilResolved, true);
  assert.ok(saved.bongsu.windows.length > 0);
  await close();
});

test('a rule is tried on the past, drawn on its graph, with who would have been told', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/backtest?rule=TargetDown&from=now-2m&to=now`);
  await eventually('the rule', async () => (await page.getByLabel('Rule file').inputValue()).includes('TargetDown'));
  await page.getByTestId('run').click();
  await page.getByTestId('outcome').locator('[data-state-name="firing"]').first().waitFor();
  await page.getByRole('region', { name: 'Notifications that would have gone out' }).getByText('team / webhook').first().waitFor();
  // Red where it fires.
  await eventually('red on the graph', () =>
    page.evaluate(() => {
      const canvas = document.querySelector('.uplot canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let red = 0;
      for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 10 && data[i] > data[i + 1] + 40 && data[i] > data[i + 2] + 40) red += 1;
      return red > 500;
    }),
  );
  assert.deepEqual(await axeFindings(page), []);
  await page.getByLabel('Rule file').fill('groups: [{name: x, rules: [{alert: Bad, expr: "up ==="}]}]');
  await close();
});
