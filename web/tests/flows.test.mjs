// What a household does in the app, against the demo house over its real API.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, shut, sizes } from './browser.mjs';
import { demoHouse, until } from './house.mjs';
import { publish } from './mqtt.mjs';

let hub;
before(async () => (hub = await demoHouse()));
after(async () => {
  await shut();
  await hub.stop();
});

const value = async (name, attribute) => (await hub.named(name)).endpoints.flatMap((e) => e.attributes).find((a) => a.attribute === attribute)?.value;

for (const [lang, size, lamp, on] of [['en', 'desk', 'Floor lamp', 'Turn on'], ['zh', 'phone', '落地灯', '打开']]) {
  test(`a lamp is turned on with one tap and the device confirms it (${lang}, ${size})`, async (t) => {
    const { page, close } = await open(hub.url, { lang, size: sizes[size] });
    t.after(close);
    await hub.api('POST', `devices/${(await hub.named('Floor lamp')).id}/commands`, { set: { 'on_off.on': false }, wait: true });
    const tile = page.getByRole('button', { name: new RegExp(`^${lamp}.*${on}$`) });
    await tile.click();
    await page.locator('.tile.pending, .tile.on', { hasText: lamp }).first().waitFor();
    await page.locator('.tile.on:not(.pending)', { hasText: lamp }).first().waitFor();
    assert.equal(await value('Floor lamp', 'on_off.on'), true);
  });
}

test('a command to a device that does not answer fails with the reason and can be tried again', async (t) => {
  const { page, close } = await open(hub.url);
  t.after(close);
  const d = await hub.named('Bedside lamp');
  const name = d.sources[0].name;
  await publish(hub.mqtt, `zigbee2mqtt/${name}/availability`, { state: 'offline' }, true);
  const tile = page.locator('.tile', { hasText: 'Bedside lamp' });
  await tile.getByText('not reachable').waitFor();
  assert.ok(await tile.evaluate((e) => e.classList.contains('stale')), 'an unreachable lamp looks certain');
  await page.locator('.attention', { hasText: 'Bedside lamp' }).waitFor();
  await page.route('**/api/devices/*/commands', (r) => r.abort()); // and now the hub is away, too
  await tile.getByRole('button').first().click();
  await tile.getByText('The hub cannot be reached').waitFor();
  await page.unroute('**/api/devices/*/commands');
  await publish(hub.mqtt, `zigbee2mqtt/${name}/availability`, { state: 'online' }, true);
  await tile.getByRole('button', { name: /^Try again/ }).click();
  await page.locator('.tile:not(.failed):not(.pending)', { hasText: 'Bedside lamp' }).waitFor();
});

test('what nobody has reported is unknown, never off', async (t) => {
  const siren = await hub.named('Siren');
  const { page, close } = await open(hub.url, { path: `/devices/${siren.id}` });
  t.after(close);
  const toggle = page.getByRole('switch').first();
  await toggle.waitFor();
  assert.ok(await toggle.evaluate((e) => e.classList.contains('unknown')));
});

test('a device page has controls for what the device can do', async (t) => {
  const lamp = await hub.named('Floor lamp');
  const { page, close } = await open(hub.url, { path: `/devices/${lamp.id}` });
  t.after(close);
  await page.getByRole('slider', { name: 'Brightness' }).fill('35');
  await until('35 %', async () => (await value('Floor lamp', 'level.level')) === 35);
  await page.getByRole('slider', { name: 'Colour temperature' }).fill('4000');
  await until('4000 K', async () => Math.abs((await value('Floor lamp', 'color_temperature.kelvin')) - 4000) < 60);
  const wheel = await page.locator('.wheel').boundingBox();
  await page.mouse.click(wheel.x + wheel.width * 0.8, wheel.y + wheel.height / 2);
  await until('a hue on the right', async () => Math.abs((await value('Floor lamp', 'color.hue')) - 90) < 12);
  const trv = await hub.named('Living room radiator');
  await page.goto(`${hub.url}/devices/${trv.id}`);
  await page.getByRole('slider', { name: 'Heat to' }).focus();
  const before = await value('Living room radiator', 'thermostat.heat_setpoint');
  await page.keyboard.press('ArrowUp');
  await until('a warmer setpoint', async () => (await value('Living room radiator', 'thermostat.heat_setpoint')) > before);
  const blind = await hub.named('Blind');
  await page.goto(`${hub.url}/devices/${blind.id}`);
  await page.getByRole('button', { name: 'Close' }).click();
  await until('the blind moves', async () => (await value('Blind', 'window_covering.open_pct')) < 100);
});

