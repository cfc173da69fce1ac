// Asks axe-core about a page. It is given to the page through the debugging protocol, since the app's policy lets no foreign script in.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Lists the violations of WCAG 2.2 A and AA and of axe's best practices. */
export async function accessible(page, where) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(source);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  return violations.flatMap((v) => v.nodes.slice(0, 4).map((n) => `${where}: ${v.id}: ${n.html.slice(0, 160)} — ${n.failureSummary.split('\n').slice(1).join('; ')}`));
}

/** Says where the page is wider than its window. */
export async function fits(page, where) {
  const [wide, has] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  return wide <= has ? [] : [`${where}: ${wide} px wide in ${has}`];
}
