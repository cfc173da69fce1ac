// Keeps the app itself at hand, so that it opens at once and while the hub is away; it then says so. What the
// hub knows is never kept here: /api is not touched.
const cacheName = 'concord-1';

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (e) =>
  e.waitUntil(
    caches
      .keys()
      .then((all) => Promise.all(all.filter((n) => n !== cacheName).map((n) => caches.delete(n))))
      .then(() => self.clients.claim()),
  ),
);

// A page tells what it was made of, since the first visit was loaded before there was anybody to keep it.
self.addEventListener('message', (e) => {
  const own = (Array.isArray(e.data) ? e.data : []).map(String).filter((u) => new URL(u, location.href).origin === location.origin && new URL(u, location.href).pathname.startsWith('/assets/'));
  e.waitUntil(caches.open(cacheName).then((cache) => Promise.all(['/', ...own].map(async (u) => (await cache.match(u)) || (await cache.add(u))))).catch(() => {})); // the hub may be away
});

self.addEventListener('fetch', (e) => {
  const url = new URL(e.request.url);
  if (e.request.method !== 'GET' || url.origin !== location.origin || url.pathname.startsWith('/api/') || url.pathname === '/metrics' || url.pathname === '/healthz') return;
  if (url.pathname.startsWith('/assets/')) e.respondWith(kept(e.request));
  else if (e.request.mode === 'navigate') e.respondWith(fresh(e.request));
});

// A built file never changes: its name carries a hash of its content.
async function kept(request) {
  const cache = await caches.open(cacheName);
  const have = await cache.match(request);
  if (have) return have;
  const got = await fetch(request);
  if (got.ok) await cache.put(request, got.clone());
  return got;
}

// The page is asked for anew, and taken from the cache when nobody answers.
async function fresh(request) {
  const cache = await caches.open(cacheName);
  try {
    const got = await fetch(request);
    if (got.ok) await renew(cache, got.clone());
    return got;
  } catch (e) {
    const have = await cache.match('/');
    if (have) return have;
    throw e;
  }
}

// Another page is another release: what the earlier was made of is forgotten.
async function renew(cache, page) {
  const [have, text] = [await cache.match('/'), await page.clone().text()];
  if (have && (await have.text()) !== text) for (const k of await cache.keys()) await cache.delete(k);
  await cache.put('/', page);
}