test('a lock opens only when the button is held', async (t) => {
  const lock = await hub.named('Front door lock');
  const { page, close } = await open(hub.url, { path: `/devices/${lock.id}` });
  t.after(close);
  await hub.api('POST', `devices/${lock.id}/commands`, { set: { 'door_lock.target': 'locked' }, wait: true });
  const unlock = page.getByRole('button', { name: 'Hold: Unlock' });
  // A brush of the finger: down and up at once, however slow the machine.
  await unlock.evaluate((e) => ['pointerdown', 'pointerup'].forEach((type) => e.dispatchEvent(new PointerEvent(type, { bubbles: true, button: 0 }))));
  await page.waitForTimeout(300);
  assert.equal(await value('Front door lock', 'door_lock.target'), 'locked');
  await unlock.focus();
  await page.keyboard.down('Enter');
  await until('the open lock', async () => (await value('Front door lock', 'door_lock.lock')) === 'unlocked');
  await page.keyboard.up('Enter');
});

test('names by language, room and roles are changed on the device page', async (t) => {
  const d = await hub.named('Sink leak sensor');
  const { page, close } = await open(hub.url, { path: `/devices/${d.id}` });
  t.after(close);
  await page.getByText('Name, room, roles').click();
  await page.getByLabel('Name in 中文').fill('水槽漏水');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByLabel('Room', { exact: true }).selectOption({ label: 'Hall' });
  await until('the changes', async () => {
    const now = (await hub.devices()).find((x) => x.id === d.id);
    return now.names.zh === '水槽漏水' && now.room === 'hall';
  });
  await hub.api('PATCH', `devices/${d.id}`, { room: 'kitchen' });
});

test('two devices are made one and parted again', async (t) => {
  const { page, close } = await open(hub.url, { path: '/settings/merge' });
  t.after(close);
  await page.getByLabel('Keep name, room and history of').selectOption({ label: 'Hall lamp' });
  await page.getByLabel('Join into it').selectOption({ label: 'Bedside lamp' });
  await page.getByRole('button', { name: 'Make them one' }).click();
  await until('one device', async () => (await hub.named('Hall lamp')).sources.length === 2);
  await page.getByRole('button', { name: 'Make it a device of its own' }).last().click();
  await until('two devices', async () => (await hub.named('Bedside lamp'))?.sources.length === 1);
});

test('Zigbee is opened with a countdown and a new device appears', async (t) => {
  const { page, close } = await open(hub.url, { path: '/settings/add', size: sizes.phone });
  t.after(close);
  const known = (await hub.devices()).length;
  await page.getByRole('button', { name: 'Let devices join' }).click();
  await page.getByRole('timer').waitFor();
  await until('a new device', async () => (await hub.devices()).length > known);
  await page.locator('.chip.ok').first().waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  const form = page.locator('form', { has: page.getByRole('button', { name: 'Put it there' }) }).first();
  await form.locator('select').selectOption({ label: 'Hall' });
  await form.locator('input').fill('Novelty');
  await form.getByRole('button', { name: 'Put it there' }).click();
  await until('its room', async () => (await hub.named('Novelty'))?.room === 'hall');
});

test('a person is added, with a phone by a code to scan, and a key for a guest', async (t) => {
  const { page, close } = await open(hub.url, { path: '/people' });
  t.after(close);
  await page.getByRole('button', { name: 'Add a person' }).click();
  await page.getByLabel('Name', { exact: true }).last().fill('王小明');
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
  const card = page.locator('.card', { hasText: '王小明' });
  await card.getByText('Rights, phones, password').click();
  await card.getByRole('button', { name: 'Connect a phone' }).click();
  await page.getByRole('button', { name: 'Make the account' }).click();
  await page.getByRole('img', { name: 'OwnTracks configuration to scan' }).waitFor();
  const link = await page.getByRole('link', { name: 'Open in OwnTracks' }).getAttribute('href');
  const configuration = JSON.parse(Buffer.from(decodeURIComponent(link.split('inline=')[1]), 'base64').toString());
  assert.equal(configuration._type, 'configuration');
  assert.ok(configuration.password.length > 10);
  await until('the tracker', async () => (await hub.api('GET', 'people')).find((p) => p.name === '王小明').trackers?.length === 1);
  await page.goto(`${hub.url}/settings/access`);
  await page.getByRole('button', { name: 'Make a key' }).click();
  await page.getByLabel('For whom or what').fill('House-sitter');
  await page.getByRole('checkbox', { name: 'Hall' }).check();
  await page.getByRole('dialog').getByRole('button', { name: 'Make a key' }).click();
  const secret = await page.locator('.secret').textContent();
  const seen = await fetch(`${hub.url}/api/devices`, { headers: { Authorization: `Bearer ${secret}` } }).then((r) => r.json());
  assert.ok(seen.length > 0 && seen.every((d) => d.room === 'hall'), 'the key opens more than its room');
});

