// What a household does for the hub itself: backups and restore, plugins, speakers and other ecosystems, HomeKit accessories.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { freePort, hubBinary } from '../scripts/hub.mjs';
import { open, shut } from './browser.mjs';
import { demoHouse, until } from './house.mjs';
import { newKey, release } from './release.mjs';

let hub;
let bridge; // its port
before(async () => {
  bridge = await freePort();
  hub = await demoHouse({ args: ['--demo', '--developer', '--homekit', `127.0.0.1:${bridge}`] });
});
after(async () => {
  await shut();
  await hub.stop();
});

test('a backup is made and proven, and puts the house back without loading the page', async (t) => {
  const { page, close } = await open(hub.url, { path: '/settings/system' });
  t.after(close);
  await page.getByRole('button', { name: 'Make a backup now' }).click();
  const restore = page.getByRole('button', { name: /^Restore:/ });
  await restore.waitFor();
  const [made] = await hub.api('GET', 'backups');
  assert.ok(made.bytes > 1000 && made.facts > 0 && made.files >= 2, JSON.stringify(made));
  const got = await fetch(`${hub.url}/api/backups/${made.name}`, { headers: { Authorization: `Bearer ${hub.token()}` } });
  assert.equal((await got.arrayBuffer()).byteLength, made.bytes);
  await hub.api('PUT', 'rooms/cellar', { names: { '': 'Cellar' } });
  await page.evaluate(() => (window.sameLoad = true));
  await restore.click();
  await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click();
  await until('the house as it was', async () => !(await hub.api('GET', 'rooms').catch(() => [{ id: 'cellar' }])).some((r) => r.id === 'cellar'));
  await until('a page that is live again', () => page.evaluate(() => !document.querySelector('[role=alert]')));
  assert.ok(await page.evaluate(() => window.sameLoad), 'the page was loaded anew');
  await page.getByText("The hub's log").click();
  await page.getByText('a backup was restored').first().waitFor();
  const [link] = await page.getByRole('link', { name: 'Download diagnostics' }).all();
  const bundle = await fetch(hub.url + (await link.getAttribute('href')), { headers: { Authorization: `Bearer ${hub.token()}` } }).then((r) => r.json());
  assert.ok(bundle.devices.length >= 19 && bundle.adapters.length > 3);
  assert.ok(!JSON.stringify(bundle).includes('Floor lamp'), 'a name is in the bundle');
});

test('backups are made by a schedule that the household sets', async (t) => {
  const { page, close } = await open(hub.url, { path: '/settings/system' });
  t.after(close);
  await page.getByText(/^Every day at 03:30/).click();
  await page.getByLabel('Days kept').fill('9');
  await page.getByLabel('Days kept').press('Tab');
  await until('nine days', async () => (await hub.api('GET', 'backup-schedule')).schedule.daily === 9);
  await page.getByText(/of each of 9 days/).waitFor();
  await page.getByRole('switch', { name: 'Backups by themselves' }).click();
  await page.getByText('None is made by itself.').waitFor();
  assert.equal((await hub.api('GET', 'backup-schedule')).next, undefined);
});

