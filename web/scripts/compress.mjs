// Writes the compressed twins of the built files beside them. What does not shrink by a tenth has none.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url).pathname;
for (const e of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  if (!e.isFile() || /\.(gz|br|png)$/.test(e.name)) continue;
  const path = join(e.parentPath, e.name);
  const body = readFileSync(path);
  const keep = (suffix, packed) => packed.length < body.length * 0.9 && writeFileSync(path + suffix, packed);
  keep('.gz', gzipSync(body, { level: 9 }));
  keep('.br', brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
}
