// The pictures of the README and docs/pictures: taken with PICTURES=SECONDS, which a demo house lives before, six simulated
// minutes a second. Graphs show that time alone.
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { open, shut, sizes } from './browser.mjs';
import { demoHouse, until } from './house.mjs';

const pictures = [
  ['home', '/', 'desk', 'en', 'light'],
  ['home-phone', '/', 'phone', 'zh', 'dark'],
  ['home-tablet', '/', 'tablet', 'en', 'dark'],
  ['lamp', 'Floor lamp', 'desk', 'en', 'light'],
  ['thermostat-phone', 'Living room radiator', 'phone', 'en', 'light'],
  ['scene', '/scenes/demo-motion', 'desk', 'en', 'light'],
  ['scene-phone', '/scenes/demo-motion', 'phone', 'zh', 'light'],
  ['arrival', '/climate', 'desk', 'en', 'light'],
  ['energy', '/energy', 'tablet', 'zh', 'light'],
  ['speakers', '/settings/speakers', 'desk', 'en', 'light'],
  ['system-phone', '/settings/system', 'phone', 'zh', 'light'],
  ['plugin-tablet', '/settings/plugins/nordic-heater', 'tablet', 'en', 'light'],
  ['activity-phone', '/activity', 'phone', 'en', 'dark'],
];

/** Zooms a graph of the last day into the seconds that the house has lived. */
async function lived(page, seconds) {
  const plot = page.locator('.u-over').first();
  if (!(await plot.count())) return;
  await page.getByRole('button', { name: '6 h' }).click();
  await page.waitForTimeout(2000);
  for (let span = 6 * 3600; span > seconds * 1.3; ) {
    const to = Math.max(seconds * 1.05, span / 40);
    await plot.evaluate((e) => e.scrollIntoView({ block: 'center' }));
    const box = await until('the graph', () => plot.boundingBox());
    await page.mouse.move(box.x + box.width * (1 - to / span), box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 1, box.y + 60, { steps: 6 });
    await page.mouse.up();
    await page.mouse.move(5, 5);
    await page.waitForTimeout(2000);
    span = to;
  }
  await page.evaluate(() => scrollTo(0, 0));
}

test('pictures', { skip: !process.env.PICTURES }, async (t) => {
  const hub = await demoHouse({ args: ['--demo', '--speed', '360', '--developer', '--homekit', '127.0.0.1:0'] });
  t.after(() => hub.stop());
  t.after(shut);
  const dir = new URL('../../docs/pictures/', import.meta.url).pathname;
  mkdirSync(dir, { recursive: true });
  const id = async (name) => (await hub.named(name)).id;
  await hub.api('POST', `devices/${await id('Floor lamp')}/commands`, { set: { 'on_off.on': true, 'level.level': 70, 'color.hue': 35, 'color.saturation': 60 }, wait: true });
  await hub.api('POST', `devices/${await id('Living room radiator')}/commands`, { set: { 'thermostat.heat_setpoint': 21.5 }, wait: true });
  await hub.api('POST', 'plugin-folders', { folder: fileURLToPath(new URL('../../plugins/examples/heater', import.meta.url)) });
  await hub.api('POST', 'backups');
  await new Promise((r) => setTimeout(r, Number(process.env.PICTURES) * 1000)); 
  for (const [name, where, size, lang, theme] of pictures) {
    const { page, close } = await open(hub.url, { lang, theme, size: sizes[size], path: where.startsWith('/') ? where : `/devices/${await id(where)}` });
    await page.locator('main h1').first().waitFor();
    await page.waitForTimeout(1500);
    await lived(page, Number(process.env.PICTURES));
    await page.screenshot({ path: `${dir}${name}.png` });
    await close();
  }
});