test('a history is zoomed into and compared', async (t) => {
  const d = await hub.named('Bedroom thermometer');
  await until('a history', async () => (await hub.api('GET', `devices/${d.id}/history?attribute=temperature.celsius`)).points?.length);
  const { page, close } = await open(hub.url, { path: `/devices/${d.id}` });
  t.after(close);
  await page.locator('.plot canvas').waitFor();
  let box;
  await until('a page that stands still', async () => {
    const was = JSON.stringify(box);
    box = await page.locator('.u-over').boundingBox();
    return JSON.stringify(box) === was;
  });
  await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.9, box.y + 60, { steps: 6 });
  await page.mouse.up();
  await page.getByRole('button', { name: 'Back out' }).click();
  await page.getByLabel('Compare with').selectOption({ label: 'Air monitor' });
  await page.locator('figcaption', { hasText: 'Air monitor' }).waitFor();
});

test('the logbook says what happened, by whom', async (t) => {
  await hub.api('POST', `devices/${(await hub.named('Hall lamp')).id}/commands`, { command: 'on_off.toggle', wait: true });
  const { page, close } = await open(hub.url, { path: '/activity' });
  t.after(close);
  await page.getByRole('listitem').filter({ hasText: 'Hall lamp' }).filter({ hasText: /turned o(n|ff)/i }).first().waitFor();
  await page.getByLabel('Who or what began it').selectOption({ label: 'By people' });
  await page.getByRole('listitem').filter({ hasText: 'Hall lamp' }).first().waitFor();
});

test('the language is changed in the app, and everything with it', async (t) => {
  const { page, close } = await open(hub.url, { path: '/settings' });
  t.after(close);
  await page.getByRole('button', { name: '中文' }).click();
  await page.getByRole('heading', { name: '设置', exact: true }).waitFor();
  await page.getByRole('link', { name: '家', exact: true }).click();
  await page.getByText('落地灯').first().waitFor();
});

test('markup in names of devices, rooms, people and MQTT texts is inert', async (t) => {
  const evil = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>{{7*7}}\${7*7}`;
  const d = await hub.named('TV');
  const room = 'evil';
  await hub.api('PUT', `rooms/${room}`, { names: { '': evil } });
  await hub.api('PATCH', `devices/${d.id}`, { names: { '': evil, en: evil, zh: evil }, room });
  await hub.api('PUT', 'people/evil', { name: evil.slice(0, 100), role: 'guest' });
  await hub.api('PUT', 'scenes/evil', { names: { '': evil }, then: [{ device: d.id, set: { 'on_off.on': true } }] });
  await hub.api('POST', 'tokens', { name: evil.slice(0, 100), read_only: true });
  await publish(hub.mqtt, 'zigbee2mqtt/bridge/logging', { level: 'error', message: evil });
  await publish(hub.mqtt, `zigbee2mqtt/${d.sources[0].name}`, { state: evil, power: evil });
  const { page, close } = await open(hub.url);
  t.after(close);
  for (const p of ['/', `/rooms/${room}`, '/devices', `/devices/${d.id}`, '/scenes', '/energy', '/activity', '/people', '/settings/rooms', '/settings/merge', '/settings/access', '/settings/system', '/settings/add', '/settings/speakers', '/settings/plugins']) {
    await page.goto(hub.url + p);
    await page.locator('main h1').first().waitFor();
    await page.waitForTimeout(250);
    assert.equal(await page.evaluate(() => window.pwned), undefined, p);
    assert.equal(await page.locator('img').count(), 0, p);
  }
  await page.goto(hub.url);
  await page.getByText('onerror=').first().waitFor(); // it is there, as text
  await hub.api('PATCH', `devices/${d.id}`, { names: { '': '', en: 'TV', zh: '电视' }, room: 'living' });
  for (const [m, p] of [['DELETE', 'scenes/evil'], ['DELETE', 'people/evil'], ['DELETE', `rooms/${room}`]]) await hub.api(m, p);
});

test('everything of a day is done with the keyboard alone', async (t) => {
  const { page, close } = await open(hub.url);
  t.after(close);
  await page.getByRole('heading', { name: 'Home' }).waitFor();
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') || document.activeElement?.textContent?.trim() || '');
  const tabTo = async (what) => {
    for (let i = 0; i < 80; i++) {
      await page.keyboard.press('Tab');
      if (what.test(await focused())) return;
    }
    assert.fail(`${what} is not reached with Tab`);
  };
  await tabTo(/^Skip to the page/);
  await page.keyboard.press('Enter');
  const before = await value('Hall lamp', 'on_off.on');
  await tabTo(/^Hall lamp: .*Turn/);
  await page.keyboard.press('Enter');
  await until('the hall lamp', async () => (await value('Hall lamp', 'on_off.on')) !== before);
  await tabTo(/^Details: Hall lamp/);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Hall lamp' }).waitFor();
  await tabTo(/^Brightness/);
  const level = await value('Hall lamp', 'level.level');
  await page.keyboard.press(level > 50 ? 'ArrowLeft' : 'ArrowRight');
  await until('another level', async () => (await value('Hall lamp', 'level.level')) !== level);
});
