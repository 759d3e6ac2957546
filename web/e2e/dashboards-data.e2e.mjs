/** Dashboards on a server that holds the series they name: the ready-made ones and those of the collection. No panel may stay empty that should not. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { openLoggedIn, settled, startWithLogin } from './dashboards-support.mjs';
import { openMetrics, seriesFor } from './exposition.mjs';
import { closeBrowser, shot } from './harness.mjs';

const shared = process.env.CONFORMANCE_DIR ?? fileURLToPath(new URL('../../../shared', import.meta.url));
const library = fileURLToPath(new URL('../../crates/dashboards/src/library', import.meta.url));

function documents(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({ name, document: JSON.parse(readFileSync(join(folder, name), 'utf8').replaceAll('${ktc_PROMETHEUS}', 'bongsu')) }));
}

const ready = documents(library);
const collected = documents(join(shared, 'dashboards'));

after(closeBrowser);

/** How long samples go on after now, for the time that a slow machine needs. */
const AHEAD_S = 900;

/** A server that holds what the documents name. Each collection has its own: a series made for one must not take the place of another's. */
function holding(all) {
  const series = seriesFor(all.map(({ document }) => document));
  return startWithLogin({ samples: openMetrics(series, Date.now() / 1000 + AHEAD_S, 3000 + AHEAD_S) });
}

/** Panels that are empty while all is well, or whose queries ask for what series made up from names cannot be. */
const MAY_BE_EMPTY = {
  'k8s-cluster.json': ['Replicas missing'],
  // It repeats over the integrations of the server's own Alertmanager too, which sends nothing here.
  'kube-prometheus/alertmanager-overview.json': ['integration-1: Notifications Send Rate', 'integration-1: Notification Duration'],
  // Two metrics are multiplied label by label, and one of them has more: those of another dashboard.
  'kube-prometheus/k8s-windows-cluster-rsrc-use.json': ['CPU Utilisation'],
  // Free and whole space are made up alike, and what is used is left out where it is nothing.
  'kube-prometheus/node-cluster-rsrc-use.json': ['Disk Space Utilisation'],
  'kube-prometheus/node-rsrc-use.json': ['Disk Space Utilisation'],
};

/** Titles of the panels that show nothing. */
function emptyPanels(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('[data-testid=panel]')]
      .filter((panel) => panel.querySelector('.p-empty, [data-testid=no-data]') !== null || (panel.dataset.type === 'table' && panel.querySelector('[role=row] [role=cell], td') === null))
      .map((panel) => panel.getAttribute('aria-label')),
  );
}

async function check(server, page, name, uid, document) {
  await page.goto(`${server.base}/d/${uid}/x?from=now-45m&to=now`);
  const rows = document.panels.filter((one) => one.type === 'row').length;
  if (document.panels.length > rows) await settled(page);
  else await page.getByTestId('row').first().waitFor();
  // Folded rows hold panels too.
  for (;;) {
    const folded = page.locator('[data-testid=row] button[aria-expanded=false]');
    if ((await folded.count()) === 0) break;
    await folded.first().click();
  }
  await settled(page);
  const failed = await page.getByTestId('panel-error').evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
  assert.deepEqual(failed, [], `${name}: panels with errors`);
  return (await emptyPanels(page)).filter((title) => !(MAY_BE_EMPTY[name] ?? []).includes(title));
}

/** Shows every document; answers the panels that stayed empty, by document. */
async function emptyOf(t, all, uidOf, prefix) {
  const server = await holding(all);
  t.after(server.stop);
  const { page, close } = await openLoggedIn(server, { height: 5000 });
  const empty = {};
  for (const { name, document } of all) {
    const found = await check(server, page, name, await uidOf(server, document), document);
    if (found.length > 0) empty[name] = found;
    await shot(page, `${prefix}-${name.replace(/^.*\/|\.json$/g, '')}`);
  }
  await close();
  return empty;
}

test('every panel of every ready-made dashboard has data', async (t) => {
  assert.deepEqual(await emptyOf(t, ready, (_server, document) => document.uid, 'library'), {});
});

test('every panel of the collection has data', async (t) => {
  const imported = async (server, document) =>
    (await server.post('/api/dashboards/db', { dashboard: { ...document, id: null }, overwrite: true })).uid;
  assert.deepEqual(await emptyOf(t, collected, imported, 'collection'), {});
});