test('a newer hub is taken from a file only when it is signed with the pinned key', async (t) => {
  const key = newKey();
  execFileSync(hubBinary(), ['update', 'pin', key.public, '--data', hub.dir]);
  const { page, close } = await open(hub.url, { path: '/settings/system' });
  t.after(close);
  const choose = page.getByLabel('Choose a release file…');
  await choose.setInputFiles(release(newKey()));
  await page.getByText(/is not signed with the key/).waitFor();
  await choose.setInputFiles(release(key));
  await page.getByText('v9.9.9 lies ready').waitFor();
  await page.getByRole('button', { name: 'Update now' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Update now' }).click();
  await page.getByText('it does not open a copy of this house').waitFor(); // so nothing is replaced
  await page.getByRole('button', { name: 'Discard' }).click();
  await until('nothing lies ready', async () => !(await hub.api('GET', 'update')).ready);
});

test('each adapter is shown beside its budgets', async (t) => {
  await hub.api('POST', `devices/${(await hub.named('Floor lamp')).id}/commands`, { command: 'on_off.toggle', wait: true });
  const { page, close } = await open(hub.url, { path: '/settings/system' });
  t.after(close);
  await page.getByText(/\d+ ms on average, budget [\d,]+ ms/).first().waitFor();
});

test('a plugin is configured by the form of its schema, switched off and on, and heard', async (t) => {
  await hub.api('POST', 'plugin-folders', { folder: fileURLToPath(new URL('../../plugins/examples/heater', import.meta.url)) });
  const { page, close } = await open(hub.url, { path: '/settings/plugins', lang: 'zh' });
  t.after(close);
  await page.getByRole('link', { name: /北欧取暖器/ }).click();
  const now = () => hub.api('GET', 'plugins/nordic-heater');
  await page.getByLabel('查询间隔（秒）').fill('9');
  await page.getByLabel('令牌').fill('very-secret-token');
  await page.getByRole('button', { name: '保存' }).click();
  await until('the configuration', async () => (await now()).config?.pollSeconds === 9);
  assert.ok(!JSON.stringify(await now()).includes('very-secret'), 'the secret is shown');
  await page.reload();
  await page.getByLabel('查询间隔（秒）').waitFor();
  assert.equal(await page.getByLabel('令牌').inputValue(), '•••');
  await page.getByLabel('查询间隔（秒）').fill('8');
  await page.getByRole('button', { name: '保存' }).click();
  await until('the second configuration', async () => (await now()).config?.pollSeconds === 8);
  await page.getByLabel('查询间隔（秒）').fill('9999');
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByText('插件未被接受').waitFor(); // the schema refuses it, with the reason
  await page.getByRole('switch', { name: '启用' }).click();
  await until('the plugin is off', async () => (await now()).state === 'disabled');
  await page.getByText('已停用').waitFor();
  await page.getByRole('switch', { name: '启用' }).click();
  await until('the plugin is on', async () => (await now()).state !== 'disabled');
  await page.getByText('插件日志').click();
  await page.getByRole('button', { name: '重试' }).waitFor();
});

test('Apple Home has its code, a platform is let link, and what each sees is chosen', async (t) => {
  const { page, close } = await open(hub.url, { path: '/settings/speakers' });
  t.after(close);
  const [b] = await hub.api('GET', 'homekit/bridges');
  await page.getByText(b.code).waitFor();
  await page.getByRole('img', { name: /^Code to scan with Apple Home/ }).waitFor();
  await page.getByText(/^What Apple Home sees/).click();
  await page.getByRole('switch', { name: 'Show in Apple Home: Floor lamp' }).click();
  await until('the lamp is hidden', async () => (await hub.api('GET', 'homekit/things')).find((x) => x.name === 'Floor lamp')?.shown === false);
  await page.getByRole('button', { name: 'Let a platform link' }).click();
  await page.getByRole('dialog').getByLabel('Platform', { exact: true }).selectOption('alexa');
  await page.getByLabel('Redirect addresses').fill('https://layla.example/api/skill/link/M1');
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
  await page.getByText('Client secret').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await page.getByRole('heading', { name: 'Alexa' }).waitFor();
  // Each platform says of each device whether it takes it, and why not; what it shows is chosen device by device.
  await page.getByText(/^It sees \d+ of \d+ devices/).click();
  await page.getByRole('switch', { name: 'Show to Alexa: Floor lamp' }).click();
  const sees = async (platform, name) => (await fetch(`${hub.url}/v1/voice/platforms`, { headers: { Authorization: `Bearer ${hub.token()}` } }).then((r) => r.json())).find((p) => p.platform === platform).devices.find((d) => d.name === name);
  await until('Alexa no longer sees the lamp', async () => (await sees('alexa', 'Floor lamp')).shown === false);
  assert.equal((await sees('google', 'Floor lamp')).shown, true);
  await page.getByText('What other platforms would see').click();
  for (const [id, name] of [['aligenie', 'Tmall Genie'], ['dueros', 'Xiaodu (DuerOS)'], ['xiaowei', 'Xiaowei'], ['jdwhale', 'JD Whale'], ['miot', 'XiaoAi (Mi Home)'], ['yandex', 'Yandex Alice'], ['dingdong', 'DingDong']]) {
    await page.getByLabel('Platform', { exact: true }).selectOption(id);
    await page.getByText(/^It would see \d+ of \d+ devices/).waitFor();
    await page.getByRole('switch', { name: new RegExp(`^Show to ${name.replace(/[()]/g, '\\$&')}: `) }).or(page.getByText('Yandex takes names of Cyrillic letters')).first().waitFor();
  }
  await page.getByRole('switch', { name: 'Homie' }).click();
  await until('Homie', async () => (await hub.api('GET', 'mqtt/publish')).homie);
});

test('a HomeKit accessory is paired with its code: here another hub\'s bridge', async (t) => {
  const other = await demoHouse({ args: ['--demo', '--homekit', '127.0.0.1:0'] });
  t.after(() => other.stop());
  const b = await until('the bridge', async () => (await other.api('GET', 'homekit/bridges')).find((x) => x.port));
  const { page, close } = await open(hub.url, { path: '/settings/add' });
  t.after(close);
  const known = (await hub.devices()).length;
  await page.getByRole('button', { name: 'One that is not listed' }).click();
  await page.getByLabel('Address, host and port').fill(`127.0.0.1:${b.port}`);
  await page.getByLabel('HomeKit code').fill(b.code);
  await page.getByRole('button', { name: 'Pair', exact: true }).click();
  await until('its devices', async () => (await hub.devices()).length > known + 5);
  await page.getByText('connected', { exact: true }).waitFor();
  assert.equal((await other.api('GET', 'homekit/bridges'))[0].controllers, 1);
});
