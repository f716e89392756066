// SPDX-License-Identifier: Apache-2.0
// Keeps the hashed files and a page for when there is no network. Documents always come from the server, because
// their headers decide about the camera; API answers and streams are never touched.
declare const __FILES__: readonly string[];
declare const __VERSION__: string;

const worker = self as unknown as ServiceWorkerGlobalScope;
const kCache = `turnkey-${__VERSION__}`;
const kOffline = '/offline.html';
const kTheme = '/branding/theme.css';

worker.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(kCache)
      // The theme comes from the gateway, which may be away: then it is kept when it is seen.
      .then((cache) => Promise.all([cache.addAll([...__FILES__, kOffline, '/offline.css']), cache.add(kTheme).catch(() => undefined)]))
      .then(() => worker.skipWaiting()),
  );
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== kCache).map((name) => caches.delete(name))))
      .then(() => worker.clients.claim()),
  );
});

async function documentOrOffline(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(kOffline)) ?? Response.error();
  }
}

/** The installation's own colours: as the server has them, as they were when it cannot be reached. */
async function freshOrKept(request: Request): Promise<Response> {
  try {
    const response = await fetch(request);
    if (response.ok) await (await caches.open(kCache)).put(request, response.clone());
    return response;
  } catch {
    return (await caches.match(request)) ?? Response.error();
  }
}

async function fromCache(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== worker.location.origin) return;
  if (request.mode === 'navigate') event.respondWith(documentOrOffline(request));
  else if (url.pathname === kTheme) event.respondWith(freshOrKept(request));
  else if (url.pathname.startsWith('/assets/') || url.pathname === '/offline.css') event.respondWith(fromCache(request));
});
