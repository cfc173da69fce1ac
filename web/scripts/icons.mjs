// Draws the app's icons for platforms that take no SVG, from public/icon.svg.
import { readFileSync, writeFileSync } from 'node:fs';
import { launch, shut } from '../tests/browser.mjs';

const pub = new URL('../public/', import.meta.url).pathname;
const svg = readFileSync(`${pub}icon.svg`, 'utf8');
const browser = await launch();
for (const size of [180, 192, 512]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>*{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`);
  writeFileSync(`${pub}icon-${size}.png`, await page.screenshot({ omitBackground: true }));
  await page.close();
}
await shut();
