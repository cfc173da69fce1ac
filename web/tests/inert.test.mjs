// What strangers write is text and nothing else: names of devices, rooms, people, scenes and keys, MQTT payloads, a plugin's words.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { open, shut } from './browser.mjs';
import { demoHouse, until } from './house.mjs';
import { go, words } from './looks.mjs';
import { publish } from './mqtt.mjs';

let hub;
before(async () => (hub = await demoHouse({ args: ['--demo', '--developer'] })));
after(async () => {
  await shut();
  await hub.stop();
});

const evil = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>{{7*7}}\${7*7}`;

/** A plugin that says it wherever it may say something. */
function plugin(t) {
  const folder = mkdtempSync(join(tmpdir(), 'concord-plugin-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(fileURLToPath(new URL('parlour', import.meta.url)), folder, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(folder, 'plugin.json')));
  const said = evil.slice(0, 60);
  writeFileSync(join(folder, 'plugin.json'), JSON.stringify({ ...manifest, title: { en: said, zh: said }, vendor: { ...manifest.vendor, name: said } }));
  const main = readFileSync(join(folder, 'main.js'), 'utf8');
  writeFileSync(join(folder, 'main.js'), main.replace("name: 'Player'", `name: ${JSON.stringify(evil)}`).replace("'media_playback.title': 'Spring'", `'media_playback.title': ${JSON.stringify(evil)}`));
  return folder;
}

test('markup in what others write is inert', async (t) => {
  const d = await hub.named('TV');
  await hub.api('PUT', 'rooms/evil', { names: { '': evil } });
  await hub.api('PATCH', `devices/${d.id}`, { names: { '': evil, en: evil, zh: evil }, room: 'evil' });
  await hub.api('PUT', 'people/evil', { name: evil.slice(0, 100), role: 'guest' });
  await hub.api('PUT', 'scenes/evil', { names: { '': evil }, then: [{ device: d.id, set: { 'on_off.on': true } }] });
  await hub.api('POST', 'tokens', { name: evil.slice(0, 100), read_only: true });
  await hub.api('POST', 'plugin-folders', { folder: plugin(t) });
  const player = await until('the player', async () => (await hub.devices()).find((x) => x.type === 'speaker'));
  await publish(hub.mqtt, 'zigbee2mqtt/bridge/logging', { level: 'error', message: evil });
  await publish(hub.mqtt, `zigbee2mqtt/${d.sources[0].name}`, { state: evil, power: evil });
  for (const lang of ['en', 'zh']) {
    const { page, close } = await open(hub.url, { lang });
    t.after(close);
    await page.locator('.room').first().waitFor();
    for (const p of ['/', '/rooms/evil', '/devices', `/devices/${d.id}`, `/devices/${player.id}`, '/scenes', '/scenes/evil', '/climate', '/energy', '/activity', '/people', '/settings/rooms', '/settings/merge', '/settings/access', '/settings/system', '/settings/add', '/settings/speakers', '/settings/plugins', '/settings/plugins/parlour']) {
      await go(page, p, words(lang)('missing'));
      await page.evaluate(() => document.querySelectorAll('main details').forEach((x) => (x.open = true)));
      await page.waitForTimeout(50);
      assert.equal(await page.evaluate(() => window.pwned), undefined, p);
      assert.equal(await page.locator('img').count(), 0, p);
    }
    await go(page, `/devices/${player.id}`, words(lang)('missing'));
    await page.getByText('onerror=').first().waitFor(); // it is there, as text
  }
});
