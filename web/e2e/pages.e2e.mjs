/** Every page: in both languages, wide and narrow, light and dark; no console error, no sideways scrolling, no serious finding of axe. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { closeBrowser, openPage, shot, startServer } from './harness.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Path, then a word of its heading in English and Korean. */
const PAGES = [
  ['/query?g0.expr=up&g0.tab=graph', 'Explore', '탐색'],
  ['/alerts', 'Alerts', '알림'],
  ['/groups', 'Notification groups', '알림 그룹'],
  ['/silences', 'Silences', '무음'],
  ['/silences/new?filter=%7Balertname%3D%22TargetDown%22%7D', 'New silence', '새 무음'],
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
];

const VIEWS = [
  { language: 'en', width: 1440, dark: false },
  { language: 'ko', width: 390, dark: true },
  { language: 'ko', width: 1440, dark: false },
  { language: 'en', width: 390, dark: true },
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

for (const [i, view] of VIEWS.entries()) {
  const name = `${view.language} at ${view.width} px, ${view.dark ? 'dark' : 'light'}`;
  test(name, async () => {
    const problems = [];
    const expect = (ok, problem) => ok || problems.push(problem);
    const { page, close } = await openPage({ ...view, height: view.width === 390 ? 844 : 900 });
    for (const [path, english, korean] of PAGES) {
      await page.goto(server.base + path);
      const heading = page.getByRole('heading', { level: 1, name: view.language === 'ko' ? korean : english });
      await heading.waitFor();
      // Nothing waits any more, and nothing failed.
      await page.waitForFunction(() => !document.querySelector('[role="status"][aria-live] .mantine-Loader-root'));
      const failed = await page.locator('[data-testid="error"]').allInnerTexts();
      const expected = path === '/rules' ? failed.filter((text) => !text.includes('many-to-many')) : failed;
      expect(expected.length === 0, `${path} shows an error: ${expected}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(wide <= 0, `${path} scrolls sideways by ${wide} px`);
      expect((await page.evaluate(() => document.documentElement.lang)) === view.language, `${path} has another language`);
      // Two of the four views, so that both languages, widths and themes are looked at once.
      if (i < 2) {
        await page.evaluate(axe);
        const found = await page.evaluate(async () => {
          const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] });
          return violations
            .filter((one) => one.impact === 'serious' || one.impact === 'critical')
            .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} (${node.any[0]?.message ?? node.all[0]?.message ?? ''})`).join(' | ')}`);
        });
        expect(found.length === 0, `${path}: axe: ${found.join('\n  ')}`);
      }
      if (process.env.SHOTS) await shot(page, `${path.slice(1).replace(/[/?].*/, '')}-${view.language}-${view.width}`);
    }
    assert.deepEqual(problems, []);
    await close();
  });
}
