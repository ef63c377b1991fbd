// Opens kept pages without a network: lessons that were read and a paper that was started. The
// server marks what may be kept; everything else always comes from the network.

const PAGES = "pages";
const FILES = "files";
const MOST_PAGES = 60;
const PATIENCE = 12_000; // ms until a kept page is better than waiting

const keepOfflinePage = () => fetch("/offline").then(keep);

self.addEventListener("install", (event) => {
  event.waitUntil(keepOfflinePage().then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  const marked = (response) => response.headers.get("X-Keep-Offline") && keep(response);
  event.waitUntil(fetch(event.data).then(marked).catch(() => {}));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === "GET" && url.pathname.startsWith("/static/")) {
    event.respondWith(file(request));
  } else if (request.mode === "navigate") {
    event.respondWith(request.method === "GET" ? page(request) : sent(request));
  }
});

// The address of a file changes when the file does, so that a kept one never grows old.
async function file(request) {
  const kept = await caches.match(request.url, { cacheName: FILES });
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok && new URL(request.url).search) {
    const copy = response.clone();
    caches.open(FILES).then((files) => files.put(request.url, copy)).catch(() => {});
  }
  return response;
}

async function page(request) {
  const path = new URL(request.url).pathname;
  const kept = await caches.match(path, { cacheName: PAGES });
  const network = fetch(request).then(async (response) => {
    if (response.headers.get("X-Keep-Offline")) keep(response.clone()).catch(() => {});
    else if (!(await caches.match("/offline", { cacheName: PAGES }))) keepOfflinePage().catch(() => {});
    if (!response.headers.get("X-Keep-Offline") && kept && response.status < 500) await (await caches.open(PAGES)).delete(path);
    return response;
  });
  try {
    if (!kept) return await network;
    const waited = new Promise((resolve) => setTimeout(resolve, PATIENCE));
    return await Promise.race([network, waited.then(() => kept)]);
  } catch {
    return kept || (await caches.match("/offline", { cacheName: PAGES })) || Response.error();
  }
}

async function sent(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match("/offline", { cacheName: PAGES })) || Response.error();
  }
}

// A page, and the files that it is made of.
async function keep(response) {
  if (!response.ok || response.redirected) return;
  const path = new URL(response.url).pathname;
  const pages = await caches.open(PAGES);
  const html = await response.text();
  const headers = new Headers(response.headers);
  headers.delete("Content-Encoding"); // it is not packed any more
  // A kept page can tell how old it is.
  const kept = html.replace("</head>", `<meta name="kept-at" content="${Date.now()}"></head>`);
  await pages.put(path, new Response(kept, { headers }));
  const files = await caches.open(FILES);
  const addresses = new Set(html.match(/\/static\/[^"'\s#]+\?v=[0-9a-f]+/g) || []);
  await Promise.all(
    [...addresses].map(async (address) => {
      if (!(await files.match(address))) await files.add(address);
    }),
  );
  const all = await pages.keys();
  for (const oldest of all.slice(0, Math.max(0, all.length - MOST_PAGES))) {
    if (new URL(oldest.url).pathname !== "/offline") await pages.delete(oldest);
  }
}
