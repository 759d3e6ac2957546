/** From an alert to a silence and back; where alerts go; templates. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowser, eventually, openPage, startAlertmanager, startServer } from './harness.mjs';

let server;
before(async () => {
  server = await startServer();
  await server.filled();
});
after(async () => {
  await closeBrowser();
  await server?.stop();
});

test('a silence: from the alert, previewed, saved, seen on the group, edited, expired, made again', async () => {
  // An Alertmanager without previews is asked for its alerts instead.
  const { page, close } = await openPage({ allow: [/silences\/preview/] });
  await page.goto(`${server.base}/alerts?state=firing&search=TargetDown`);
  const rule = page.getByTestId('alert-rule').filter({ hasText: 'TargetDown' });
  await rule.getByRole('link', { name: 'Silence' }).click();
  await page.waitForURL(/\/silences\/new/);
  await page.getByTestId('preview').getByText('1 of').waitFor();
  // What is missing is named, and nothing is posted.
  await page.getByRole('button', { name: 'Save silence' }).click();
  await page.getByText('Say who you are.').waitFor();
  assert.deepEqual(await server.get('/api/v2/silences'), []);
  await page.getByRole('textbox', { name: 'Who' }).fill('김봉수');
  await page.getByRole('textbox', { name: 'Why' }).fill('정기 점검');
  await page.getByRole('button', { name: 'Save silence' }).click();
  await page.waitForURL(/\/silences$/);
  const card = page.getByTestId('silence');
  await card.getByText('정기 점검').waitFor();
  const [saved] = await server.get('/api/v2/silences');
  assert.equal(saved.createdBy, '김봉수');
  assert.equal(saved.matchers.length, 5, 'all labels of the alert');

  await page.goto(`${server.base}/groups`);
  await page.getByTestId('alert-group').filter({ hasText: 'TargetDown' }).locator('[data-state-name="silenced"]').first().waitFor();
  await page.getByRole('link', { name: saved.id }).first().click();
  await page.getByRole('textbox', { name: 'Why' }).fill('점검 연장');
  await page.getByRole('button', { name: 'Save silence' }).click();
  await page.waitForURL(/\/silences$/);
  await card.getByText('점검 연장').waitFor();

  await card.getByRole('button', { name: 'Expire' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Expire' }).click();
  await eventually('the end of the silence', async () => (await server.get('/api/v2/silences')).every((one) => one.status.state === 'expired'));
  await page.goto(`${server.base}/silences?state=expired`);
  await page.getByTestId('silence').first().getByRole('link', { name: 'Make it again' }).click();
  assert.equal(await page.getByRole('textbox', { name: 'Who' }).inputValue(), '김봉수');
  await close();
});

test('a silence that would silence everything is stopped before it is sent', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/silences/new`);
  await page.getByRole('textbox', { name: 'Label 1' }).fill('alertname');
  await page.getByRole('button', { name: 'Save silence' }).click();
  await page.getByText('this would silence everything').waitFor();
  await close();
});

test('the routing tree shows where an alert goes', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/routing`);
  assert.equal(await eventually('routes', () => page.getByTestId('route').count()), 3);
  await page.getByRole('textbox').fill('severity="critical", team=core');
  await page.getByRole('button', { name: 'Show' }).click();
  await page.getByTestId('told').getByText('pager').waitFor();
  await page.getByRole('textbox').fill('severity="info"');
  await page.keyboard.press('Enter');
  await page.getByTestId('told').getByText('team').waitFor();
  await close();
});

test('groups are filtered by matchers and by receiver, and a wrong matcher is told', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/groups?receiver=pager`);
  await eventually('one group', async () => (await page.getByTestId('alert-group').count()) === 1);
  await page.goto(`${server.base}/groups`);
  const field = page.getByRole('textbox', { name: 'Filter by matchers' });
  await field.fill('alertname=~"Watch.*"');
  await field.press('Enter');
  await eventually('one group', async () => (await page.getByTestId('alert-group').count()) === 1);
  await field.fill('alertname=="x"');
  await page.getByText('Not a list of matchers').waitFor();
  await close();
});

test('the database page writes the rule that drops a metric', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/tsdb-status`);
  await page.getByRole('button', { name: /^Drop…: / }).first().click();
  const rule = await page.getByTestId('drop-rule').innerText();
  assert.match(rule, /metric_relabel_configs:\n {2}- source_labels: \['__name__'\]\n {4}regex: '\w+'\n {4}action: drop/);
  await close();
});

test('relabelling is shown step by step', async () => {
  const { page, close } = await openPage();
  await page.goto(`${server.base}/service-discovery?search=${encodeURIComponent('서울')}`);
  await page.getByRole('button', { name: 'Relabel steps' }).first().click();
  const steps = page.getByTestId('relabel-step');
  await steps.first().waitFor();
  assert.equal(await steps.count(), 2);
  assert.match(await steps.nth(1).innerText(), /team/);
  await close();
});

test('an Alertmanager alone has its own pages, and no others', async () => {
  const alone = await startAlertmanager();
  const { page, close } = await openPage();
  try {
    await fetch(`${alone.base}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ labels: { alertname: '디스크', severity: 'critical' } }]),
    });
    await page.goto(`${alone.base}/`);
    await page.waitForURL(/\/groups/);
    await page.getByTestId('alert-group').getByText('디스크').first().waitFor();
    assert.equal(await page.getByRole('link', { name: 'Targets' }).count(), 0);
    await page.goto(`${alone.base}/#/silences`);
    await page.waitForURL(/\/silences/);
    await page.getByRole('link', { name: 'Status' }).click();
    await page.getByText('Alertmanager 0.34').waitFor();
    await page.getByRole('link', { name: 'Configuration' }).click();
    await page.getByText('group_wait').waitFor();
    await close();
  } finally {
    await alone.stop();
  }
});
