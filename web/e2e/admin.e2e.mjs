/** Administration and profile, as an administrator uses them: each flow through the page, then looked at through the API. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { axeFindings, composeEverywhere } from './checks.mjs';
import { PASSWORD, closeBrowser, eventually, login, openPage, startServer } from './harness.mjs';

let server;
/** Asks the API as somebody, by default as the administrator. */
let ask;
before(async () => {
  server = await startServer();
  await server.filled();
  ask = async (path, { user = 'admin', password = PASSWORD, token, method = 'GET', body } = {}) => {
    const authorization = token ? `Bearer ${token}` : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const response = await fetch(server.base + path, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    return { status: response.status, body: await response.json().catch(() => undefined) };
  };
});
after(async () => {
  await closeBrowser();
  await server?.stop();
});

/** A page of an administrator. */
async function openAdmin(path, options) {
  const opened = await openPage(options);
  await login(opened.page, server);
  await opened.page.goto(server.base + path);
  return opened;
}

const dialog = (page) => page.getByRole('dialog');

test('a user is made, found, given a role, given a password, shut out, let in, deleted', async () => {
  // A password that is too short is refused.
  const { page, close } = await openAdmin('/admin', { allow: [/400 \(Bad Request\)/] });
  await page.getByRole('button', { name: 'New user' }).click();
  assert.deepEqual(await composeEverywhere(page, dialog(page)), []);
  assert.deepEqual(await axeFindings(page), []);
  await dialog(page).getByLabel('Login').fill('haneul');
  await dialog(page).getByLabel('Name').fill('김하늘');
  await dialog(page).getByLabel('E-mail').fill('haneul@example.com');
  await dialog(page).getByRole('textbox', { name: 'Password', exact: true }).fill('short');
  await dialog(page).getByRole('button', { name: 'Create' }).click();
  // The server's own words.
  await dialog(page).getByText('password is too short').waitFor();
  await dialog(page).getByRole('textbox', { name: 'Password', exact: true }).fill('long enough 1');
  await dialog(page).getByRole('button', { name: 'Create' }).click();
  await dialog(page).waitFor({ state: 'detached' });

  await page.getByRole('textbox', { name: 'Search login, name, e-mail' }).fill('하늘');
  const row = page.getByTestId('user');
  await eventually('one row', async () => (await row.count()) === 1);
  await row.getByLabel('Role of haneul').selectOption('Editor');
  await eventually('the role', async () => (await ask('/api/users/lookup?loginOrEmail=haneul')).body && (await ask('/api/org/users')).body.find((one) => one.login === 'haneul').role === 'Editor');

  await row.getByRole('button', { name: 'Edit haneul' }).click();
  await dialog(page).getByLabel('New password').fill('another long 2');
  await dialog(page).getByRole('button', { name: 'Set the password' }).click();
  await dialog(page).getByText('The password is set').waitFor();
  assert.equal((await ask('/api/user', { user: 'haneul', password: 'another long 2' })).status, 200);
  assert.equal((await ask('/api/user', { user: 'haneul', password: 'long enough 1' })).status, 401);

  await dialog(page).getByLabel('Name').fill('김푸름');
  await dialog(page).getByRole('button', { name: 'Save' }).click();
  await eventually('the name', async () => (await ask('/api/users/lookup?loginOrEmail=haneul')).body.name === '김푸름');
  await dialog(page).getByRole('switch', { name: /^Runs the server/ }).click();
  await eventually('the right', async () => (await ask('/api/users/lookup?loginOrEmail=haneul')).body.isGrafanaAdmin);
  assert.deepEqual(await axeFindings(page), []);

  await dialog(page).getByRole('button', { name: 'Disable' }).click();
  await dialog(page).getByRole('button', { name: 'Enable again' }).waitFor();
  assert.equal((await ask('/api/user', { user: 'haneul', password: 'another long 2' })).status, 401);
  await dialog(page).getByRole('button', { name: 'Enable again' }).click();
  await dialog(page).getByRole('button', { name: 'Disable' }).waitFor();

  // Once asks, twice does.
  await dialog(page).getByRole('button', { name: 'Delete' }).click();
  await dialog(page).getByRole('button', { name: 'Really? Delete' }).click();
  await dialog(page).waitFor({ state: 'detached' });
  assert.equal((await ask('/api/users/lookup?loginOrEmail=haneul')).status, 404);
  await close();
});

test('a team gets members and a selector, with a preview of what it shows', async () => {
  await ask('/api/admin/users', { method: 'POST', body: { login: 'bada', name: '이바다', password: 'long enough 1' } });
  // A selector that is half typed is refused, and the browser notes it.
  const { page, close } = await openAdmin('/admin/teams', { allow: [/400 \(Bad Request\)/] });
  await page.getByText('No teams').waitFor();
  await page.getByRole('button', { name: 'New team' }).click();
  await dialog(page).getByText('the members see every series').waitFor();
  await dialog(page).getByLabel('Name').fill('인프라');
  await dialog(page).getByLabel('Selector').fill('{job="bongsu"');
  await dialog(page).getByTestId('error').waitFor();
  await dialog(page).getByLabel('Selector').fill('{job="nowhere"}');
  await dialog(page).getByText('the members would see nothing').waitFor();
  await dialog(page).getByLabel('Selector').fill('up{job="bongsu"}');
  await dialog(page).getByTestId('selector-preview').getByText('Shows 1 series now').waitFor();
  assert.match(await dialog(page).getByTestId('selector-preview').innerText(), /up\{.*job="bongsu"/);
  assert.deepEqual(await axeFindings(page), []);
  await dialog(page).getByRole('button', { name: 'Save' }).click();
  await dialog(page).waitFor({ state: 'detached' });

  const team = page.getByTestId('team');
  await team.getByRole('button').first().click();
  await team.getByRole('combobox', { name: 'Add somebody' }).click();
  await page.keyboard.type('bada');
  await page.getByRole('option', { name: /bada/ }).click();
  await team.getByRole('button', { name: 'Add', exact: true }).click();
  await team.getByTestId('team-member').getByText('bada').waitFor();
  await team.getByRole('switch', { name: 'bada runs the team' }).click();
  const { body: found } = await ask('/api/teams/search');
  assert.deepEqual([found.teams[0].name, found.teams[0].selector], ['인프라', 'up{job="bongsu"}']);
  const path = `/api/teams/${found.teams[0].id}/members`;
  await eventually('the place in the team', async () => (await ask(path)).body[0].permission === 4);
  await team.getByRole('button', { name: 'Remove bada' }).click();
  await team.getByText('Nobody yet').waitFor();
  await team.getByRole('button', { name: 'Delete: 인프라' }).click();
  await team.getByRole('button', { name: 'Really? Delete: 인프라' }).click();
  await page.getByText('No teams').waitFor();
  await close();
});

test('a service account gets a token that is shown once and works', async () => {
  const { page, close } = await openAdmin('/admin/service-accounts');
  await page.getByRole('textbox', { name: 'Name of a new service account' }).fill('terraform');
  await page.getByLabel('Role of the new service account').selectOption('Editor');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  const account = page.getByTestId('service-account').filter({ hasText: 'terraform' });
  await account.getByRole('button').first().click();
  await account.getByRole('textbox', { name: 'Name of a new token' }).fill('ci');
  await account.getByLabel('How long it is valid').selectOption('7');
  await account.getByRole('button', { name: 'Create a token' }).click();
  const key = await account.getByTestId('token-key').innerText();
  assert.equal((await ask('/api/folders', { token: key })).status, 200);
  assert.deepEqual(await axeFindings(page), []);
  await page.reload();
  await account.getByRole('button').first().click();
  await account.getByTestId('token').getByText('ci').waitFor();
  assert.equal(await page.getByText(key).count(), 0, 'the key is not shown again');

  await account.getByRole('button', { name: 'Disable' }).click();
  await account.getByRole('button', { name: 'Enable again' }).waitFor();
  assert.equal((await ask('/api/folders', { token: key })).status, 401);
  await account.getByRole('button', { name: 'Enable again' }).click();
  await account.getByRole('button', { name: 'Delete: ci' }).click();
  await account.getByRole('button', { name: 'Really? Delete: ci' }).click();
  await account.getByText('No tokens yet').waitFor();
  assert.equal((await ask('/api/folders', { token: key })).status, 401);
  await account.getByRole('button', { name: 'Delete: terraform' }).click();
  await account.getByRole('button', { name: 'Really? Delete: terraform' }).click();
  await page.getByText('No service accounts').waitFor();
  await close();
});

test('a data source is made, tested, changed without touching its secret, deleted', async () => {
  // A Prometheus that wants a password.
  const wanted = `Basic ${Buffer.from('reader:s3cret-word').toString('base64')}`;
  const other = createServer((request, response) => {
    const allowed = request.headers.authorization === wanted;
    response.writeHead(allowed ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'scalar', result: [0, '2'] } }));
  });
  await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve));
  // A test that fails is answered 400.
  const { page, close } = await openAdmin('/admin/data-sources', { allow: [/400 \(Bad Request\)/] });
  try {
    await page.getByTestId('data-source').first().waitFor();
    await page.getByRole('button', { name: 'New data source' }).click();
    assert.deepEqual(await composeEverywhere(page, dialog(page)), []);
    await dialog(page).getByLabel('Name').fill('운영');
    await dialog(page).getByRole('button', { name: 'Save and test' }).click();
    await dialog(page).getByText('This is needed').waitFor();
    await dialog(page).getByLabel('Address').fill(`http://127.0.0.1:${other.address().port}`);
    await dialog(page).getByRole('switch', { name: 'HTTP basic authentication' }).click();
    await dialog(page).getByLabel('User').fill('reader');
    await dialog(page).getByRole('textbox', { name: 'Password', exact: true }).fill('wrong');
    assert.deepEqual(await axeFindings(page), []);
    await dialog(page).getByRole('button', { name: 'Save and test' }).click();
    await dialog(page).getByTestId('saved').locator('[data-state-name="err"]').waitFor();
    await dialog(page).getByRole('textbox', { name: 'Password', exact: true }).fill('s3cret-word');
    await dialog(page).getByRole('button', { name: 'Save and test' }).click();
    await dialog(page).getByTestId('saved').locator('[data-state-name="ok"]').waitFor();
    await dialog(page).getByRole('button', { name: 'Close' }).click();

    const card = page.getByTestId('data-source').filter({ hasText: '운영' });
    await card.getByRole('button', { name: 'Edit: 운영' }).click();
    assert.equal(await dialog(page).getByRole('textbox', { name: 'Password', exact: true }).inputValue(), '');
    await dialog(page).getByLabel('Scrape interval').fill('30s');
    await dialog(page).getByRole('button', { name: 'Save and test' }).click();
    await dialog(page).getByTestId('saved').locator('[data-state-name="ok"]').waitFor();
    await dialog(page).getByRole('button', { name: 'Close' }).click();
    const stored = (await ask('/api/datasources/name/%EC%9A%B4%EC%98%81')).body;
    assert.deepEqual([stored.jsonData.timeInterval, stored.jsonData.httpMethod, stored.secureJsonFields], ['30s', 'POST', { basicAuthPassword: true }]);
    assert.ok(!JSON.stringify(stored).includes('s3cret-word'));

    // The kind decides which fields there are.
    await page.getByRole('button', { name: 'New data source' }).click();
    await dialog(page).getByLabel('Kind').selectOption('grafana-postgresql-datasource');
    await dialog(page).getByLabel('Host and port').waitFor();
    await dialog(page).getByLabel('Encryption').waitFor();
    assert.equal(await dialog(page).getByLabel('Scrape interval').count(), 0);
    await dialog(page).getByRole('button', { name: 'Close' }).click();

    await card.getByRole('button', { name: 'Test: 운영' }).click();
    await card.locator('[data-state-name="ok"]').waitFor();
    await card.getByRole('button', { name: 'Delete: 운영' }).click();
    await card.getByRole('button', { name: 'Really? Delete: 운영' }).click();
    await card.waitFor({ state: 'detached' });
    // What is built in has no such buttons.
    assert.equal(await page.getByRole('button', { name: /^Delete: / }).count(), 0);
    await close();
  } finally {
    other.close();
  }
});

