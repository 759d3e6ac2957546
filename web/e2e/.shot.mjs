import { openPage, closeBrowser } from './harness.mjs';
const [base, ...rest] = process.argv.slice(2);
for (const spec of rest) {
  const [path, name, w = '1440', lang = 'en', theme = 'light', h = '1000'] = spec.split('@');
  const { page, close, errors } = await openPage({ width: Number(w), height: Number(h), language: lang, dark: theme === 'dark', allow: [/401/] });
  await page.request.post(base + '/login', { data: { user: 'admin', password: 'secret123' }, headers: { Origin: base } });
  await page.goto(base + path);
  try { await page.waitForFunction(() => { const p = [...document.querySelectorAll('[data-testid=panel]')]; return p.length > 0 && p.filter(x => x.dataset.state !== 'unseen').every(x => x.dataset.state === 'done' || x.dataset.state === 'error'); }, { timeout: 15000 }); } catch (e) { console.log('timeout', name, await page.evaluate(() => [...document.querySelectorAll('[data-testid=panel]')].map(x => x.dataset.panel + x.dataset.state).join(' '))); }
  await page.waitForTimeout(700);
  await page.screenshot({ path: `/tmp/panels-shots/${name}.png`, fullPage: false });
  try { await close(); } catch (e) { console.log(name, String(e).slice(0, 1500)); }
}
await closeBrowser();
