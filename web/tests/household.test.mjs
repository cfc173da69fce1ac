// What a household does beside devices and scenes: a guest's key in a browser, timers that were set by voice, when a scene comes
// next, and a history that is looked at without a mouse.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, shut, sizes } from './browser.mjs';
import { demoHouse, until } from './house.mjs';
import { words } from './looks.mjs';

let hub;
before(async () => (hub = await demoHouse()));
after(async () => {
  await shut();
  await hub.stop();
});

test('a guest opens the app with a key and sees the room that it is for', async (t) => {
  const key = await hub.api('POST', 'tokens', { name: 'Guest', rooms: ['living'] });
  const { page, context, close } = await open(hub.url, { lang: 'zh', size: sizes.phone, path: `/#key=${key.secret}` });
  t.after(close);
  await page.locator('.room').first().waitFor();
  assert.equal(await page.locator('.room').count(), 1);
  assert.equal(new URL(page.url()).hash, '', 'the key stays in no address');
  assert.equal((await context.cookies()).filter((c) => c.httpOnly).length, 1);
});

test('what was put off by voice is seen and ended', async (t) => {
  const w = words('en');
  await hub.api('POST', '../v1/converse', { text: 'turn on the hall lamp every weekday at 7 am' });
  const { page, close } = await open(hub.url, { path: '/scenes' });
  t.after(close);
  const what = 'turn on the hall lamp';
  await page.getByText('From Monday to Friday').waitFor();
  await page.getByRole('button', { name: w('timers.end', what), exact: true }).click();
  await until('no timer', async () => !(await hub.api('GET', '../v1/timers')).length);
  await page.getByText(w('timers')).waitFor({ state: 'detached' });
});

test('a room is put on a floor', async (t) => {
  const w = words('en');
  const { page, close } = await open(hub.url, { path: '/settings/rooms' });
  t.after(close);
  await page.locator('summary', { hasText: 'Bedroom' }).click();
  const field = page.getByRole('textbox', { name: `${w('rooms.floor')}: ${w('name.all')}`, exact: true }).and(page.locator('details[open] input'));
  await field.fill('Upstairs');
  await field.press('Enter');
  await page.locator('summary', { hasText: 'Upstairs' }).waitFor();
  const bedroom = (await hub.api('GET', 'rooms')).find((r) => r.id === 'bedroom');
  assert.deepEqual([bedroom.floor, bedroom.names.zh], [{ '': 'Upstairs' }, '卧室']);
});

test('a scene tells when it comes next', async (t) => {
  await hub.api('PUT', 'scenes/clockwork', { names: { '': 'Clockwork' }, when: [{ at: '07:00' }], then: [{ notify: 'Good morning' }] });
  t.after(() => hub.api('DELETE', 'scenes/clockwork'));
  const { page, close } = await open(hub.url, { path: '/scenes' });
  t.after(close);
  await page.getByRole('listitem').filter({ hasText: 'Clockwork' }).getByText(/next .*07:00/).waitFor();
});

test('a history is looked at closer with the keyboard, and the focus goes back after a question', async (t) => {
  const w = words('en');
  const { page, close } = await open(hub.url, { path: `/devices/${(await hub.named('Bedroom thermometer')).id}` });
  t.after(close);
  const closer = page.getByRole('button', { name: w('graph.closer'), exact: true });
  await closer.focus();
  await page.keyboard.press('Enter');
  const out = page.getByRole('button', { name: w('graph.out'), exact: true });
  await until('a closer look', () => out.isEnabled());
  await page.getByText(w('device.replace')).click();
  const removing = page.getByRole('button', { name: w('device.remove'), exact: true });
  await removing.click();
  await page.locator('dialog[open]').waitFor();
  await page.keyboard.press('Escape');
  await until('the focus where it was', () => removing.evaluate((e) => e === document.activeElement));
});
