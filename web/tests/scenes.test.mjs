// Scenes: from a template by the form, as text and back without losing a comment, tried, asked why, run, and removed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, fits } from './axe.mjs';
import { open, reach, shut, sizes } from './browser.mjs';
import { demoHouse, until } from './house.mjs';
import { looks } from './looks.mjs';

let hub;
before(async () => (hub = await demoHouse()));
after(async () => {
  await shut();
  await hub.stop();
});

const words = {
  en: { add: 'New scene', template: 'Light by movement', save: 'Save', saved: 'Saved', text: 'Text', form: 'Form', anyway: 'Save anyway', tryIt: 'Try on last week', why: 'Why or why not?', run: 'Run', remove: 'Remove', step: 'Add a step', wait: 'wait' },
  zh: { add: '新场景', template: '人来灯亮', save: '保存', saved: '已保存', text: '文本', form: '表单', anyway: '仍然保存', tryIt: '用过去一周试运行', why: '为什么？', run: '运行', remove: '移除', step: '添加步骤', wait: 'wait' },
};

for (const { lang, size, theme } of looks) {
  test(`a scene is made, changed in both views, tried, explained, run and removed (${lang}, ${size})`, async (t) => {
    const w = words[lang];
    const { page, close } = await open(hub.url, { lang, theme, size: sizes[size], path: '/scenes' });
    t.after(close);
    const look = async (where) => assert.deepEqual([...(await fits(page, where)), ...(await accessible(page, where))], []);
    const known = (await hub.api('GET', 'scenes')).length;
    await page.getByRole('button', { name: w.add }).click();
    await page.getByRole('link', { name: new RegExp(`^${w.template}`) }).click();
    await page.getByRole('heading', { name: w.template }).waitFor();
    await look('the form');
    await page.getByLabel(w.step).last().selectOption('wait');
    const save = async () => {
      // What is kept is what the hub answered to: a word of an earlier saving may still be there.
      let put = false;
      const kept = page.waitForResponse((r) => r.request().method() === 'PUT' && r.url().includes('/api/scenes/') && r.ok()).then(() => (put = true));
      await page.getByRole('button', { name: w.save, exact: true }).click();
      const anyway = page.getByRole('button', { name: w.anyway });
      await until('the scene is kept', async () => put || (await anyway.isVisible()));
      if (!put) await anyway.click(); // it switches the lamp that the demo's own scene does
      await kept;
      await page.getByText(w.saved).first().waitFor();
    };
    await save();
    const scene = await until('the scene', async () => (await hub.api('GET', 'scenes')).find((s) => s.id.startsWith('scene-')));
    assert.deepEqual(scene.document.then.at(-1), { wait: '5m' });
    assert.equal((await hub.api('GET', 'scenes')).length, known + 1);

    await page.locator('label', { hasText: w.text }).first().click();
    const area = page.getByRole('textbox', { name: w.text });
    const text = await area.inputValue();
    assert.ok(text.includes('wait: 5m'), text);
    await area.fill(`# a comment of the household\n${text.replace('wait: 5m', 'wait: 7m # long enough')}`);
    await save();
    await page.locator('label', { hasText: w.form }).first().click();
    await page.getByLabel(w.step).last().selectOption('stop');
    await save();
    const kept = (await hub.api('GET', `scenes/${scene.id}/text`)).text;
    assert.ok(kept.includes('# a comment of the household') && kept.includes('# long enough') && /stop: true/.test(kept), kept);

    await page.locator('label', { hasText: w.text }).first().click();
    await area.fill(kept.replace('when:', 'whenever:'));
    await page.getByRole('button', { name: w.save, exact: true }).click();
    await page.getByRole('alert').getByText('whenever').first().waitFor();
    await area.fill(kept);
    await page.getByRole('button', { name: w.tryIt }).click();
    await page.locator('.days').waitFor();
    await look('the trial');
    await page.getByRole('button', { name: w.why }).click();
    await page.getByRole('heading', { name: w.why }).waitFor();
    await page.getByRole('button', { name: w.remove, exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: w.remove }).click();
    await until('no scene', async () => (await hub.api('GET', 'scenes')).length === known);
  });
}

test('every kind of step, condition and trigger has a form, and the text keeps its comments', async (t) => {
  const lamp = (await hub.named('Floor lamp')).id;
  const hall = (await hub.named('Hall lamp')).id;
  const text = `# of the household
names: {"": Everything}
when:
  - {webhook: doorbell} # the bell
  - {topic: doorbell/ring, payload: "1"}
  - {mode: night}
if:
  - {mode: [home, night]} # twice
then:
  - {capture: before, device: ${lamp}}
  - repeat: # again
      times: 2
      while: {device: ${lamp}, attribute: on_off.on, is: true}
      do:
        - wait: 2s
  - choose:
      - if: {mode: night}
        then:
          - {device: ${lamp}, set: {on_off.on: true}}
    else:
      - {devices: [${lamp}, ${hall}], set: {on_off.on: false}}
  - {notify: {en: The bell, zh: 门铃}}
  - {restore: before}
`;
  await hub.api('PUT', 'scenes/everything/text', { text });
  t.after(() => hub.api('DELETE', 'scenes/everything'));
  const { page, close } = await open(hub.url, { path: '/scenes/everything', size: sizes.small });
  t.after(close);
  await page.getByRole('heading', { name: 'Everything' }).waitFor();
  await page.getByRole('textbox', { name: 'Webhook' }).fill('side-door');
  assert.equal(await page.locator('.part code:not(.tiny)').count(), 0, 'something is shown as code');
  await page.getByLabel('with the text').fill('2');
  await page.getByRole('group', { name: 'Mode of the house' }).last().getByRole('checkbox', { name: 'Away' }).check();
  await page.getByLabel('at most', { exact: true }).fill('4');
  await page.getByLabel('中文', { exact: true }).fill('有人按门铃');
  await page.getByLabel('Remembered as').first().press('Tab');
  assert.deepEqual([...(await fits(page, 'every step')), ...(await accessible(page, 'every step'))], []);
  const kept = page.waitForResponse((r) => r.request().method() === 'PUT' && r.ok());
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const anyway = page.getByRole('button', { name: 'Save anyway' });
  let put = false;
  void kept.then(() => (put = true));
  await until('the scene is kept', async () => put || (await anyway.isVisible()));
  if (!put) await anyway.click();
  await kept;
  const now = (await hub.api('GET', 'scenes/everything/text')).text;
  for (const piece of ['# of the household', '# the bell', '# again', '# twice', 'side-door', '有人按门铃', 'times: 4', 'away']) assert.ok(now.includes(piece), `${piece} is not in\n${now}`);
  const doc = (await hub.api('GET', 'scenes/everything')).document;
  assert.equal(doc.when[1].payload, '2');
  assert.deepEqual(doc.then.map((s) => Object.keys(s)[0]), ['capture', 'repeat', 'choose', 'notify', 'restore']);
});

