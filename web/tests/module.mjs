// Serves src/lib/texts.svelte.ts, compiled, as /module.js: for tests of what it says without a hub.
import { createServer } from 'node:http';
import { build } from 'vite';
import { svelte } from '@sveltejs/vite-plugin-svelte';

export async function serveModule() {
  const out = await build({
    configFile: false, logLevel: 'error', plugins: [svelte()],
    build: { write: false, target: 'es2022', lib: { entry: new URL('../src/lib/texts.svelte.ts', import.meta.url).pathname, formats: ['es'], fileName: 'module' }, rollupOptions: { output: { inlineDynamicImports: true } } },
  });
  const code = (Array.isArray(out) ? out[0] : out).output.find((o) => o.type === 'chunk').code;
  const server = createServer((q, r) => {
    const js = q.url === '/module.js';
    r.writeHead(200, { 'Content-Type': js ? 'text/javascript' : 'text/html' });
    r.end(js ? code : '<!doctype html><link rel="icon" href="data:,">');
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
