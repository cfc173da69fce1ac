// The pictures of the README and docs/pictures: taken with PICTURES=SECONDS, which a demo house lives before, six simulated
// minutes a second: 240 are a day. It needs python3 for its SQLite.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { open, shut, sizes } from './browser.mjs';
import { demoHouse, until } from './house.mjs';

const pictures = [
  ['home', '/', 'desk', 'en', 'light'],
  ['home-phone', '/', 'phone', 'zh', 'dark'],
  ['home-tablet', '/', 'tablet', 'en', 'dark'],
  ['lamp', 'Floor lamp', 'desk', 'en', 'light'],
  ['thermostat', 'Living room radiator', 'desk', 'en', 'light'],
  ['thermostat-phone', 'Living room radiator', 'phone', 'en', 'light'],
  ['scene', '/scenes/demo-motion', 'desk', 'en', 'light'],
  ['scene-phone', '/scenes/demo-motion', 'phone', 'zh', 'light'],
  ['arrival', '/climate', 'desk', 'en', 'light'],
  ['energy', '/energy', 'tablet', 'zh', 'light'],
  ['speakers', '/settings/speakers', 'desk', 'en', 'light'],
  ['commands', '/scenes/leaving', 'tablet', 'en', 'light'],
  ['system', '/settings/system', 'desk', 'en', 'light'],
  ['system-phone', '/settings/system', 'phone', 'zh', 'light'],
  ['activity-phone', '/activity', 'phone', 'en', 'dark'],
  ['plugin-tablet', '/settings/plugins/nordic-heater', 'tablet', 'en', 'light'],
];

const speed = 360;

/**
 * Puts what a house lived at speed where it would be had it taken its time: the samples of a stopped hub are set apart by the speed,
 * so that graphs show the hours that were simulated. What was sealed already is of the first minutes, and is left out.
 */
function stretch(dir) {
  execFileSync('python3', ['-c', `import sqlite3, sys, time
db, now = sqlite3.connect(sys.argv[1]), int(time.time() * 1000)
lived = [(s, now - (now - t) * ${speed}, v) for s, t, v in db.execute('SELECT series, ts, value FROM head')]
for table in ('span', 'chunk', 'head'): db.execute('DELETE FROM ' + table)
db.executemany('INSERT OR REPLACE INTO head VALUES (?, ?, ?)', lived)
db.commit()`, join(dir, 'hub.db')], { stdio: 'inherit' });
}

test('pictures', { skip: !process.env.PICTURES }, async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'concord-pictures-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const args = (pace) => ['--demo', '--speed', String(pace), '--developer', '--homekit', '127.0.0.1:0'];
  const past = await demoHouse({ dir: data, args: args(speed) });
  await new Promise((r) => setTimeout(r, Number(process.env.PICTURES) * 1000));
  await past.stop();
  stretch(data);
  const hub = await demoHouse({ dir: data, args: args(60) });
  t.after(() => hub.stop());
  t.after(shut);
  const dir = new URL('../../docs/pictures/', import.meta.url).pathname;
  mkdirSync(dir, { recursive: true });
  const id = async (name) => (await hub.named(name)).id;
  await hub.api('POST', `devices/${await id('Floor lamp')}/commands`, { set: { 'on_off.on': true, 'level.level': 70, 'color.hue': 35, 'color.saturation': 60 }, wait: true });
  await hub.api('POST', `devices/${await id('Living room radiator')}/commands`, { set: { 'thermostat.heat_setpoint': 21.5 }, wait: true });
  const develop = () => hub.api('POST', 'plugin-folders', { folder: fileURLToPath(new URL('../../plugins/examples/heater', import.meta.url)) });
  await hub.api('POST', 'backups');
  const lamp = await id('Floor lamp');
  await hub.api('PUT', 'scenes/leaving', { names: { '': 'Last one out', zh: '最后离开' }, when: [{ person: 'everyone', presence: 'away' }], then: [
    { device: await id('Living room radiator'), command: 'thermostat.raise_lower', args: { delta: -3 } }, { device: lamp, command: 'color.set_hs', args: { hue: 25, saturation: 80, transition: 2 } },
    { device: await id('Siren'), command: 'siren.start', args: { duration: 5, volume: 20 } }, { device: await id('Front door lock'), set: { 'door_lock.target': 'locked' } }] });
  await hub.api('POST', `devices/${lamp}/commands`, { set: { 'on_off.on': true, 'level.level': 70 }, wait: true });
  // The house is at its best when somebody is at home.
  await until('somebody', async () => (await hub.api('GET', 'people')).some((p) => p.presence.state === 'home'));
  await new Promise((r) => setTimeout(r, 8000));
  for (const [name, where, size, lang, theme] of pictures) {
    if (where.startsWith('/settings/plugins/')) await develop();
    const { page, close } = await open(hub.url, { lang, theme, size: sizes[size], path: where.startsWith('/') ? where : `/devices/${await id(where)}` });
    await page.locator('main h1').first().waitFor();
    await page.waitForTimeout(1500);
    if (name === 'energy') await page.locator('button.square').first().click(); // yesterday, which has its evening
    if (name === 'speakers') await page.locator('summary').last().click();
    await page.waitForTimeout(name === 'energy' ? 1500 : 200);
    await page.screenshot({ path: `${dir}${name}.png` });
    await close();
  }
});
