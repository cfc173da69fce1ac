// Builds the app anew and compares with what is committed in dist: byte by byte, and what the compressed twins hold.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

const web = new URL('..', import.meta.url).pathname;
const fresh = mkdtempSync(join(tmpdir(), 'concord-dist-'));
process.on('exit', () => rmSync(fresh, { recursive: true, force: true }));
execFileSync('npx', ['vite', 'build', '--outDir', fresh, '--emptyOutDir', '--logLevel', 'warn'], { cwd: web, stdio: 'inherit' });

const files = (dir) => readdirSync(dir, { recursive: true, withFileTypes: true }).filter((e) => e.isFile()).map((e) => relative(dir, join(e.parentPath, e.name))).sort();
const dist = join(web, 'dist');
const wrong = [];
const built = files(fresh);
for (const f of built) {
  const body = readFileSync(join(fresh, f));
  if (!existsSync(join(dist, f)) || !readFileSync(join(dist, f)).equals(body)) wrong.push(`${f} is not what its sources make`);
  if (existsSync(join(dist, `${f}.gz`)) && !gunzipSync(readFileSync(join(dist, `${f}.gz`))).equals(body)) wrong.push(`${f}.gz holds something else`);
  if (existsSync(join(dist, `${f}.br`)) && !brotliDecompressSync(readFileSync(join(dist, `${f}.br`))).equals(body)) wrong.push(`${f}.br holds something else`);
}
for (const f of files(dist)) if (!built.includes(f.replace(/\.(gz|br)$/, ''))) wrong.push(`${f} is left over`);
if (wrong.length) {
  console.error(wrong.join('\n'), '\nRun `npm run build` in web/ and commit dist.');
  process.exit(1);
}
