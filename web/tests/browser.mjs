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
