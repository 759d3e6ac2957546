/**
 * Every page, one row each: in both languages, wide and narrow, light and dark; no console error, no sideways scrolling (at 200 % neither),
 * no serious finding of axe, a keyboard that reaches it, Hangul whole in every field. Dashboards have tests of their own.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axeFindings, composeEverywhere, sideways, tabThrough } from './checks.mjs';
import { closeBrowser, login, openPage, shot, startServer } from './harness.mjs';

/** Path, then its heading in English and Korean. */
const OPEN_PAGES = [
  ['/query?g0.expr=up&g0.tab=graph', 'Explore', '탐색'],
  ['/alerts', 'Alerts', '알림'],
  ['/groups', 'Notification groups', '알림 그룹'],
  ['/silences', 'Silences', '무음'],
  ['/silences/new?filter=%7Balertname%3D%22TargetDown%22%7D', 'New silence', '새 무음'],
  ['/acks', 'Acknowledgements', '확인한 알림'],
  ['/routing?labels=severity%3D%22critical%22', 'Routing', '라우팅'],
  ['/receivers', 'Receivers', '수신자'],
  ['/why?filter=%7Balertname%3D%22TargetDown%22%7D', 'Why was I (not) paged?', '왜 알림이 왔나, 왜 안 왔나?'],
  ['/backtest', 'Backtest', '백테스트'],
  ['/targets', 'Targets', '수집 대상'],
  ['/service-discovery', 'Service discovery', '서비스 검색'],
  ['/rules', 'Rules', '규칙'],
  ['/tsdb-status', 'Database', '데이터베이스'],
  ['/queries', 'Running queries', '실행 중 쿼리'],
  ['/status', 'Status', '상태'],
  ['/config', 'Configuration', '설정'],
  ['/flags', 'Flags', '플래그'],
  ['/login', 'Log in to Bongsu', 'Bongsu 로그인'],
];

/** Those of somebody who is logged in. */
const OWN_PAGES = [
  ['/admin', 'Users', '사용자'],
  ['/admin/teams', 'Teams', '팀'],
  ['/admin/service-accounts', 'Service accounts', '서비스 계정'],
  ['/admin/data-sources', 'Data sources', '데이터 소스'],
  ['/admin/organisation', 'Organisation', '조직'],
  ['/admin/reports', 'Reports', '보고서'],
  ['/admin/audit', 'Audit log', '감사 기록'],
  ['/profile', 'Profile', '내 정보'],
  ['/dashboards', 'Dashboards', '대시보드'],
];

/** Both languages, widths and themes; `deep` ones are looked at with axe, so that each of dark and light is. */
const VIEWS = [
  { language: 'en', width: 1440, dark: false, deep: true },
  { language: 'ko', width: 390, dark: true, deep: true },
  { language: 'ko', width: 1440, dark: true },
  { language: 'en', width: 390, dark: false },
];

let server;
before(async () => {
  server = await startServer();
  await server.filled();
});
after(async () => {
  await closeBrowser();
  await server?.stop();
});

/** Goes to a page and waits until nothing on it waits any more. */
async function visit(page, [path, english, korean], language) {
  await page.goto(server.base + path);
  await page.getByRole('heading', { level: 1, name: language === 'ko' ? korean : english, exact: true }).waitFor();
  await page.waitForFunction(() => !document.querySelector('[role="status"][aria-live] .mantine-Loader-root'));
}

/** Runs over all pages, first as a stranger, then logged in. */
async function everyPage(page, language, look) {
  for (const one of OPEN_PAGES) {
    await visit(page, one, language);
    await look(one[0]);
  }
  await login(page, server);
  for (const one of OWN_PAGES) {
    await visit(page, one, language);
    await look(one[0]);
  }
}

for (const view of VIEWS) {
  const { language, width, dark } = view;
  test(`${language} at ${width} px, ${dark ? 'dark' : 'light'}`, async () => {
    const problems = [];
    const { page, close } = await openPage({ ...view, height: width === 390 ? 844 : 900 });
    await everyPage(page, language, async (path) => {
      const expect = (ok, problem) => ok || problems.push(`${path} ${problem}`);
      const failed = (await page.getByTestId('error').allInnerTexts()).filter((text) => !(path === '/rules' && text.includes('many-to-many')));
      expect(failed.length === 0, `shows an error: ${failed}`);
      const wide = await sideways(page);
      expect(wide <= 0, `scrolls sideways by ${wide} px`);
      expect((await page.evaluate(() => document.documentElement.lang)) === language, 'has another language');
      expect((await page.title()).includes(' · '), `has the title ${await page.title()}`);
      if (view.deep) {
        const found = await axeFindings(page);
        expect(found.length === 0, `axe: ${found.join('\n  ')}`);
      }
      if (process.env.SHOTS) await shot(page, `${path.slice(1).replace(/\?.*/, '').replaceAll('/', '-')}-${language}-${width}`);
    });
    assert.deepEqual(problems, []);
    await close();
  });
}

test('the keyboard reaches every page, and at 200 % nothing is cut off', async () => {
  const problems = [];
  // What a window of 1440 px is at 200 %.
  const { page, close } = await openPage({ width: 720, height: 450 });
  await everyPage(page, 'en', async (path) => {
    const wide = await sideways(page);
    if (wide > 0) problems.push(`${path} scrolls sideways by ${wide} px at 200 %`);
    const { problems: found, inMain } = await tabThrough(page);
    problems.push(...found.map((one) => `${path}: ${one}`));
    // Plain texts have nothing to operate.
    if (inMain === 0 && path !== '/queries') problems.push(`${path}: the keyboard does not reach its content`);
  });
  assert.deepEqual(problems, []);
  await close();
});

test('Hangul composed in every field of every page stays whole', async () => {
  const problems = [];
  // Half-typed filters, selectors and queries are refused by the server, and the browser notes each refusal.
  const { page, close } = await openPage({ language: 'ko', allow: [/400 \(Bad Request\)/, /422 /] });
  await everyPage(page, 'ko', async () => problems.push(...(await composeEverywhere(page))));
  assert.deepEqual(problems, []);
  await close();
});
