// What a household does for the hub itself: backups and restore, updates, plugins, speakers and other ecosystems, HomeKit
// accessories, devices that are there twice. Each flow in each language; its steps are looked at in every size.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort, hubBinary } from '../scripts/hub.mjs';
import { shut } from './browser.mjs';
import { demoHouse, until } from './house.mjs';
import { inEachLanguage } from './looks.mjs';
import { publish } from './mqtt.mjs';
import { newKey, release } from './release.mjs';

const [key, strangers] = [newKey(), newKey()];
let [hub, other] = []; // other is another house, whose bridge is a HomeKit accessory
before(async () => {
  [hub, other] = await Promise.all([0, 0].map(async () => demoHouse({ args: ['--demo', '--developer', '--homekit', `127.0.0.1:${await freePort()}`] })));
  execFileSync(hubBinary(), ['update', 'pin', key.public, '--data', hub.dir]);
  await hub.api('POST', 'plugin-folders', { folder: fileURLToPath(new URL('../../plugins/examples/heater', import.meta.url)) });
});
after(async () => {
  await shut();
  await Promise.all([hub.stop(), other.stop()]);
});

const asked = (path) => fetch(hub.url + path, { headers: { Authorization: `Bearer ${hub.token()}` } });
const sighted = async (platform, name) => (await asked('/v1/voice/platforms').then((r) => r.json())).find((p) => p.platform === platform).devices.find((d) => d.name === name);

