// The six ways in which a household looks at the app: in each language on a phone, a tablet and a desk, light and dark in turn.
// A flow is written once, in the catalogue's words, and walked in each of them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, describe } from 'node:test';
import { accessible, fits } from './axe.mjs';
import { open, sizes } from './browser.mjs';

export const looks = ['en', 'zh'].flatMap((lang, l) => ['phone', 'tablet', 'desk'].map((size, s) => ({ lang, size, theme: (l + s) % 2 ? 'dark' : 'light', called: `${lang}, ${size}` })));

const bundles = Object.fromEntries(['en', 'zh'].map((l) => [l, JSON.parse(readFileSync(new URL(`../src/generated/${l}.json`, import.meta.url), 'utf8'))]));

/** The words of a language: w('save') is the app's own, w.of('reach.no') any of the catalogue, w.attribute and w.command what is called so. */
export function words(lang) {
  const b = bundles[lang];
  const of = (key, ...args) => {
    const text = (args.length && String(args[0]) === '1' && b.texts[`${key}.one`]) || b.texts[key];
    assert.ok(text, `${key} is not in the catalogue`);
    return text.replace(/\{(\d)\}/g, (hole, n) => args[n - 1] ?? hole);
  };
  const known = (table) => (key) => table[key] ?? assert.fail(`${key} has no name`);
  return Object.assign((key, ...args) => of(`web.${key}`, ...args), {
    of, attribute: known(b.attributes), command: known(b.commands), option: (a, o) => b.options[a]?.[o] ?? assert.fail(`${a} has no ${o}`),
    /** A message as it is found in a page, whatever stands in its holes. */
    like: (key) => new RegExp((b.texts[`web.${key}`] ?? b.texts[key] ?? assert.fail(`${key} is not in the catalogue`)).split(/\{\d\}/).map((s) => s.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')),
    /** What a thing of the demo house is called. */
    called: (d) => (lang === 'zh' && d.names.zh) || d.names[lang] || d.names[''] || d.name,
  });
}

/** Goes to a page of the app that is open, as its links do; the page is made anew also where it was there already. */
export async function go(page, path, missing) {
  await page.evaluate(async (path) => {
    for (const to of ['/nowhere', path]) {
      history.pushState({}, '', to);
      dispatchEvent(new PopStateEvent('popstate'));
      await new Promise((r) => setTimeout(r, 20));
    }
  }, path);
  await page.locator('main h1').filter({ hasNotText: missing }).first().waitFor();
}

/** Walks flows on one page, which they share. body gets what a flow needs of it. */
function walk(hub, look, called, body) {
  describe(called, () => {
    const w = words(look.lang);
    const at = {
      ...look, w,
      go: (path) => go(at.page, path, w('missing')),
      button: (key, ...args) => at.page.getByRole('button', { name: w(key, ...args), exact: true }),
      dialog: () => at.page.getByRole('dialog'),
      /** Complains of a page that is wider than its window, or that axe has something against. */
      look: async (where) => assert.deepEqual([...(await fits(at.page, where)), ...(await accessible(at.page, where))], []),
    };
    let opened;
    before(async () => {
      opened = await open(hub().url, { ...look, size: sizes[look.size] });
      at.page = opened.page;
      await at.page.locator('.room').first().waitFor();
    });
    after(() => opened.context.close());
    afterEach(() => assert.deepEqual(opened.complaints.splice(0), [], 'the page complained'));
    body(at);
  });
}

/** Walks flows in every look. */
export function inEveryLook(hub, body) {
  for (const look of looks) walk(hub, look, look.called, body);
}

/** Complains of what does not fit in one of the sizes, of a control that is not in reach in one, and of what axe has something against. */
export async function inEverySize(page, where, ...controls) {
  const wrong = [];
  for (const size of ['phone', 'tablet', 'desk']) {
    await page.setViewportSize(sizes[size]);
    for (const c of controls) await c.click({ trial: true });
    wrong.push(...(await fits(page, `${where} (${size})`)));
  }
  assert.deepEqual([...wrong, ...(await accessible(page, where))], []);
}

/** Walks flows once in each language, and looks at their steps in every size: for flows that are the same in all of them. */
export function inEachLanguage(hub, body) {
  for (const [lang, theme] of [['en', 'light'], ['zh', 'dark']]) {
    walk(hub, { lang, theme, size: 'desk' }, lang, (at) => {
      at.sizes = (where, ...controls) => inEverySize(at.page, where, ...controls);
      body(at);
    });
  }
}
