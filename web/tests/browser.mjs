// One Chromium for the tests: Debian's, driven by playwright-core. What a page says wrong (console errors, refused
// resources, uncaught exceptions) fails the test that opened it.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

export const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const sizes = { small: { width: 320, height: 640 }, phone: { width: 360, height: 780 }, tablet: { width: 820, height: 1180 }, desk: { width: 1440, height: 900 } };

let browser;
export async function launch() {
  browser ??= await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  return browser;
}
export async function shut() {
  await browser?.close();
  browser = undefined;
}

/** Goes to an element with the Tab key alone. */
export async function reach(page, what) {
  const element = await what.elementHandle(); // found once: looking for it anew at each step takes most of the time
  for (let i = 0; i < 300; i++) {
    if (await element.evaluate((e) => e === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail('not reached with Tab');
}

/** Opens the app in a context of its own. */
export async function open(url, { lang = 'en', theme = 'light', size = sizes.desk, path = '/', init, worker = false } = {}) {
  const context = await (await launch()).newContext({ viewport: size, locale: lang === 'zh' ? 'zh-CN' : 'en-GB', colorScheme: theme, reducedMotion: 'reduce', serviceWorkers: worker ? 'allow' : 'block', hasTouch: size.width < 600 });
  if (init) await context.addInitScript(init);
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (m) => m.type() === 'error' && !m.text().startsWith('Failed to load resource') && complaints.push(m.text()));
  page.on('pageerror', (e) => complaints.push(String(e)));
  page.setDefaultTimeout(Number(process.env.PATIENCE ?? 90_000)); // of a machine that has much else to do
  await page.goto(url + path);
  return {
    page, context, complaints,
    async close() {
      await context.close();
      assert.deepEqual(complaints, [], 'the page complained');
    },
  };
}
