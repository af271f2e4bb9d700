// The service worker: the headers that threads need, and a copy of the app for use without a network.
//
// It is registered as sw.js?VERSION, so a new model or a new edgegen brings a new worker with a new cache. The page, its
// scripts and styles come from the network first: an edit shows after one reload. The runtime and the model come from the
// cache first: a new version of them has a new cache. Paths like SKIPPED are never stored.

const SKIPPED = /^(vectors\/|verify\/|\.edgegen|model\/model\.pte$)/;
/** The app's own files, as `edgegen serve` has it. Below the root of a host may be other projects. */
const OWN = /^([^/]*|(app|edgegen|model|ort|vectors|vision)\/.*)$/;
/** As in index.html. A worker has the policy of its own file, not that of the page. */
const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:; media-src 'self' blob:; worker-src 'self'; connect-src 'self' blob:; form-action 'none'; base-uri 'none'";
const LARGE = /^(ort\/|model\/model\.onnx$)/;

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const SCOPE = worker.registration.scope;
/** Other projects on this host have other scopes. */
const PREFIX = `edgegen ${new URL(SCOPE).pathname} `;
const CACHE = PREFIX + new URL(worker.location.href).search.slice(1);

worker.addEventListener('install', () => worker.skipWaiting());

worker.addEventListener('activate', (event) => {
  event.waitUntil(activate());
});

worker.addEventListener('fetch', (event) => {
  const { method, url, headers } = event.request;
  // Parts of a file, such as a video's, are not stored.
  if (method === 'GET' && isOwn(url) && !headers.has('Range')) event.respondWith(answer(event));
});

worker.addEventListener('message', (event) => {
  if (event.data.type === 'store') event.waitUntil(storeAll(event.data.urls, event.ports[0]));
});

/** Delete the caches of earlier versions of this project, and serve the open pages. */
async function activate() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/**
 * Return the path of a file in the project, without a query.
 *
 * @param {string} url
 */
function pathOf(url) {
  return url.slice(SCOPE.length).split(/[?#]/)[0];
}

/** @param {string} url */
function isOwn(url) {
  return url.startsWith(SCOPE) && OWN.test(pathOf(url));
}

/**
 * Return the answer to a request, from the network or the cache.
 *
 * @param {FetchEvent} event
 */
async function answer(event) {
  const { request } = event;
  const path = pathOf(request.url);
  const isReload = request.cache === 'reload'; // the page has found a stored file to be damaged
  if (LARGE.test(path) && !isReload) {
    const stored = await fromCache(request);
    if (stored) return withHeaders(stored);
  }
  try {
    // 'no-cache' asks the server whether a file has changed. A request to navigate cannot be changed.
    const response = await fetch(request, isReload || request.mode === 'navigate' ? {} : { cache: 'no-cache' });
    if (response.ok && !SKIPPED.test(path)) event.waitUntil(store(request, response.clone()));
    return withHeaders(response);
  } catch (error) {
    const stored = await fromCache(request);
    if (stored) return withHeaders(stored);
    throw error;
  }
}

/**
 * Return the stored answer, if there is one. Pages are found with any query.
 *
 * @param {Request} request
 */
async function fromCache(request) {
  const cache = await caches.open(CACHE).catch(() => null);
  const isPage = request.mode === 'navigate';
  const stored = await cache?.match(request, { ignoreSearch: isPage, ignoreVary: true });
  return stored ?? (isPage ? cache?.match(SCOPE) : undefined); // index.html is the page of the folder
}

/**
 * Store an answer. Return whether there was room.
 *
 * @param {Request} request
 * @param {Response} response
 */
async function store(request, response) {
  try {
    const cache = await caches.open(CACHE);
    await cache.put(request, response);
    return true;
  } catch {
    return false; // storage that is full or blocked: the app works, but not offline
  }
}

/**
 * Store the files that the page loaded before this worker was there. Answer whether all of them are stored.
 *
 * @param {string[]} urls
 * @param {MessagePort} port
 */
async function storeAll(urls, port) {
  const wanted = urls.filter((url) => isOwn(url) && !SKIPPED.test(pathOf(url)));
  let isComplete = true;
  for (const url of new Set(wanted)) {
    const request = new Request(url);
    if (await fromCache(request)) continue;
    const response = await fetch(request).catch(() => null);
    if (!response?.ok || !(await store(request, response))) isComplete = false;
  }
  port.postMessage({ isComplete });
}

/**
 * Return the answer with the headers that isolate the page from other origins, which threads need, that let scripts connect
 * to this server alone, and that no copy of the browser's own comes before this worker.
 *
 * @param {Response} response
 */
function withHeaders(response) {
  // Redirects of pages and answers without a readable body pass unchanged.
  if (response.type === 'opaqueredirect' || response.status === 0) return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  headers.set('Content-Security-Policy', POLICY);
  // The browser asks this worker each time. Otherwise it keeps a file for as long as its host says, or guesses.
  headers.set('Cache-Control', 'no-cache');
  const hasNoBody = [204, 205, 304].includes(response.status);
  const { status, statusText } = response;
  return new Response(hasNoBody ? null : response.body, { status, statusText, headers });
}