test('the audit log tells who changed what', async () => {
  await ask('/api/folders', { method: 'POST', body: { title: '감사' } });
  const { page, close } = await openAdmin('/admin/audit');
  const entry = page.getByTestId('audit-entry').filter({ hasText: 'POST /api/folders' }).first();
  await entry.waitFor();
  assert.match(await entry.innerText(), /admin[\s\S]*200/);
  await page.getByRole('textbox', { name: 'Filter by what' }).fill('FOLDERS');
  await eventually('only what was looked for', async () => {
    const shown = await page.getByTestId('audit-entry').allInnerTexts();
    return shown.length > 0 && shown.every((text) => text.includes('/api/folders'));
  });
  await page.getByRole('textbox', { name: 'Filter by who' }).fill('nobody');
  await page.getByText('No entries').waitFor();
  await close();
});

test('reports are listed with their runs, and one is sent now', async () => {
  // Sending needs a mail server, and the crate that draws has tests of it: here are its answers.
  let lastError = '';
  let lastRun = null;
  const { page, close } = await openPage({ allow: [/502 \(Bad Gateway\)/] });
  await login(page, server);
  await page.route('**/api/bongsu/reports', (route) =>
    route.fulfill({
      json: [
        {
          name: '주간', dashboardUid: 'node', dashboardTitle: '노드', panelId: null, schedule: '0 9 * * mon', timeZone: 'Asia/Seoul', recipients: ['ops@example.com'],
          formats: ['pdf', 'png'], from: 'now-7d', to: 'now', variables: {}, nextRun: '2099-01-05T00:00:00Z', lastRun, lastError,
        },
      ],
    }),
  );
  await page.route('**/api/bongsu/reports/*/send', (route) => {
    lastRun = new Date().toISOString();
    lastError = lastError === '' ? 'no mail server' : '';
    return lastError ? route.fulfill({ status: 502, json: { message: `the report was not sent: ${lastError}` } }) : route.fulfill({ json: { message: 'Report sent' } });
  });
  await page.goto(`${server.base}/admin/reports`);
  const line = page.getByTestId('report');
  assert.match(await line.innerText(), /주간\s+노드 · pdf, png\s+0 9 \* \* mon Asia\/Seoul\s+ops@example.com\s+–/);
  await line.getByRole('button', { name: 'Send now: 주간' }).click();
  await line.getByTestId('error').getByText('the report was not sent: no mail server').waitFor();
  await line.locator('[data-state-name="err"]').waitFor();
  assert.deepEqual(await axeFindings(page), []);
  await line.getByRole('button', { name: 'Send now: 주간' }).click();
  await line.getByText('Sent', { exact: true }).waitFor();
  await line.locator('[data-state-name="err"]').waitFor({ state: 'detached' });
  await close();
});

