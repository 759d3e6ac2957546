/** What is asked of every page: nothing serious for axe, no sideways scrolling, a keyboard that gets everywhere, Hangul that stays whole. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds serious on the page as it is. */
export async function axeFindings(page) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] });
    return violations
      .filter((one) => one.impact === 'serious' || one.impact === 'critical')
      .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} (${node.any[0]?.message ?? node.all[0]?.message ?? ''})`).join(' | ')}`);
  });
}

/** How far the page scrolls sideways, in pixels. */
export const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Composes as an input method does: half syllables that change until they are committed. */
export async function compose(page, steps, text) {
  const session = await page.context().newCDPSession(page);
  for (const step of steps) await session.send('Input.imeSetComposition', { text: step, selectionStart: step.length, selectionEnd: step.length });
  await session.send('Input.insertText', { text });
  await session.detach();
}

/** `서울`, syllable by syllable. */
export const SEOUL = ['ㅅ', '서', '설', '서우', '서울'];

const FIELDS = 'input:not([type]), input[type=text], input[type=search], input[type=email], input[type=password], textarea, .cm-content[contenteditable=true]';

/**
 * Composes Hangul in every field that can be typed into, and says which did not keep it whole or led elsewhere.
 * Fields are emptied before and after, so what they filter comes back.
 */
export async function composeEverywhere(page, within = page.locator('main')) {
  const problems = [];
  const fields = within.locator(FIELDS);
  const path = () => new URL(page.url()).pathname;
  const began = path();
  const count = await fields.count();
  for (let i = 0; i < count; i += 1) {
    const field = fields.nth(i);
    if (!(await field.isVisible()) || !(await field.isEditable())) continue;
    if (await field.evaluate((node) => node.readOnly || node.type === 'email' || ['numeric', 'decimal'].includes(node.inputMode))) continue;
    const name = await field.evaluate((node) => node.getAttribute('aria-label') ?? node.labels?.[0]?.textContent ?? node.placeholder ?? node.className);
    const read = () => field.evaluate((node) => ('value' in node ? node.value : node.textContent));
    await field.click();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Delete');
    await compose(page, SEOUL, '서울');
    const held = await read();
    if (!held.startsWith('서울') || /[ㄱ-ㅎㅏ-ㅣ]|설/.test(held)) problems.push(`${began}: field ${name} holds ${JSON.stringify(held)}`);
    if (await page.getByRole('dialog', { name: /Go to a page|화면 이동/ }).isVisible()) problems.push(`${began}: field ${name} opened the palette`);
    if (path() !== began) return [...problems, `${began}: composing in ${name} led to ${path()}`];
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Delete');
    // Suggestions go; a dialog around the field stays.
    if (await field.evaluate((node) => node.classList.contains('cm-content') || node.getAttribute('aria-expanded') === 'true')) await page.keyboard.press('Escape');
  }
  return problems;
}

/** Steps that the keyboard takes at most on one page. */
const STEPS = 80;
/** How often it begins again while nothing of the content could be reached. */
const ROUNDS = 4;

/** Goes through the page with the tabulator; says what is wrong: focus that is nowhere, unseen, or stays where it is. */
export async function tabThrough(page) {
  const problems = [];
  await page.evaluate(() => document.activeElement?.blur?.());
  let before;
  let inMain = 0;
  let rounds = 1;
  for (let i = 0; i < STEPS; i += 1) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const node = document.activeElement;
      if (!node || node === document.body) return null;
      const { width, height } = node.getBoundingClientRect();
      globalThis.tabbed ??= new Map();
      if (!globalThis.tabbed.has(node)) globalThis.tabbed.set(node, globalThis.tabbed.size);
      return {
        id: globalThis.tabbed.get(node),
        html: node.outerHTML.slice(0, 120),
        inMain: node.closest('main') !== null && node.tagName !== 'MAIN',
        // An input that is drawn by its label has no size of its own.
        isSeen: (width > 0 && height > 0) || node.labels?.[0]?.getBoundingClientRect().width > 0,
      };
    });
    // Past the last one: the browser itself, and then the first one again. Content that comes late is met on the next round.
    if (at === null && inMain === 0 && rounds < ROUNDS) {
      rounds += 1;
      before = undefined;
      await page.waitForLoadState('networkidle');
      continue;
    }
    if (at === null) break;
    if (at.inMain) inMain += 1;
    if (!at.isSeen) problems.push(`focus on what is not seen: ${at.html}`);
    if (at.id === before) problems.push(`the tabulator stays at ${at.html}`);
    before = at.id;
  }
  return { problems, inMain };
}
