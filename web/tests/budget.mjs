// What a first visit loads, and how a large house feels. Bytes are held; times are printed, since machines differ.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { startHub } from '../scripts/hub.mjs';
import { open, shut } from './browser.mjs';
import { until } from './house.mjs';

after(shut);

/** Notes what the browser measures of itself, from the first moment on. */
const observe = () => {
  window.measured = { lcp: 0, inp: 0, long: [] };
  new PerformanceObserver((l) => l.getEntries().forEach((e) => (window.measured.lcp = e.startTime))).observe({ type: 'largest-contentful-paint', buffered: true });
  new PerformanceObserver((l) => l.getEntries().forEach((e) => e.interactionId && (window.measured.inp = Math.max(window.measured.inp, e.duration)))).observe({ type: 'event', durationThreshold: 16, buffered: true });
  new PerformanceObserver((l) => l.getEntries().forEach((e) => window.measured.long.push(Math.round(e.duration)))).observe({ type: 'longtask', buffered: true });
};

for (const [name, args, rooms] of [['demo house', ['--demo'], 4], ['500 devices', ['--demo', '--load', '500'], 10]]) {
  test(`a first visit loads little and is soon there: ${name}`, async (t) => {
    const hub = await startHub({ args });
    t.after(() => hub.stop());
    const api = (method, path, body) => fetch(`${hub.url}/api/${path}`, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    const devices = await until('the devices', async () => {
      const all = await fetch(`${hub.url}/api/devices`).then((r) => r.json());
      return all.length >= (args.length > 1 ? 500 : 19) && all;
    });
    if (args.length > 1) {
      for (let i = 0; i < rooms; i++) await api('PUT', `rooms/r${i}`, { names: { '': `Room ${i}` } });
      for (let i = 0; i < devices.length; i += 25) await Promise.all(devices.slice(i, i + 25).map((d, n) => api('PATCH', `devices/${d.id}`, { room: `r${(i + n) % rooms}` })));
    }
    const { page, context, close } = await open(hub.url, { init: observe, path: '/settings' });
    t.after(close);
    const cdp = await context.newCDPSession(page);
    await cdp.send('Network.enable');
    await cdp.send('Network.setCacheDisabled', { cacheDisabled: true });
    const sizes = new Map();
    const urls = new Map();
    cdp.on('Network.responseReceived', (e) => urls.set(e.requestId, e.response.url));
    cdp.on('Network.loadingFinished', (e) => sizes.set(urls.get(e.requestId), e.encodedDataLength));
    await page.goto(hub.url);
    await page.locator('.room .tile').first().waitFor();
    await page.waitForTimeout(800);
    const app = [...sizes].filter(([u]) => u && !u.includes('/api/'));
    const data = [...sizes].filter(([u]) => u?.includes('/api/')).reduce((s, [, n]) => s + n, 0);
    const bytes = app.reduce((s, [, n]) => s + n, 0);
    assert.ok(bytes < 150_000, `${bytes} bytes at the first visit`);
    assert.ok(app.every(([u]) => u.startsWith(hub.url)), 'something came from elsewhere');
    const before = await page.evaluate(() => window.measured.long.length);
    await page.locator('.tile.light button').first().click();
    await page.getByRole('link', { name: 'Devices', exact: true }).click();
    await page.getByRole('searchbox').pressSequentially('lamp 1', { delay: 30 });
    await page.waitForTimeout(600);
    const m = await page.evaluate(() => window.measured);
    t.diagnostic(`${name}: app ${(bytes / 1000).toFixed(0)} kB in ${app.length} files, data ${(data / 1000).toFixed(0)} kB, LCP ${m.lcp.toFixed(0)} ms, INP ${m.inp.toFixed(0)} ms, long tasks while loading ${JSON.stringify(m.long.slice(0, before))} ms, while used ${JSON.stringify(m.long.slice(before))} ms`);
  });
}

test('a hundred open tabs cost the hub little', async (t) => {
  const hub = await startHub({ args: ['--demo'] });
  t.after(() => hub.stop());
  await until('the devices', async () => (await fetch(`${hub.url}/api/devices`).then((r) => r.json())).length >= 19);
  const ticks = () => readFileSync(`/proc/${hub.pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13).reduce((s, x) => s + Number(x), 0);
  const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${hub.pid}/status`, 'utf8'))[1]) / 1024;
  const hertz = Number(execFileSync('getconf', ['CLK_TCK']).toString());
  const share = async (ms) => {
    const before = ticks();
    await new Promise((r) => setTimeout(r, ms));
    return ((ticks() - before) / hertz / (ms / 1000)) * 100;
  };
  await share(1000);
  const [cpu0, rss0] = [await share(5000), rss()];
  const lamp = (await fetch(`${hub.url}/api/devices`).then((r) => r.json())).find((d) => d.type === 'light_color').id;
  const abort = new AbortController();
  const arrived = [];
  let seen = () => {};
  const tabs = await Promise.all(Array.from({ length: 100 }, async (_, i) => {
    const r = await fetch(`${hub.url}/api/events`, { signal: abort.signal });
    assert.equal(r.status, 200, `tab ${i}`);
    (async () => {
      for await (const chunk of r.body.pipeThrough(new TextDecoderStream())) seen(i, chunk);
    })().catch(() => {});
    return r;
  }));
  assert.equal(tabs.length, 100);
  await share(1000);
  const [cpu1, rss1] = [await share(5000), rss()];
  for (let n = 0; n < 5; n++) {
    const got = new Set();
    const start = performance.now();
    const done = new Promise((all) => (seen = (i, chunk) => {
      if (!got.has(i) && chunk.includes('event: command') && chunk.includes(lamp)) {
        got.add(i);
        arrived.push(performance.now() - start);
        if (got.size === 100) all();
      }
    }));
    await fetch(`${hub.url}/api/devices/${lamp}/commands`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"command":"on_off.toggle"}' });
    await Promise.race([done, new Promise((_, no) => setTimeout(() => no(new Error(`only ${got.size} of 100 tabs heard of the command`)), 120_000).unref())]);
    await new Promise((r) => setTimeout(r, 800)); // what it led to has been told
  }
  abort.abort();
  arrived.sort((a, b) => a - b);
  t.diagnostic(`100 tabs: CPU ${cpu0.toFixed(1)} % → ${cpu1.toFixed(1)} % of a core, RSS ${rss0.toFixed(0)} → ${rss1.toFixed(0)} MB, a command's first news after ${arrived[Math.floor(arrived.length / 2)].toFixed(0)} ms (median), ${arrived.at(-1).toFixed(0)} ms (last)`);
});
