// The app writes values, and names what it says, as the hub's own catalogue has it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { open, shut } from './browser.mjs';
import { serveModule } from './module.mjs';

const src = new URL('../src/', import.meta.url).pathname;
const texts = JSON.parse(readFileSync(join(src, 'generated/en.json'), 'utf8')).texts;
const sources = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((e) => e.isFile() && /\.(svelte|ts)$/.test(e.name) && !e.name.endsWith('.d.ts'))
  .map((e) => ({ name: e.name, text: readFileSync(join(e.parentPath, e.name), 'utf8') }));

test('every message that the app asks for is in the catalogue', () => {
  for (const { name, text } of sources) {
    for (const [, key] of text.matchAll(/\bt\('([\w.]+)'/g)) assert.ok(`web.${key}` in texts, `${name}: web.${key}`);
    for (const [, key] of text.matchAll(/\bmessage\('([\w.]+)'/g)) assert.ok(key in texts, `${name}: ${key}`);
  }
});

test('every message of the app in the catalogue is asked for', () => {
  const all = sources.map((s) => s.text).join('\n');
  const stems = [...all.matchAll(/\b(?:t|message)\(`([\w.]*)\$\{/g)].map(([, s]) => s);
  for (const key of Object.keys(texts).filter((k) => k.startsWith('web.'))) {
    const own = key.slice(4).replace(/\.one$/, '');
    const used = all.includes(`'${own}'`) || stems.some((s) => s && own.startsWith(s)) || all.includes(`'${key}'`) || own.endsWith('.about') || /^setup\.\w+(\.(title|how))?$/.test(own) || /\.may$/.test(own) || own.startsWith('status.');
    assert.ok(used, `${key} is never shown`);
  }
});

test('values read in the app as the hub writes them', async (t) => {
  const vectors = JSON.parse(readFileSync(new URL('generated/values.json', import.meta.url), 'utf8'));
  const site = await serveModule();
  t.after(() => site.close());
  const { page, close } = await open(site.url);
  t.after(close);
  for (const lang of ['en', 'zh']) {
    const got = await page.evaluate(async ([lang, vectors]) => {
      const m = await import('/module.js');
      await m.speak(lang);
      return vectors.map((v) => m.formatValue(v.property, v.value));
    }, [lang, vectors]);
    vectors.forEach((v, i) => assert.equal(got[i], v.text[lang], `${lang} ${v.property.attribute} ${JSON.stringify(v.value)}`));
  }
});

after(shut);
