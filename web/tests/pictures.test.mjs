// The pictures of the README and docs/pictures: taken with PICTURES=SECONDS, which a demo house lives before.
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { open, shut, sizes } from './browser.mjs';
import { demoHouse } from './house.mjs';

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
  ['activity-phone', '/activity', 'phone', 'en', 'dark'],
];

test('pictures', { skip: !process.env.PICTURES }, async (t) => {
  const hub = await demoHouse();
  t.after(() => hub.stop());
  t.after(shut);
  const dir = new URL('../../docs/pictures/', import.meta.url).pathname;
  mkdirSync(dir, { recursive: true });
  const id = async (name) => (await hub.named(name)).id;
  await hub.api('POST', `devices/${await id('Floor lamp')}/commands`, { set: { 'on_off.on': true, 'level.level': 70, 'color.hue': 35, 'color.saturation': 60 }, wait: true });
  await hub.api('POST', `devices/${await id('Living room radiator')}/commands`, { set: { 'thermostat.heat_setpoint': 21.5 }, wait: true });
  await new Promise((r) => setTimeout(r, Number(process.env.PICTURES) * 1000)); // simulated time passes a minute a second
  for (const [name, where, size, lang, theme] of pictures) {
    const { page, close } = await open(hub.url, { lang, theme, size: sizes[size], path: where.startsWith('/') ? where : `/devices/${await id(where)}` });
    await page.locator('main h1').first().waitFor();
    await page.waitForTimeout(1500);
    await page.screenshot({ path: `${dir}${name}.png` });
    await close();
  }
});
