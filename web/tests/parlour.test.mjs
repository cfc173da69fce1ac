// Players, robots and locks with codes: what a plugin's devices can do has its controls and its forms, in each language and size.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { shut } from './browser.mjs';
import { demoHouse, until } from './house.mjs';
import { inEveryLook } from './looks.mjs';

let hub;
before(async () => {
  hub = await demoHouse({ args: ['--demo', '--developer'] });
  await hub.api('POST', 'plugin-folders', { folder: fileURLToPath(new URL('parlour', import.meta.url)) });
  await until('its devices', async () => (await hub.named('Garden gate')) && (await hub.named('Robot')) && (await hub.named('Player')));
});
after(async () => {
  await shut();
  await hub.stop();
});

const value = async (name, attribute) => (await hub.named(name)).endpoints.flatMap((e) => e.attributes).find((a) => a.attribute === attribute)?.value;
const is = (name, attribute, want) => until(`${attribute} of ${name}`, async () => JSON.stringify(await value(name, attribute)) === JSON.stringify(want));

inEveryLook(() => hub, (at) => {
  const { w } = at;
  const visit = async (name) => at.go(`/devices/${(await hub.named(name)).id}`);
  const press = (c) => at.page.locator('main').getByRole('button', { name: w.command(c), exact: true }).click();
  const form = async (c) => {
    await at.page.locator('summary', { hasText: w.command(c) }).click();
    return at.page.getByRole('form', { name: w.command(c) });
  };

  test('music is played, made louder, taken from another input and from another moment', async () => {
    await visit('Player');
    await press('media_playback.play');
    await is('Player', 'media_playback.state', 'playing');
    await at.page.getByRole('slider', { name: w.attribute('audio_volume.volume') }).fill('45');
    await is('Player', 'audio_volume.volume', 45);
    await at.page.getByRole('radiogroup', { name: w.attribute('media_input.input') }).locator('label', { hasText: 'hdmi1' }).click();
    await is('Player', 'media_input.input', 'hdmi1');
    const seek = await form('media_playback.seek');
    await seek.getByRole('spinbutton').fill('90');
    await seek.getByRole('spinbutton').press('Tab');
    await seek.getByRole('button', { name: w('do.it') }).click();
    await is('Player', 'media_playback.position', 90);
    await press('media_playback.pause');
    await is('Player', 'media_playback.state', 'paused');
    await hub.api('POST', `devices/${(await hub.named('Player')).id}/commands`, { set: { 'audio_volume.volume': 30, 'media_input.input': 'radio' }, wait: true });
  });

  test('a robot is sent out to rooms by their names, and home again', async () => {
    await visit('Robot');
    await at.page.getByRole('checkbox', { name: 'Hall floor' }).check();
    await is('Robot', 'service_area.selected', ['1', '2']);
    await press('robot_vacuum.start');
    await is('Robot', 'robot_vacuum.state', 'cleaning');
    await press('robot_vacuum.dock');
    await is('Robot', 'robot_vacuum.state', 'docked');
    await at.page.getByRole('checkbox', { name: 'Hall floor' }).uncheck();
    await is('Robot', 'service_area.selected', ['1']);
  });

  test('a lock is given a user and a code, which does not stay on the page', async () => {
    await visit('Garden gate');
    await at.page.locator('summary', { hasText: w('device.settings') }).click();
    const id = `${at.lang}-${at.size}`;
    const user = await form('lock_access.set_user');
    await user.getByRole('textbox').nth(0).fill(id);
    await user.getByRole('textbox').nth(1).fill('Wang');
    await user.getByRole('textbox').nth(1).press('Tab');
    await user.getByRole('button', { name: w('do.it') }).click();
    await is('Garden gate', 'lock_access.users', [{ id, name: 'Wang' }]);
    const code = await form('lock_access.set_credential');
    const send = code.getByRole('button', { name: w('do.it') });
    assert.ok(await send.isDisabled(), 'a code for nobody can be sent');
    const sent = at.page.waitForRequest((r) => r.method() === 'POST' && r.url().endsWith('/commands'));
    for (const [n, text] of [['0', '7'], ['1', id], ['2', '482913']]) {
      await code.getByRole('textbox').nth(Number(n)).fill(text);
      await code.getByRole('textbox').nth(Number(n)).press('Tab');
    }
    await send.click();
    const { command, args } = (await sent).postDataJSON();
    assert.deepEqual([command, args], ['lock_access.set_credential', { id: '7', user: id, kind: 'pin', secret: '482913' }]);
    await until('an empty form', async () => (await code.getByRole('textbox').nth(2).inputValue()) === '');
    assert.ok(!(await at.page.locator('main').innerText()).includes('482913'));
  });
});