test('a profile: names, password, preferences that apply at once, and sessions', async () => {
  await ask('/api/admin/users', { method: 'POST', body: { login: 'pureum', name: '푸름', password: 'long enough 1', role: 'Editor' } });
  // A stranger is asked to log in, and a wrong password is refused.
  const { page, close } = await openPage({ allow: [/400 \(Bad Request\)/, /401 \(Unauthorized\)/] });
  const enter = async (password) => {
    await page.getByLabel('Name or e-mail').fill('pureum');
    await page.getByRole('textbox', { name: 'Password' }).fill(password);
    await page.getByRole('button', { name: 'Log in' }).click();
  };
  await page.goto(`${server.base}/profile`);
  await page.getByRole('main').getByRole('link', { name: 'Log in' }).click();
  await enter('long enough 1');
  await page.waitForURL(/\/profile$/);
  await page.getByText('Logged in as pureum, role Editor').waitFor();

  const names = page.getByRole('region', { name: 'Who you are' });
  await names.getByLabel('Name').fill('한푸름');
  await names.getByRole('button', { name: 'Save' }).click();
  await names.getByText('Saved').waitFor();
  await page.getByRole('button', { name: 'Account: 한푸름' }).waitFor();

  // A second session, to be ended.
  await fetch(`${server.base}/login`, { method: 'POST', headers: { 'content-type': 'application/json', 'user-agent': 'curl/8' }, body: JSON.stringify({ user: 'pureum', password: 'long enough 1' }) });
  await page.reload();
  const sessions = page.getByTestId('session');
  await eventually('two sessions', async () => (await sessions.count()) === 2);
  await sessions.filter({ hasText: 'curl' }).getByRole('button', { name: 'End it' }).click();
  await eventually('one session', async () => (await sessions.count()) === 1);

  const password = page.getByRole('region', { name: 'Password' });
  await password.getByRole('textbox', { name: 'Present password' }).fill('not mine at all');
  await password.getByRole('textbox', { name: 'New password', exact: true }).fill('brand new 2');
  await password.getByRole('textbox', { name: 'New password again' }).fill('brand');
  await password.getByText('The two are not the same').waitFor();
  await password.getByRole('textbox', { name: 'New password again' }).fill('brand new 2');
  await password.getByRole('button', { name: 'Change the password' }).click();
  await password.getByText('invalid old password').waitFor();
  await password.getByRole('textbox', { name: 'Present password' }).fill('long enough 1');
  await password.getByRole('button', { name: 'Change the password' }).click();
  await password.getByText('The password is changed').waitFor();
  assert.equal((await ask('/api/user', { user: 'pureum', password: 'brand new 2' })).status, 200);

  const preferences = page.getByRole('region', { name: 'Preferences' });
  await preferences.getByLabel('Theme').selectOption('dark');
  await preferences.getByLabel('Language').selectOption('ko-KR');
  await preferences.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { level: 1, name: '내 정보' }).waitFor();
  await page.waitForFunction(() => document.documentElement.dataset.mantineColorScheme === 'dark');
  await close();

  // They come along to another browser.
  const again = await openPage();
  await again.page.goto(`${server.base}/login?redirectTo=/flags`);
  await again.page.getByLabel('Name or e-mail').fill('pureum');
  await again.page.getByRole('textbox', { name: 'Password' }).fill('brand new 2');
  await again.page.getByRole('button', { name: 'Log in' }).click();
  await again.page.getByRole('heading', { level: 1, name: '플래그' }).waitFor();
  // No administrator: told so, and not shown the way.
  assert.equal(await again.page.getByRole('link', { name: '관리' }).count(), 0);
  await again.page.goto(`${server.base}/admin/users`);
  await again.page.getByText('관리자(Admin) 역할이 필요합니다').waitFor();
  await again.close();
});

test('the home dashboard of the organisation is what / shows', async () => {
  await ask('/api/dashboards/db', { method: 'POST', body: { dashboard: { uid: 'home-one', title: '우리 집', schemaVersion: 41, panels: [] } } });
  const { page, close } = await openAdmin('/admin/organisation');
  await page.getByRole('combobox', { name: 'Home dashboard' }).click();
  await page.getByRole('option', { name: '우리 집' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved').waitFor();
  await page.goto(`${server.base}/`);
  await page.waitForURL(/\/d\/home-one/);
  await page.getByRole('heading', { level: 1, name: '우리 집' }).waitFor();
  await ask('/api/org/preferences', { method: 'PATCH', body: { homeDashboardUID: '' } });
  await page.goto(`${server.base}/`);
  await page.waitForURL(/\/query/);
  await close();
});