inEachLanguage(() => hub, (at) => {
  const { w } = at;

  test('a backup is made and proven, and puts the house back without loading the page', async () => {
    const { page } = at;
    await at.go('/settings/system');
    const known = (await hub.api('GET', 'backups')).length;
    await at.button('backups.make').click();
    const restore = page.getByRole('button', { name: new RegExp(`^${w('backups.restore')}: `) });
    await until('the backup', async () => (await restore.count()) === known + 1);
    await at.sizes('backups', restore.first(), at.button('backups.make'));
    const [made] = await hub.api('GET', 'backups');
    assert.ok(made.bytes > 1000 && made.facts > 0 && made.files >= 2, JSON.stringify(made));
    assert.equal((await (await asked(`/api/backups/${made.name}`)).arrayBuffer()).byteLength, made.bytes);
    await hub.api('PUT', 'rooms/cellar', { names: { '': 'Cellar' } });
    await page.evaluate(() => (window.sameLoad = true));
    await restore.first().click();
    await at.sizes('the question before a restore', at.dialog().getByRole('button', { name: w('backups.restore'), exact: true }));
    await at.dialog().getByRole('button', { name: w('backups.restore'), exact: true }).click();
    await until('the house as it was', async () => !(await hub.api('GET', 'rooms').catch(() => [{ id: 'cellar' }])).some((r) => r.id === 'cellar'));
    await until('a page that is live again', () => page.evaluate(() => !document.querySelector('[role=alert]')));
    assert.ok(await page.evaluate(() => window.sameLoad), 'the page was loaded anew');
    await page.getByText(w('log'), { exact: true }).click();
    await page.getByText('a backup was restored').first().waitFor();
    const link = await page.getByRole('link', { name: w('diagnostics.get') }).getAttribute('href');
    const bundle = await asked(link).then((r) => r.json());
    assert.ok(bundle.devices.length >= 19 && bundle.adapters.length > 3);
    assert.ok(!JSON.stringify(bundle).includes('Floor lamp'), 'a name is in the bundle');
  });

  test('backups are made by a schedule that the household sets', async (t) => {
    const { page } = at;
    const { schedule } = await hub.api('GET', 'backup-schedule');
    t.after(() => hub.api('PUT', 'backup-schedule', schedule));
    await at.go('/settings/system');
    await page.getByText(w('backups.schedule.how', schedule.at, schedule.daily, schedule.weekly)).click();
    const days = page.getByLabel(w('backups.daily'));
    await at.sizes('the schedule', days);
    await days.fill('9');
    await days.press('Tab');
    await until('nine days', async () => (await hub.api('GET', 'backup-schedule')).schedule.daily === 9);
    await page.getByText(w('backups.schedule.how', schedule.at, 9, schedule.weekly)).waitFor();
    await page.getByRole('switch', { name: w('backups.schedule') }).click();
    await page.getByText(w('backups.schedule.off')).waitFor();
    assert.equal((await hub.api('GET', 'backup-schedule')).next, undefined);
  });

  test('a newer hub is taken from a file only when it is signed with the pinned key', async () => {
    const { page } = at;
    await at.go('/settings/system');
    const choose = page.getByLabel(w('update.choose'));
    await choose.setInputFiles(release(strangers));
    await page.getByText(w.like('phrase.it is not signed with the key that this hub takes releases of ({1}), or was changed since')).waitFor();
    await choose.setInputFiles(release(key));
    await page.getByText(w('update.ready', 'v9.9.9')).waitFor();
    await at.sizes('a release that lies ready', at.button('update.apply'), at.button('update.discard'));
    await at.button('update.apply').click();
    await at.dialog().getByRole('button', { name: w('update.apply'), exact: true }).click();
    await page.getByText(w.of('phrase.it does not open a copy of this house')).waitFor(); // so nothing is replaced
    await at.button('update.discard').click();
    await until('nothing lies ready', async () => !(await hub.api('GET', 'update')).ready);
  });

  test('each adapter is shown beside its budgets', async () => {
    await hub.api('POST', `devices/${(await hub.named('Floor lamp')).id}/commands`, { command: 'on_off.toggle', wait: true });
    await at.go('/settings/system');
    await at.page.getByText(w.like('adapters.latency')).first().waitFor();
  });

  test('a plugin is configured by the form of its schema, switched off and on, and heard', async () => {
    const { page } = at;
    const said = { en: ['Nordic heater', 'Ask every (seconds)', 'Token', 'The plugin was not taken'], zh: ['北欧取暖器', '查询间隔（秒）', '令牌', '插件未被接受'] }[at.lang];
    await at.go('/settings/plugins');
    await page.getByRole('link', { name: said[0] }).click();
    const now = () => hub.api('GET', 'plugins/nordic-heater');
    const poll = page.getByLabel(said[1]);
    const token = page.getByLabel(said[2], { exact: true });
    const save = async (seconds) => {
      await poll.fill(String(seconds));
      await at.button('save').click();
    };
    await token.fill(`very-secret-${at.lang}`);
    await at.sizes("a plugin's form", poll, at.button('save'), page.getByRole('switch', { name: w('plugins.enabled') }));
    await save(9);
    await until('the configuration', async () => (await now()).config?.pollSeconds === 9);
    assert.ok(!JSON.stringify(await now()).includes('very-secret'), 'the secret is shown');
    await at.go('/settings/plugins/nordic-heater');
    await poll.waitFor();
    assert.equal(await token.inputValue(), '•••');
    await save(8);
    await until('the second configuration', async () => (await now()).config?.pollSeconds === 8);
    await save(9999);
    await page.getByText(said[3]).waitFor(); // the schema refuses it, with the reason
    await page.getByRole('switch', { name: w('plugins.enabled') }).click();
    await until('the plugin is off', async () => (await now()).state === 'disabled');
    await page.getByText(w('plugins.state.disabled')).waitFor();
    await page.getByRole('switch', { name: w('plugins.enabled') }).click();
    await until('the plugin is on', async () => (await now()).state !== 'disabled');
    await page.getByText(w('plugins.log'), { exact: true }).click();
    await at.button('again').waitFor();
  });

  test('Apple Home has its code, a platform is let link, and what each sees is chosen', async (t) => {
    const { page } = at;
    // What a person lets link stays: each language has its own platform.
    const [platform, others] = at.lang === 'en' ? ['alexa', ['aligenie', 'dueros', 'xiaowei', 'jdwhale', 'miot', 'yandex', 'dingdong']] : ['aligenie', ['google']];
    const called = (p) => w(`speakers.platform.${p}`);
    const lamp = await hub.named('Floor lamp');
    const title = at.lang === 'en' ? 'Floor lamp' : '落地灯';
    const sees = (p) => sighted(p, lamp.name);
    const thing = async () => (await hub.api('GET', 'homekit/things')).find((x) => x.name === lamp.name);
    t.after(async () => hub.api('PUT', 'homekit/things', { key: (await thing()).key, shown: true }));
    await at.go('/settings/speakers');
    const [b] = await hub.api('GET', 'homekit/bridges');
    await page.getByText(b.code).waitFor();
    await page.getByRole('img', { name: w('speakers.apple.qr', b.name) }).waitFor();
    await page.locator('details', { hasText: w.like('speakers.apple.things') }).first().locator('summary').click();
    const show = page.getByRole('switch', { name: w('speakers.show', title) });
    await at.sizes('what Apple Home sees', show, at.button('speakers.add'), at.button('speakers.reset'));
    await show.click();
    await until('the lamp is hidden', async () => (await thing())?.shown === false);
    await at.button('speakers.add').click();
    await at.dialog().getByLabel(w('speakers.platform'), { exact: true }).selectOption(platform);
    await page.getByLabel(w('speakers.redirects')).fill('https://layla.example/api/skill/link/M1');
    await at.sizes('a platform is let link', at.dialog().getByRole('button', { name: w('add'), exact: true }));
    await at.dialog().getByRole('button', { name: w('add'), exact: true }).click();
    await page.getByText(w('speakers.client_secret')).waitFor();
    await at.sizes('what its console asks for');
    await at.dialog().getByRole('button', { name: w('close') }).click();
    await page.getByRole('heading', { name: called(platform) }).waitFor();
    // Each platform says of each device whether it takes it, and why not; what it shows is chosen device by device.
    await page.locator('.card', { has: page.getByRole('heading', { name: called(platform) }) }).getByText(w.like('speakers.sees')).click();
    await page.getByRole('switch', { name: w('speakers.show.at', called(platform), w.called(lamp)) }).click();
    await until(`${platform} no longer sees the lamp`, async () => (await sees(platform)).shown === false);
    assert.equal((await sees('google')).shown, true);
    await page.getByText(w('speakers.would')).click();
    for (const id of others) {
      await page.getByLabel(w('speakers.platform'), { exact: true }).selectOption(id);
      await page.getByText(w.like('speakers.would.see')).waitFor();
      await page.getByRole('switch', { name: w('speakers.show.at', called(id), '') }).or(page.getByText(w.of('phrase.Yandex takes names of Cyrillic letters and digits only'))).first().waitFor();
    }
    const homie = (await hub.api('GET', 'mqtt/publish')).homie;
    await page.getByRole('switch', { name: 'Homie' }).click();
    await until('Homie', async () => (await hub.api('GET', 'mqtt/publish')).homie === !homie);
  });

  test('devices that are probably one are shown with what speaks for it: one pair is joined, the other told apart', async () => {
    const { page } = at;
    const [near, far] = await Promise.all(['Bedroom window', 'Front door'].map((n) => hub.named(n)));
    // Of another system on the broker, as two sensors of the house are: one of them by its name, too.
    const id = `other_${at.lang}`;
    const announce = (device) => publish(hub.mqtt, `homeassistant/binary_sensor/${id}/config`, device ? { name: null, unique_id: id, state_topic: `other/${id}`, device_class: 'door', device: { identifiers: [id], ...device } } : '', true);
    await announce({ name: near.sources[0].name, manufacturer: 'SONOFF', model: 'SNZB-04' });
    await publish(hub.mqtt, `other/${id}`, 'ON', true);
    const source = `mqttdiscovery/ha-${id}`;
    const twin = await until('the twin', async () => (await hub.devices()).find((d) => d.sources.some((s) => s.id === source)));
    await at.go('/settings/merge');
    const of = (d) => ({ has: page.locator(`a[href="/devices/${d.id}"]`) });
    const proposal = (d) => page.locator('main section.card', of(twin)).filter(of(d)).filter({ hasText: w('merge.evidence') });
    const evidence = { name: w.of('phrase.the same name {1}', `"${near.sources[0].name}"`), vendor: w.of('phrase.the same vendor {1}', '"SONOFF"'), model: w.of('phrase.the same model {1}', '"SNZB-04"') };
    await proposal(near).waitFor();
    await proposal(far).waitFor();
    assert.deepEqual(await proposal(near).getByRole('listitem').allInnerTexts(), [evidence.name, evidence.vendor, evidence.model].map((x) => `· ${x}`));
    assert.deepEqual(await proposal(far).getByRole('listitem').allInnerTexts(), [evidence.vendor, evidence.model].map((x) => `· ${x}`));
    const press = (d, key) => proposal(d).getByRole('button', { name: w(key), exact: true });
    await at.sizes('proposals', press(near, 'merge.yes'), press(far, 'merge.no'));
    await press(far, 'merge.no').click();
    await proposal(far).waitFor({ state: 'detached' });
    await press(near, 'merge.yes').click();
    await proposal(near).waitFor({ state: 'detached' });
    const now = await until('one device', async () => (await hub.devices()).find((d) => d.id === near.id && d.sources.some((s) => s.id === source)));
    assert.deepEqual(now.names, near.names);
    assert.ok((await hub.devices()).find((d) => d.id === far.id).sources.every((s) => s.id !== source), 'what was told apart is joined');
    await page.locator('li .row', { hasText: source }).getByRole('button', { name: w('path.split') }).click();
    const parted = await until('two devices', async () => (await hub.devices()).find((d) => d.sources.length === 1 && d.sources[0].id === source));
    assert.equal((await hub.api('GET', 'proposals')).filter((p) => !p.dismissed && [p.a, p.b].includes(parted.id) && [p.a, p.b].includes(far.id)).length, 0, 'what was told apart is proposed again');
    await announce();
    await until('its end', async () => (await hub.devices()).find((d) => d.id === parted.id)?.sources.every((s) => s.gone) ?? true);
    await hub.api('DELETE', `devices/${parted.id}`);
  });

  test("a HomeKit accessory is paired with its code, here another hub's bridge, and let go again", async () => {
    const { page } = at;
    const bridge = async () => (await other.api('GET', 'homekit/bridges'))[0];
    const b = await until('the bridge', async () => (await bridge()).port && bridge());
    await at.go('/settings/add');
    const heard = async () => (await hub.devices()).flatMap((d) => d.sources).filter((s) => s.id.startsWith('homekit/') && s.reachable).length;
    await at.button('homekit.other').click();
    const [where, code, pair] = [page.getByLabel(w('homekit.where')), page.getByLabel(w('homekit.code')), at.dialog().getByRole('button', { name: w('homekit.pair'), exact: true })];
    await at.sizes('pairing', where, code, pair);
    await where.fill(`127.0.0.1:${b.port}`);
    await code.fill(b.code);
    await pair.click();
    await until('its devices', async () => (await heard()) > 5);
    await page.getByText(w('homekit.connected'), { exact: true }).waitFor();
    assert.equal((await bridge()).controllers, 1);
    await at.button('remove.it', b.name).click();
    await at.dialog().getByRole('button', { name: w('remove'), exact: true }).click();
    await until('the end of the pairing', async () => (await bridge()).controllers === 0 && (await heard()) === 0);
  });
});
