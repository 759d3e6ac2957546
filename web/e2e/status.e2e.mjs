/** What a server tells about itself while it works: queries that run, a log that is read, logins that others vouch for. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { closeBrowser, eventually, openPage, startServer } from './harness.mjs';

let server;
before(async () => {
  server = await startServer();
});
after(async () => {
  await closeBrowser();
  await server?.stop();
});

test('a running query is seen and ended', async () => {
  const { page, close } = await openPage();
  // Ten thousand windows of a day by the second, each sorted: nobody waits for its end.
  const query = 'quantile_over_time(0.5, (vector(time()) % 977)[1d:1s])';
  const range = 'start=0&end=600000&step=60&timeout=100s';
  const answer = fetch(`${server.base}/api/v1/query_range?query=${encodeURIComponent(query)}&${range}`);
  await page.goto(`${server.base}/queries`);
  const row = page.getByRole('row').filter({ hasText: '% 977' });
  await row.getByRole('button', { name: /^End it/ }).click();
  const ended = await (await answer).json();
  assert.equal(ended.status, 'error');
  assert.match(ended.error, /cancel/);
  await page.getByText('No query is running').waitFor();
  await close();
});

test('who may not end a query is told what it takes', async () => {
  const quiet = await startServer({ without: ['--web.enable-admin-api', '--web.enable-lifecycle'] });
  const { page, close } = await openPage();
  try {
    await page.goto(`${quiet.base}/queries`);
    await page.getByText('Ending a query needs --web.enable-admin-api or --web.enable-lifecycle.').waitFor();
    await close();
  } finally {
    await quiet.stop();
  }
});

test('while the log is read, the page says how far it is, and asks again once that is done', async () => {
  const { page, close } = await openPage({ allow: [/503 \(Service Unavailable\)/] });
  let current = 3;
  let ready = false;
  // The server of this test reads its log faster than anybody sees: its answers are held back here.
  await page.route('**/-/ready', (route) => (ready ? route.continue() : route.fulfill({ status: 503, body: 'Service Unavailable' })));
  await page.route('**/api/v1/status/walreplay', (route) =>
    route.fulfill({ json: { status: 'success', data: { min: 0, max: 10, current, state: 'in progress' } } }),
  );
  await page.route('**/api/v1/targets*', (route) =>
    ready ? route.continue() : route.fulfill({ status: 503, json: { status: 'error', errorType: 'unavailable', error: 'Service Unavailable' } }),
  );
  await page.goto(`${server.base}/targets`);
  await page.getByTestId('starting').getByText('segment 3 of 10').waitFor();
  await page.getByText('The server is starting and still reads its log').waitFor();
  current = 9;
  await page.getByTestId('starting').getByText('segment 9 of 10').waitFor();
  assert.equal(await page.getByRole('progressbar').getAttribute('aria-valuenow'), '90');
  ready = true;
  await page.getByTestId('starting').waitFor({ state: 'detached' });
  await page.getByTestId('pool').first().waitFor();
  await close();
});

/** An OpenID provider that lets everybody in: it asks nothing, and says who it was told that one is. */
async function startProvider(claims) {
  const base64 = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  const nonces = new Map();
  const provider = createServer((request, response) => {
    const url = new URL(request.url, 'http://provider');
    const answer = (body) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (url.pathname === '/auth') {
      const back = new URL(url.searchParams.get('redirect_uri'));
      if (claims().refused) back.searchParams.set('error', 'access_denied');
      else back.searchParams.set('code', 'code-1');
      back.searchParams.set('state', url.searchParams.get('state'));
      nonces.set('code-1', url.searchParams.get('nonce'));
      response.writeHead(302, { location: back.href });
      return response.end();
    }
    if (url.pathname === '/token') {
      const now = Math.floor(Date.now() / 1000);
      const body = { iss: 'http://provider', aud: 'bongsu', sub: '1', exp: now + 60, iat: now, nonce: nonces.get('code-1') ?? undefined, ...claims() };
      const signed = `${base64({ alg: 'HS256' })}.${base64(body)}`;
      return answer({ access_token: 'token-1', token_type: 'Bearer', id_token: `${signed}.${createHmac('sha256', 'x').update(signed).digest('base64url')}` });
    }
    return answer({ sub: '1', ...claims() });
  });
  await new Promise((resolve) => provider.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${provider.address().port}`, close: () => provider.close() };
}

test('logging in with a provider leads there, back, and to where one wanted to go; a refusal is told', async () => {
  let claims = { preferred_username: 'haneul', name: '김하늘', email: 'haneul@example.com', groups: ['sre'], email_verified: true };
  const provider = await startProvider(() => claims);
  const guarded = await startServer({
    flags: (port) => ['--auth.config-file=auth.yml', `--web.external-url=http://127.0.0.1:${port}/`],
    files: {
      'auth.yml': `
oauth:
  - client_id: bongsu
    client_secret: s3cret
    title: 회사 로그인
    auth_url: ${provider.url}/auth
    token_url: ${provider.url}/token
    api_url: ${provider.url}/userinfo
    role_claim: groups
    admins: [sre]
`,
    },
  });
  const { page, close } = await openPage();
  try {
    claims = { ...claims, refused: true };
    await page.goto(`${guarded.base}/login?redirectTo=/profile`);
    await page.getByRole('link', { name: 'Log in with 회사 로그인' }).click();
    await page.getByTestId('error').getByText('access_denied').waitFor();
    claims = { ...claims, refused: undefined };
    await page.goto(`${guarded.base}/login?redirectTo=/profile`);
    await page.getByRole('link', { name: 'Log in with 회사 로그인' }).click();
    await page.waitForURL(`${guarded.base}/profile`);
    await page.getByText('Logged in as haneul, role Admin').waitFor();
    // Name and password are the provider's.
    await page.getByText('Another system says who you are').waitFor();
    assert.equal(await page.getByLabel('Present password').count(), 0);
    await page.getByRole('button', { name: 'Account: 김하늘' }).click();
    await page.getByRole('menuitem', { name: 'Administration' }).click();
    await page.getByTestId('user').filter({ hasText: 'haneul' }).getByText('oauth_').waitFor();
    await close();
  } finally {
    await guarded.stop();
    provider.close();
  }
});

test('a name that a provider gives is only a name', async () => {
  const provider = await startProvider(() => ({ preferred_username: 'mallory', name: '<img src=x onerror=alert(1)>', email: 'm@example.com' }));
  const guarded = await startServer({
    flags: (port) => ['--auth.config-file=auth.yml', `--web.external-url=http://127.0.0.1:${port}/`],
    files: { 'auth.yml': `oauth: [{client_id: bongsu, client_secret: s, auth_url: ${provider.url}/auth, token_url: ${provider.url}/token, api_url: ${provider.url}/userinfo}]\n` },
  });
  const { page, close } = await openPage();
  try {
    await page.goto(`${guarded.base}/login?redirectTo=/profile`);
    await page.getByRole('link', { name: /^Log in with/ }).click();
    await page.waitForURL(`${guarded.base}/profile`);
    await page.getByRole('button', { name: 'Account: <img src=x onerror=alert(1)>' }).click();
    assert.equal(await page.locator('img[src="x"]').count(), 0);
    await eventually('the menu', () => page.getByRole('menuitem', { name: 'Profile' }).isVisible());
    await close();
  } finally {
    await guarded.stop();
    provider.close();
  }
});
