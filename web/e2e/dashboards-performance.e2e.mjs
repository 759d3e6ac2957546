/** The page that budgets are written for: 24 graphs of 20 series with 720 points each. Times are told, not judged: test machines are busy. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { closeBrowser } from './harness.mjs';
import { openLoggedIn, settled, startWithLogin, syntheticAnswers } from './dashboards-support.mjs';

let server;
before(async () => {
  server = await startWithLogin();
});
after(async () => {
  await closeBrowser();
  await server?.stop();
});

const PANELS = 24;

test('24 graphs are painted, follow one crosshair and stay small', async (t) => {
  const panels = Array.from({ length: PANELS }, (_one, index) => ({
    id: index + 1,
    type: 'timeseries',
    title: `Panel ${index}`,
    maxDataPoints: 720,
    interval: '5s',
    gridPos: { x: (index % 4) * 6, y: Math.floor(index / 4) * 5, w: 6, h: 5 },
    targets: [{ refId: 'A', expr: `up + ${index}`, legendFormat: '{{instance}}' }],
    options: { legend: { displayMode: 'list', placement: 'bottom', calcs: [] }, tooltip: { mode: 'multi' } },
  }));
  await server.post('/api/dashboards/db', {
    dashboard: { uid: 'perf', title: '24 panels', graphTooltip: 1, time: { from: 'now-1h', to: 'now' }, panels },
    overwrite: true,
  });
  const { page, close } = await openLoggedIn(server, { width: 1600, height: 1400 });
  await syntheticAnswers(page, { series: 20, points: 720 });
  // Once for the caches, once for the figure.
  await page.goto(`${server.base}/d/perf/x`);
  await settled(page, PANELS);
  const session = await page.context().newCDPSession(page);
  // The page's own processor time, so that what else the machine does is not counted.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const metric = async (name) => (await session.send('Performance.getMetrics')).metrics.find((one) => one.name === name).value;
  await page.reload({ waitUntil: 'commit' });
  await page.waitForFunction((count) => document.querySelectorAll('[data-testid=panel][data-state=done] canvas').length >= count, PANELS, {
    polling: 'raf',
  });
  const painted = await page.evaluate(() => performance.now());
  const [script, busy] = [await metric('ScriptDuration'), await metric('TaskDuration')];

  const box = await page.locator('.u-over').first().boundingBox();
  await page.mouse.move(box.x + 20, box.y + 30);
  const before = await metric('TaskDuration');
  const MOVES = 60;
  for (let move = 0; move < MOVES; move += 1) {
    await page.mouse.move(box.x + 20 + ((move * 7) % (box.width - 40)), box.y + 30 + (move % 20));
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve())));
  }
  const hover = (((await metric('TaskDuration')) - before) * 1000) / MOVES;
  const crosshairs = await page
    .locator('.u-cursor-x')
    .evaluateAll((lines) => lines.filter((line) => !getComputedStyle(line).transform.includes('-10')).length);
  await session.send('HeapProfiler.collectGarbage');
  const heap = (await metric('JSHeapUsedSize')) / 1e6;
  t.diagnostic(
    `painted ${painted.toFixed(0)} ms, main thread ${(busy * 1000).toFixed(0)} ms (script ${(script * 1000).toFixed(0)} ms), hover ${hover.toFixed(1)} ms per move, heap ${heap.toFixed(1)} MB, ${crosshairs} crosshairs`,
  );
  assert.ok(heap < 45, `the heap holds ${heap} MB`);
  assert.ok(crosshairs >= PANELS - 1, `${crosshairs} crosshairs move together`);
  await close();
});
