/** Dashboards for everybody: each of their pages and dialogs in both languages and themes, for axe, for narrow screens, for Hangul in every field. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { axeFindings, composeEverywhere, sideways } from './checks.mjs';
import { openLoggedIn, settled, startWithLogin } from './dashboards-support.mjs';
import { closeBrowser, shot } from './harness.mjs';

let server;
before(async () => {
  server = await startWithLogin();
  await server.filled();
  const target = (refId, more) => ({ refId, ...more });
  const place = (index) => ({ x: (index % 3) * 8, y: Math.floor(index / 3) * 7, w: 8, h: 7 });
  const up = target('A', { expr: 'up', legendFormat: '{{job}}' });
  const panels = ['timeseries', 'stat', 'gauge', 'bargauge', 'table', 'piechart', 'state-timeline', 'barchart', 'text', 'alertlist', 'dashlist'].map((type, index) => ({
    id: index + 1,
    type,
    title: `${type} 패널`,
    description: 'What it **shows**',
    interval: '1s',
    gridPos: place(index),
    targets: type === 'table' ? [{ ...up, format: 'table', instant: true }] : [up],
    options: type === 'text' ? { mode: 'markdown', content: '# Text\n\n[link](/d/access)' } : { legend: { displayMode: 'table', placement: 'bottom', calcs: ['mean'] } },
  }));
  const list = [
    { name: 'job', label: '작업', type: 'query', query: 'label_values(up, job)', includeAll: true, multi: true, current: { value: ['$__all'] } },
    { name: 'word', type: 'textbox', query: 'x' },
    { name: 'every', type: 'interval', query: '1m,5m' },
    { name: 'filters', type: 'adhoc' },
  ];
  await server.post('/api/dashboards/db', {
    dashboard: { uid: 'access', title: '접근성', tags: ['태그'], time: { from: 'now-15m', to: 'now' }, templating: { list }, panels },
    overwrite: true,
  });
});
after(async () => {
  await closeBrowser();
  await server?.stop();
});

const board = async (page) => settled(page, 3);
const editing = async (page) => {
  await settled(page, 3);
  await page.getByTestId('edit').click();
};
const settings = async (page) => {
  await editing(page);
  await page.getByTestId('settings').click();
  await page.getByRole('dialog').getByRole('tab').first().waitFor();
};

// What is typed into an editor is no query.
const EXPECTED = [/status of 400/];

/** Name, address, what to do there, and where the fields are. `tabs`: each tab of the dialog is looked at. */
const PLACES = [
  { name: 'list', path: '/dashboards', reach: (page) => page.getByTestId('dashboard-row').first().waitFor() },
  { name: 'view', path: '/d/access/x', reach: board },
  { name: 'edit', path: '/d/access/x', reach: editing },
  { name: 'panel', path: '/d/access/x?editPanel=1', reach: (page) => page.locator('.cm-content').first().waitFor() },
  { name: 'table', path: '/d/access/x?editPanel=5', reach: (page) => page.locator('.cm-content').first().waitFor() },
  { name: 'settings', path: '/d/access/x', reach: settings, dialog: true, tabs: true },
  { name: 'playlists', path: '/playlists', reach: (page) => page.getByRole('button', { name: /New playlist|새 재생 목록/ }).click(), dialog: true },
  { name: 'import', path: '/dashboards?import', reach: (page) => page.getByTestId('import-json').waitFor(), dialog: true },
  {
    name: 'share',
    path: '/d/access/x',
    reach: async (page) => {
      await board(page);
      await page.getByRole('button', { name: /^(Share|공유)$/ }).click();
      await page.getByTestId('share-snapshot').waitFor();
    },
    dialog: true,
    tabs: true,
  },
];

for (const { language, dark, width } of [
  { language: 'en', dark: false, width: 1440 },
  { language: 'ko', dark: true, width: 390 },
]) {
  for (const { name, path, reach, dialog, tabs } of PLACES) {
    test(`${name} in ${language}, ${dark ? 'dark' : 'light'}, at ${width} px`, async () => {
      const { page, close } = await openLoggedIn(server, { language, dark, width, allow: EXPECTED });
      await page.goto(server.base + path);
      await reach(page);
      const within = dialog ? page.getByRole('dialog') : page.locator('main');
      const problems = [];
      for (let at = 0; at < (tabs ? await within.getByRole('tab').count() : 1); at += 1) {
        if (tabs) await within.getByRole('tab').nth(at).click();
        problems.push(...(await axeFindings(page)), ...(await composeEverywhere(page, within)));
        if ((await sideways(page)) > 0) problems.push(`the page scrolls sideways by ${await sideways(page)} px`);
      }
      assert.deepEqual(problems, []);
      await shot(page, `dashboards-${name}-${language}-${width}`);
      await close();
    });
  }
}