test('what commands take has a form by its type, and round-trips with the text', async (t) => {
  const [lamp, trv] = await Promise.all(['Floor lamp', 'Living room radiator'].map(async (n) => (await hub.named(n)).id));
  const text = `# of the household
names: {"": Commands}
then:
  - {device: ${lamp}, command: level.step, args: {delta: 10, transition: 2}} # brighter
  - {device: ${lamp}, command: color.set_hs, args: {hue: 120, saturation: 50}}
  - {device: ${trv}, command: thermostat.raise_lower, args: {delta: -1}}
  - {device: ${lamp}, command: on_off.toggle}
`;
  await hub.api('PUT', 'scenes/commands/text', { text });
  t.after(() => hub.api('DELETE', 'scenes/commands'));
  const { page, close } = await open(hub.url, { path: '/scenes/commands', size: sizes.small });
  t.after(close);
  await page.getByRole('spinbutton', { name: 'Change' }).first().fill('20');
  await page.getByRole('spinbutton', { name: 'Transition' }).first().fill('');
  await page.getByRole('spinbutton', { name: 'Transition' }).first().press('Tab');
  await page.getByLabel('Colour', { exact: true }).last().fill('#ff0000');
  const command = page.getByLabel('Command', { exact: true });
  await command.nth(2).selectOption('thermostat.set_mode');
  await page.getByLabel('Mode', { exact: true }).selectOption({ index: 1 });
  await command.nth(3).selectOption('level.set_level'); // what it needs is filled in
  await page.getByRole('spinbutton', { name: 'Brightness' }).fill('35');
  await page.getByRole('spinbutton', { name: 'Brightness' }).press('Tab');
  assert.deepEqual([...(await fits(page, 'commands')), ...(await accessible(page, 'commands'))], []);
  let put = false;
  const kept = page.waitForResponse((r) => r.request().method() === 'PUT' && r.ok()).then(() => (put = true));
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const anyway = page.getByRole('button', { name: 'Save anyway' });
  await until('the scene is kept', async () => put || (await anyway.isVisible()));
  if (!put) await anyway.click();
  await kept;
  const doc = (await hub.api('GET', 'scenes/commands')).document;
  assert.deepEqual(doc.then.map((s) => [s.command, s.args]).filter(([c]) => c !== 'thermostat.set_mode'), [['level.step', { delta: 20 }], ['color.set_hs', { hue: 0, saturation: 100 }], ['level.set_level', { level: 35 }]]);
  assert.ok(doc.then[2].args.mode);
  const now = (await hub.api('GET', 'scenes/commands/text')).text;
  assert.ok(now.includes('# of the household') && now.includes('# brighter'), now);
});

test('a scene is made with the keyboard alone', async (t) => {
  const { page, close } = await open(hub.url, { path: '/scenes' });
  t.after(close);
  await page.getByRole('heading', { name: 'Scenes' }).waitFor();
  const known = new Set((await hub.api('GET', 'scenes')).map((s) => s.id));
  const to = (what) => reach(page, what);
  await to(page.getByRole('button', { name: 'New scene' }));
  await page.keyboard.press('Enter');
  await to(page.getByRole('link', { name: /^Light by movement/ }));
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Light by movement' }).waitFor();
  await to(page.getByLabel('Add a step').last());
  await page.keyboard.press('w'); // Wait
  await page.keyboard.press('Enter');
  const wait = page.getByRole('spinbutton', { name: 'Wait', exact: true }).last();
  await to(wait);
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('7');
  let put = false;
  const kept = page.waitForResponse((r) => r.request().method() === 'PUT' && r.url().includes('/api/scenes/') && r.ok()).then(() => (put = true));
  await to(page.getByRole('button', { name: 'Save', exact: true }));
  await page.keyboard.press('Enter');
  const anyway = page.getByRole('button', { name: 'Save anyway' });
  await until('the scene is kept', async () => put || (await anyway.isVisible()));
  if (!put) {
    await to(anyway);
    await page.keyboard.press('Enter');
  }
  await kept;
  const scene = (await hub.api('GET', 'scenes')).find((s) => !known.has(s.id));
  t.after(() => hub.api('DELETE', `scenes/${scene.id}`));
  assert.deepEqual(scene.document.then.at(-1), { wait: '7m' });
});
