// The service worker: after one visit the app opens without the hub and says that it is away; a newer app replaces the kept one.
import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { after, before, test } from 'node:test';
import { open, shut } from './browser.mjs';
import { demoHouse, until } from './house.mjs';

let hub;
before(async () => (hub = await demoHouse()));
after(async () => {
  await shut();
  await hub.stop();
});

/** Stands between the browser and the hub: away, or with another release of the page. */
async function between() {
  const way = { away: false, release: '' };
  const server = createServer((q, r) => {
    if (way.away) return q.socket.destroy();
    const up = request(hub.url + q.url, { method: q.method, headers: { ...q.headers, 'accept-encoding': 'identity', 'if-none-match': '' } }, (a) => {
      if (!way.release || !/text\/html/.test(a.headers['content-type'] ?? '')) {
        r.writeHead(a.statusCode, a.headers);
        return a.pipe(r);
      }
      const { 'content-length': _, etag: __, ...h } = a.headers;
      r.writeHead(a.statusCode, h);
      a.pipe(r, { end: false });
      a.on('end', () => r.end(`<!-- ${way.release} -->`));
    });
    up.on('error', () => q.socket.destroy());
    r.on('close', () => up.destroy());
    q.pipe(up);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { way, url: `http://127.0.0.1:${server.address().port}`, close: () => (server.closeAllConnections(), server.close()) };
}

const kept = (page) => page.evaluate(async () => {
  const names = await caches.keys();
  const out = [];
  for (const n of names) for (const r of await (await caches.open(n)).keys()) out.push(new URL(r.url).pathname);
  return out;
});

test('the app opens without the hub after one visit, says so, and is live when the hub is back', async (t) => {
  const proxy = await between();
  t.after(proxy.close);
  const { page, close } = await open(proxy.url, { worker: true });
  t.after(close);
  await page.locator('.room').first().waitFor();
  await until('the kept app', async () => {
    const k = await kept(page);
    return k.includes('/') && k.some((p) => /^\/assets\/index.*js$/.test(p)) && k.some((p) => /^\/assets\/en.*js$/.test(p));
  });
  assert.ok(!(await kept(page)).some((p) => p.startsWith('/api')), 'what the hub knows is kept in the browser');
  proxy.way.away = true;
  await page.goto(`${proxy.url}/`);
  await page.getByText(/The hub (does not answer|cannot be reached)|Loading/).first().waitFor();
  assert.equal(await page.title(), 'Concord');
  proxy.way.away = false;
  await page.locator('.room').first().waitFor();
});

test('a newer release replaces the kept app at the next visit', async (t) => {
  const proxy = await between();
  t.after(proxy.close);
  const { page, close } = await open(proxy.url, { worker: true });
  t.after(close);
  await page.locator('.room').first().waitFor();
  await until('the kept app', async () => (await kept(page)).includes('/'));
  await page.evaluate(async () => (await caches.open((await caches.keys())[0])).put('/assets/old-1.js', new Response('old')));
  proxy.way.release = 'release 2';
  await page.reload();
  await page.locator('.room').first().waitFor();
  await until('the newer page', () => page.evaluate(async () => (await (await caches.match('/'))?.text())?.includes('release 2')));
  await until('what is old is forgotten', async () => !(await kept(page)).includes('/assets/old-1.js'));
  proxy.way.away = true;
  await page.reload();
  assert.ok(await page.evaluate(() => [...document.childNodes].some((n) => n.nodeType === Node.COMMENT_NODE && n.data.includes('release 2'))), 'the kept page is the earlier one');
});
