// Scenes: from a template by the form, as text and back without losing a comment, tried, asked why, run, and removed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, fits } from './axe.mjs';
import { open, shut, sizes } from './browser.mjs';
import { demoHouse, until } from './house.mjs';

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

for (const [lang, size] of [['en', 'desk'], ['zh', 'phone']]) {
  test(`a scene is made, changed in both views, tried, explained, run and removed (${lang}, ${size})`, async (t) => {
    const w = words[lang];
    const { page, close } = await open(hub.url, { lang, size: sizes[size], path: '/scenes' });
    t.after(close);
    const look = async (where) => assert.deepEqual([...(await fits(page, where)), ...(await accessible(page, where))], []);
    const known = (await hub.api('GET', 'scenes')).length;
    await page.getByRole('button', { name: w.add }).click();
    await page.getByRole('link', { name: new RegExp(`^${w.template}`) }).click();
    await page.getByRole('heading', { name: w.template }).waitFor();
    await look('the form');
    await page.getByLabel(w.step).last().selectOption('wait');
    const save = async () => {
      await page.getByRole('button', { name: w.save, exact: true }).click();
      const anyway = page.getByRole('button', { name: w.anyway });
      await page.getByText(w.saved).or(anyway).first().waitFor();
      if (await anyway.isVisible()) await anyway.click(); // it switches the lamp that the demo's own scene does
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
