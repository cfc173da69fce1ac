// Every page of the demo house in both languages, at each size, light and dark in turn, and with all that is folded away
// opened: nothing complains, nothing is wider than its window (320 px neither), axe finds nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { accessible, fits } from './axe.mjs';
import { open, shut, sizes } from './browser.mjs';
import { demoHouse, until } from './house.mjs';
import { go, looks, words } from './looks.mjs';

let hub;
before(async () => {
  hub = await demoHouse({ args: ['--demo', '--developer', '--homekit', '127.0.0.1:0'] });
  for (const example of ['plugins/examples/heater', 'web/tests/parlour']) await hub.api('POST', 'plugin-folders', { folder: fileURLToPath(new URL(`../../${example}`, import.meta.url)) });
  await until('the parlour', async () => (await hub.devices()).some((d) => d.type === 'robot_vacuum'));
  await hub.api('POST', 'backups');
});
after(async () => {
  await shut();
  await hub.stop();
});

async function paths() {
  const all = await hub.devices();
  const device = (type) => `/devices/${(all.find((d) => d.type === type) ?? assert.fail(`no ${type}`)).id}`;
  return {
    home: '/', room: '/rooms/living', devices: '/devices', lamp: device('light_color'), climate: device('air_conditioner'), lock: device('door_lock'), blind: device('window_covering'), switch: device('wall_switch'),
    siren: device('siren'), media: device('speaker'), codes: `/devices/${all.find((d) => d.name === 'Garden gate').id}`, vacuum: device('robot_vacuum'), scenes: '/scenes', scene: '/scenes/demo-motion', 'new scene': '/scenes/new?from=motion', arrival: '/climate', energy: '/energy',
    activity: '/activity', people: '/people', settings: '/settings', rooms: '/settings/rooms', add: '/settings/add', merge: '/settings/merge', access: '/settings/access', system: '/settings/system', place: '/settings/place',
    speakers: '/settings/speakers', plugins: '/settings/plugins', plugin: '/settings/plugins/nordic-heater', missing: '/nowhere',
  };
}

for (const lang of ['en', 'zh']) {
  test(`pages at every size (${lang})`, async (t) => {
    const { page, close } = await open(hub.url, { lang });
    t.after(close);
    await page.locator('.room').first().waitFor();
    const reading = new Set();
    page.on('request', (r) => r.url().includes('/api/') && !r.url().endsWith('/events') && reading.add(r));
    for (const end of ['requestfinished', 'requestfailed']) page.on(end, (r) => reading.delete(r));
    const wrong = [];
    const w = words(lang);
    // A page is made anew for each theme: colours that are still on their way from one to the other are nobody's.
    for (const theme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: theme });
      for (const [name, path] of Object.entries(await paths())) {
        await go(page, path, path === '/nowhere' ? 'no such heading' : w('missing'));
        await page.evaluate(() => document.querySelectorAll('main details').forEach((d) => (d.open = true)));
        await page.waitForTimeout(50); // what is opened asks the hub
        await until(`the answers for ${name}`, () => reading.size === 0);
        for (const { size } of looks.filter((l) => l.lang === lang && l.theme === theme)) {
          await page.setViewportSize(sizes[size]);
          await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
          const where = `${name} (${size}, ${lang}, ${theme})`;
          wrong.push(...(await fits(page, where)), ...(await accessible(page, where)));
          if (process.env.LOOK) await page.screenshot({ path: `${process.env.LOOK}/${lang}-${size}-${name.replaceAll(' ', '_')}.png`, fullPage: true });
        }
        await page.setViewportSize(sizes.small);
        wrong.push(...(await fits(page, `${name} (320 px, ${lang}, ${theme})`)));
      }
    }
    assert.deepEqual(wrong, []);
  });
}
