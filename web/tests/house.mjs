// A furnished demo house for tests, and short ways to ask its hub.
import { startHub } from '../scripts/hub.mjs';

export async function demoHouse(o = {}) {
  const hub = await startHub(o);
  const api = async (method, path, body) => {
    const r = await fetch(`${hub.url}/api/${path}`, { method, headers: { 'Content-Type': 'application/json', ...(hub.token() ? { Authorization: `Bearer ${hub.token()}` } : {}) }, body: body && JSON.stringify(body) });
    if (!r.ok) throw new Error(`${method} ${path}: ${r.status} ${await r.text()}`);
    const text = await r.text();
    return text ? JSON.parse(text) : undefined;
  };
  await until('the furnished house', async () => (await api('GET', 'people')).length && (await api('GET', 'scenes')).length >= 3 && (await api('GET', 'devices')).filter((d) => d.room).length >= 19);
  const devices = async () => api('GET', 'devices');
  return { ...hub, api, devices, named: async (name) => (await devices()).find((d) => Object.values(d.names).includes(name) || d.name === name) };
}

/** Waits for what should come soon; the limit is for machines that have much else to do. */
export async function until(what, ok, ms = Number(process.env.PATIENCE ?? 120_000)) {
  for (const end = Date.now() + ms; ; ) {
    const got = await ok();
    if (got) return got;
    if (Date.now() > end) throw new Error(`${what} did not come`);
    await new Promise((r) => setTimeout(r, 60));
  }
}
