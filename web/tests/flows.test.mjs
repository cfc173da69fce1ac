// What a household does in the app, against the demo house over its real API: every flow in each language and size.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { shut } from './browser.mjs';
import { demoHouse, until } from './house.mjs';
import { inEveryLook } from './looks.mjs';
import { publish } from './mqtt.mjs';

let hub;
before(async () => {
  hub = await demoHouse();
  await hub.api('PUT', 'people/wang', { name: 'Wang', role: 'adult', trackers: ['owntracks/wang/phone'] });
});
after(async () => {
  await shut();
  await hub.stop();
});

const value = async (name, attribute) => (await hub.named(name)).endpoints.flatMap((e) => e.attributes).find((a) => a.attribute === attribute)?.value;
const command = async (name, body) => hub.api('POST', `devices/${(await hub.named(name)).id}/commands`, { ...body, wait: true });
const escape = (s) => s.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

inEveryLook(() => hub, (at) => {
  const { w } = at;
  const visit = async (name) => {
    const d = await hub.named(name);
    await at.go(`/devices/${d.id}`);
    return d;
  };

  test('a lamp is turned on with one tap and the device confirms it', async () => {
    const lamp = w.called(await hub.named('Floor lamp'));
    const off = at.page.getByRole('button', { name: new RegExp(`^${lamp}.*${w('do.on')}$`) });
    await at.go('/');
    // Whoever lives in the demo house may switch it on meanwhile.
    await until('a dark lamp', async () => (await off.isVisible()) || (await command('Floor lamp', { set: { 'on_off.on': false } }), false));
    await off.click();
    await at.page.locator('.tile.on:not(.pending)', { hasText: lamp }).first().waitFor();
    assert.equal(await value('Floor lamp', 'on_off.on'), true);
  });

  test('a room is opened from its card, and what is in it is used there', async () => {
    await command('Floor lamp', { set: { 'on_off.on': true } });
    const [room, lamp] = [(await hub.api('GET', 'rooms')).find((r) => r.id === 'living'), w.called(await hub.named('Floor lamp'))];
    await at.go('/');
    await at.page.locator('.room a[href="/rooms/living"]').first().click();
    await at.page.getByRole('heading', { name: w.called(room), level: 1 }).waitFor();
    await at.page.getByRole('button', { name: new RegExp(`^${lamp}.*${w('do.off')}$`) }).click();
    await until('a dark lamp', async () => (await value('Floor lamp', 'on_off.on')) === false);
  });

  test('a command to a device that does not answer fails with the reason and can be tried again', async () => {
    const { page } = at;
    const d = await hub.named('Bedside lamp');
    const lamp = w.called(d);
    await at.go('/');
    await publish(hub.mqtt, `zigbee2mqtt/${d.sources[0].name}/availability`, { state: 'offline' }, true);
    const tile = page.locator('.tile', { hasText: lamp });
    await tile.getByText(w.of('reach.no')).waitFor();
    assert.ok(await tile.evaluate((e) => e.classList.contains('stale')), 'an unreachable lamp looks certain');
    await page.locator('.attention', { hasText: lamp }).waitFor();
    await page.route('**/api/devices/*/commands', (r) => r.abort()); // and now the hub is away, too
    await tile.getByRole('button').first().click();
    await tile.getByText(w('link.unreachable')).waitFor();
    await page.unroute('**/api/devices/*/commands');
    await publish(hub.mqtt, `zigbee2mqtt/${d.sources[0].name}/availability`, { state: 'online' }, true);
    await tile.getByRole('button', { name: `${w('again')}: ${lamp}` }).click();
    await page.locator('.tile:not(.failed):not(.pending)', { hasText: lamp }).waitFor();
  });

  test('what nobody has reported is unknown, never off', async () => {
    await visit('Siren');
    const toggle = at.page.getByRole('switch').first();
    await toggle.waitFor();
    assert.ok(await toggle.evaluate((e) => e.classList.contains('unknown')));
  });

  test('a device page has controls for what the device can do', async () => {
    const { page } = at;
    await command('Floor lamp', { set: { 'on_off.on': true, 'level.level': 80 } });
    await visit('Floor lamp');
    await page.getByRole('slider', { name: w.attribute('level.level') }).fill('35');
    await until('35 %', async () => (await value('Floor lamp', 'level.level')) === 35);
    await page.getByRole('slider', { name: w.attribute('color_temperature.kelvin') }).fill('4000');
    await until('4000 K', async () => Math.abs((await value('Floor lamp', 'color_temperature.kelvin')) - 4000) < 60);
    await page.locator('.wheel').scrollIntoViewIfNeeded();
    const wheel = await page.locator('.wheel').boundingBox();
    await page.mouse.click(wheel.x + wheel.width * 0.8, wheel.y + wheel.height / 2);
    await until('a hue on the right', async () => Math.abs((await value('Floor lamp', 'color.hue')) - 90) < 12);
    const before = await value('Living room radiator', 'thermostat.heat_setpoint');
    await visit('Living room radiator');
    await page.getByRole('slider', { name: w.attribute('thermostat.heat_setpoint') }).focus();
    const key = before > 25 ? 'ArrowDown' : 'ArrowUp';
    await page.keyboard.press(key);
    await until('another setpoint', async () => (await value('Living room radiator', 'thermostat.heat_setpoint')) !== before);
    const open = await value('Blind', 'window_covering.open_pct');
    await visit('Blind');
    await page.getByRole('slider', { name: w.attribute('window_covering.open_pct') }).fill(open > 50 ? '20' : '80');
    await until('the blind moves', async () => (await value('Blind', 'window_covering.open_pct')) !== open);
  });

  test('a device page says why the device is as it is', async () => {
    await command('Hall lamp', { command: 'on_off.toggle' });
    await visit('Hall lamp');
    const why = at.page.locator('section', { has: at.page.getByRole('heading', { name: w('why') }) });
    await why.getByRole('listitem').or(why.locator('p')).first().waitFor();
    assert.ok((await why.innerText()).length > w('why').length + 10);
  });

  test('a lock opens only when the button is held', async () => {
    const { page } = at;
    await command('Front door lock', { set: { 'door_lock.target': 'locked' } });
    await visit('Front door lock');
    const unlock = at.button('hold', w('do.unlock'));
    // A brush of the finger: down and up at once, however slow the machine.
    await unlock.evaluate((e) => ['pointerdown', 'pointerup'].forEach((type) => e.dispatchEvent(new PointerEvent(type, { bubbles: true, button: 0 }))));
    await page.waitForTimeout(150);
    assert.equal(await value('Front door lock', 'door_lock.target'), 'locked');
    await unlock.focus();
    await page.keyboard.down('Enter');
    await until('the open lock', async () => (await value('Front door lock', 'door_lock.lock')) === 'unlocked');
    await page.keyboard.up('Enter');
  });

  test('names by language, room and roles are changed on the device page', async (t) => {
    const { page } = at;
    const d = await visit('Sink leak sensor');
    t.after(() => hub.api('PATCH', `devices/${d.id}`, { names: d.names, room: 'kitchen', roles: d.roles ?? [] }));
    const hall = (await hub.api('GET', 'rooms')).find((r) => r.id === 'hall');
    await page.getByText(w('device.names')).click();
    await page.getByLabel(w('name.in', '中文')).fill(`水槽漏水${at.size}`);
    await at.button('save').click();
    await page.getByLabel(w('room'), { exact: true }).selectOption({ label: w.called(hall) });
    await page.getByLabel(w('device.roles')).fill('guard, 看护');
    await page.getByLabel(w('device.roles')).press('Tab');
    await until('the changes', async () => {
      const now = (await hub.devices()).find((x) => x.id === d.id);
      return now.names.zh === `水槽漏水${at.size}` && now.room === 'hall' && now.roles?.length === 2;
    });
  });

  test('a device takes the place of another, and gives it back', async () => {
    const { page } = at;
    const [hall, bed] = [await hub.named('Hall lamp'), await hub.named('Bedside lamp')];
    const source = async () => (await hub.devices()).find((d) => d.id === hall.id).sources[0].id;
    for (const own of [bed.sources[0].id, hall.sources[0].id]) {
      await at.go(`/devices/${hall.id}`);
      await page.getByText(w('device.replace')).click();
      const other = (await hub.devices()).find((d) => d.id === bed.id);
      await page.getByLabel(w('swap.with')).selectOption({ label: w.called(other) });
      await at.button('swap').click();
      await page.getByRole('dialog').getByRole('button', { name: w('swap'), exact: true }).click();
      await until('the other thing', async () => (await source()) === own);
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
  });

  test('two devices are made one and parted again', async () => {
    const { page } = at;
    const [hall, bed] = [await hub.named('Hall lamp'), await hub.named('Bedside lamp')];
    await at.go('/settings/merge');
    await page.getByLabel(w('merge.keep')).selectOption({ label: w.called(hall) });
    await page.getByLabel(w('merge.take')).selectOption({ label: w.called(bed) });
    await at.button('merge.yes').click();
    await until('one device', async () => (await hub.devices()).find((d) => d.id === hall.id).sources.length === 2);
    await at.button('path.split').last().click();
    await until('two devices', async () => (await hub.devices()).find((d) => d.id === bed.id)?.sources.length === 1);
  });

  test('Zigbee is opened with a countdown and a new device appears', async () => {
    const { page } = at;
    const known = new Set((await hub.devices()).map((d) => d.id));
    await at.go('/settings/add');
    await at.button('pair.start').click();
    await page.getByRole('timer').waitFor();
    const fresh = await until('a new device', async () => (await hub.devices()).find((d) => !known.has(d.id) && d.endpoints.length));
    await page.locator('.chip.ok').first().waitFor();
    await at.button('pair.stop').click();
    const form = page.locator('form', { has: page.locator(`a[href="/devices/${fresh.id}"]`) });
    await form.locator('select').selectOption('hall');
    await form.locator('input').fill('Novelty');
    await form.getByRole('button', { name: w('add.take') }).click();
    const placed = await until('its room', async () => (await hub.devices()).find((d) => d.id === fresh.id && d.room === 'hall' && d.name === 'Novelty'));
    await publish(hub.mqtt, 'zigbee2mqtt/bridge/request/device/remove', { id: placed.sources[0].name }); // it is new for the next one, too
    await until('the device is away', async () => (await hub.devices()).find((d) => d.id === fresh.id)?.sources.every((s) => s.gone) ?? true);
    await hub.api('DELETE', `devices/${fresh.id}`);
  });

  test('a person is added, with a phone by a code to scan, and a key for a guest', async () => {
    const { page } = at;
    const who = `王小明${at.lang}${at.size}`;
    await at.go('/people');
    await at.button('people.add').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(w('name'), { exact: true }).fill(who);
    await dialog.getByRole('button', { name: w('add'), exact: true }).click();
    const card = page.locator('.card', { hasText: who });
    await card.getByText(w('people.edit')).click();
    await card.getByRole('button', { name: w('people.phone') }).click();
    await at.button('phone.make').click();
    await page.getByRole('img', { name: w('phone.qr') }).waitFor();
    const link = await page.getByRole('link', { name: w('phone.open') }).getAttribute('href');
    const configuration = JSON.parse(Buffer.from(decodeURIComponent(link.split('inline=')[1]), 'base64').toString());
    assert.equal(configuration._type, 'configuration');
    assert.ok(configuration.password.length > 10);
    const person = await until('the tracker', async () => (await hub.api('GET', 'people')).find((p) => p.name === who && p.trackers?.length === 1));
    await dialog.getByRole('button', { name: w('close') }).first().click();
    await card.getByRole('button', { name: w('people.remove') }).click();
    await dialog.getByRole('button', { name: w('remove'), exact: true }).click();
    await until('nobody', async () => !(await hub.api('GET', 'people')).some((p) => p.id === person.id));

    const hall = (await hub.api('GET', 'rooms')).find((r) => r.id === 'hall');
    await at.go('/settings/access');
    await at.button('tokens.make').click();
    await dialog.getByLabel(w('tokens.for')).fill(who);
    await dialog.getByRole('checkbox', { name: w.called(hall) }).check();
    await dialog.getByRole('group', { name: w('tokens.caps') }).getByRole('checkbox').first().check();
    await dialog.getByLabel(w('tokens.ends')).selectOption('3');
    await dialog.getByRole('button', { name: w('tokens.make'), exact: true }).click();
    const secret = await page.locator('.secret').textContent();
    const seen = await fetch(`${hub.url}/api/devices`, { headers: { Authorization: `Bearer ${secret}` } }).then((r) => r.json());
    assert.ok(seen.length > 0 && seen.every((d) => d.room === 'hall'), 'the key opens more than its room');
    const token = (await hub.api('GET', 'tokens')).find((x) => x.name === who);
    assert.ok(token.capabilities.length === 1 && Date.parse(token.expires) > Date.now(), JSON.stringify(token));
    await dialog.getByRole('button', { name: w('close') }).first().click();
    await at.button('remove.it', who).click();
    await dialog.getByRole('button', { name: w('remove'), exact: true }).click();
    await until('the key is void', async () => (await fetch(`${hub.url}/api/devices`, { headers: { Authorization: `Bearer ${secret}` } })).status === 401);
  });

  test('a history is zoomed into and compared', async () => {
    const { page } = at;
    const d = await hub.named('Bedroom thermometer');
    await until('a history', async () => (await hub.api('GET', `devices/${d.id}/history?attribute=temperature.celsius`)).points?.length);
    await visit('Bedroom thermometer');
    await page.locator('.plot canvas').waitFor();
    await page.locator('.plot').evaluate((e) => e.scrollIntoView({ block: 'center' })); // clear of the bar at a phone's bottom
    let box;
    await until('a page that stands still', async () => {
      const was = JSON.stringify(box);
      box = await page.locator('.u-over').boundingBox();
      return box && JSON.stringify(box) === was; // there is none while it is drawn anew
    });
    await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.9, box.y + 60, { steps: 6 });
    await page.mouse.up();
    await at.button('graph.out').click();
    const other = w.called(await hub.named('Air monitor'));
    await page.getByLabel(w('history.compare')).selectOption({ label: other });
    await page.locator('figcaption', { hasText: other }).waitFor();
  });

  test('the logbook says what happened, by whom', async () => {
    await command('Hall lamp', { command: 'on_off.toggle' });
    const lamp = w.called(await hub.named('Hall lamp'));
    await at.go('/activity');
    await at.page.getByRole('listitem').filter({ hasText: lamp }).first().waitFor();
    await at.page.getByLabel(w('activity.by')).selectOption({ label: w('activity.by.person') });
    await at.page.getByRole('listitem').filter({ hasText: lamp }).first().waitFor();
    await at.page.getByLabel(w('activity.find')).fill('nothing of this name');
    await at.page.getByText(w('activity.none')).waitFor();
  });

  test('arrival: who comes when is said, the mode and the comfort are set', async (t) => {
    const { page } = at;
    const now = async () => (await hub.api('GET', 'arrival?days=7'))[0];
    const { scene } = await now();
    t.after(() => hub.api('POST', `arrival/${scene}/mode`, { mode: 'auto' }));
    await at.go('/climate');
    const mode = page.getByRole('radiogroup', { name: w('climate.mode') });
    const choose = (m) => mode.locator('label', { hasText: w(`climate.mode.${m}`) }).click();
    await mode.waitFor();
    for (const m of ['boost', 'guest', 'pause', 'auto']) {
      await choose(m);
      await until(m, async () => (await now()).mode === m);
    }
    await choose('vacation');
    const back = new Date(Date.now() + 9 * 86_400_000);
    await page.getByLabel(w('climate.back')).fill(back.toISOString().slice(0, 16));
    await at.button('climate.leave').click();
    await until('vacation', async () => (await now()).mode === 'vacation' && Math.abs(Date.parse((await now()).mode_until) - back) < 2 * 86_400_000);
    // Wang's phone says nothing: what the house makes of it is of the word alone.
    const wang = async () => (await now()).people.find((p) => p.person === 'wang');
    const card = page.locator('.stack.tight', { hasText: 'Wang' });
    for (const [key, state, sign] of [['say.not', 'away', 'said.away'], ['say.coming', 'arriving', 'said_until.arriving'], ['say.later', 'away', 'said_until.later'], ['say.home', 'home', 'said.home']]) {
      await card.getByRole('button', { name: w(key), exact: true }).click();
      await card.getByText(w.of(`presence.${state}`, 'Wang')).waitFor();
      await card.getByText(w.like(`presence.sign.${sign}`)).waitFor();
      const { presence } = await wang();
      assert.equal(presence.state, state, key);
      const word = presence.signs.find((l) => l.key === `presence.sign.${sign}`);
      if (key === 'say.coming') assert.ok(Math.abs(Date.parse(presence.eta) - Date.now() - 30 * 60_000) < 15 * 60_000, `said to be here in half an hour: ${presence.eta}`);
      if (key === 'say.later') assert.ok(Date.parse(word.args[1].at) - Date.parse(word.args[0].at) > 59 * 60_000, `said to be an hour later at least: ${JSON.stringify(word)}`);
    }
    await card.getByRole('button', { name: w('say.forget'), exact: true }).click();
    await until('the word is forgotten', async () => !(await wang()).presence.signs?.some((l) => l.key.includes('.said')));
    const slider = page.getByRole('slider', { name: w('climate.saving') });
    const kept = page.waitForResponse((r) => r.request().method() === 'PUT' && r.ok());
    await slider.fill((await slider.inputValue()) === '70' ? '30' : '70');
    await kept;
  });

  test('energy is read by device and by room, for a day and longer', async () => {
    const { page } = at;
    await at.go('/energy');
    await page.getByText(w('energy.now')).waitFor();
    for (const span of ['week', 'month', 'day']) await page.getByRole('radiogroup', { name: w('energy.span') }).locator('label').filter({ hasText: new RegExp(`^\\s*${w(`energy.${span}`)}\\s*$`) }).click();
    await page.getByRole('radiogroup', { name: w('energy.by') }).locator('label', { hasText: w('energy.by.room') }).click();
    await page.locator('main a[href^="/rooms/"]').first().waitFor();
  });

  test('everything of a day is done with the keyboard alone', async () => {
    const { page } = at;
    await at.go('/');
    const lamp = w.called(await hub.named('Hall lamp'));
    await page.evaluate(() => document.activeElement?.blur());
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') || document.activeElement?.textContent?.trim() || '');
    const tabTo = async (what) => {
      for (let i = 0; i < 120; i++) {
        await page.keyboard.press('Tab');
        if ((await focused()).startsWith(what)) return;
      }
      assert.fail(`${what} is not reached with Tab`);
    };
    await tabTo(w('skip'));
    await page.keyboard.press('Enter');
    const before = await value('Hall lamp', 'on_off.on');
    await tabTo(`${lamp}: `);
    await page.keyboard.press('Enter');
    await until('the hall lamp', async () => (await value('Hall lamp', 'on_off.on')) !== before);
    await tabTo(`${w('details')}: ${lamp}`);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: lamp }).waitFor();
    await tabTo(w.attribute('level.level'));
    const level = await value('Hall lamp', 'level.level');
    await page.keyboard.press(level > 50 ? 'ArrowLeft' : 'ArrowRight');
    await until('another level', async () => (await value('Hall lamp', 'level.level')) !== level);
  });

  test('the language is changed in the app, and everything with it', async () => {
    const { page } = at;
    await at.go('/settings');
    const lamp = await hub.named('Floor lamp');
    for (const [own, title, home, name] of [['中文', '设置', '家', lamp.names.zh], ['English', 'Settings', 'Home', 'Floor lamp']]) {
      await page.getByRole('button', { name: own }).click();
      await page.getByRole('heading', { name: title, exact: true, level: 1 }).waitFor();
      await page.getByRole('link', { name: home, exact: true }).click();
      await page.getByText(name).first().waitFor();
      await page.getByRole('link', { name: title, exact: true }).click();
    }
    await page.getByRole('button', { name: at.lang === 'zh' ? '中文' : 'English' }).click();
    await page.getByRole('heading', { name: w('settings'), exact: true, level: 1 }).waitFor();
  });
});
