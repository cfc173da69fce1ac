// Every page of the demo house, in both languages, light and dark, from a phone to a wall: nothing complains, nothing is
// wider than its window, axe finds nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { accessible, fits } from './axe.mjs';
import { open, shut, sizes } from './browser.mjs';
import { demoHouse } from './house.mjs';

let hub;
let lamp;
before(async () => {
  hub = await demoHouse({ args: ['--demo', '--developer', '--homekit', '127.0.0.1:0'] });
  lamp = (await hub.named('Floor lamp')).id;
  await hub.api('POST', 'plugin-folders', { folder: fileURLToPath(new URL('../../plugins/examples/heater', import.meta.url)) });
  await hub.api('POST', 'backups');
});
after(async () => {
  await shut();
  await hub.stop();
});

const device = async (type) => (await fetch(`${hub.url}/api/devices`).then((r) => r.json())).find((d) => d.type === type).id;

const looks = [
  { size: 'phone', lang: 'zh', theme: 'dark' },
  { size: 'small', lang: 'en', theme: 'light' },
  { size: 'tablet', lang: 'en', theme: 'dark' },
  { size: 'desk', lang: 'en', theme: 'light' },
];

const paths = async () => ({
  home: '/', room: '/rooms/living', devices: '/devices', lamp: `/devices/${lamp}`, climate: `/devices/${await device('air_conditioner')}`, lock: `/devices/${await device('door_lock')}`,
  blind: `/devices/${await device('window_covering')}`, switch: `/devices/${await device('wall_switch')}`, siren: `/devices/${await device('siren')}`,
  scenes: '/scenes', scene: '/scenes/demo-motion', 'new scene': '/scenes/new?from=motion', arrival: '/climate', energy: '/energy', activity: '/activity', people: '/people', settings: '/settings', rooms: '/settings/rooms', add: '/settings/add', merge: '/settings/merge',
  access: '/settings/access', system: '/settings/system', place: '/settings/place', speakers: '/settings/speakers', plugins: '/settings/plugins', plugin: '/settings/plugins/nordic-heater', missing: '/nowhere',
});

for (const look of looks) {
  test(`pages at ${look.size}, ${look.lang}, ${look.theme}`, async (t) => {
    const { page, close } = await open(hub.url, { ...look, size: sizes[look.size] });
    t.after(close);
    const wrong = [];
    for (const [name, path] of Object.entries(await paths())) {
      const where = `${name} (${look.size}, ${look.lang}, ${look.theme})`;
      await page.goto(hub.url + path);
      await page.locator('main h1').first().waitFor();
      await page.evaluate(() => document.querySelectorAll('main details').forEach((d) => (d.open = true)));
      await page.waitForTimeout(300); // for what is read after the page is there
      wrong.push(...(await fits(page, where)), ...(await accessible(page, where)));
    }
    assert.deepEqual(wrong, []);
  });
}
