// What the browser keeps for the app: small values, and with the service worker the app itself. It then works offline, and
// with threads on hosts that do not send the headers.
import { MODEL } from '../vision/model.js';

/**
 * @typedef {'localStorage' | 'sessionStorage'} Storage between visits, or while the tab is open
 *
 * @typedef {'ready' | 'incomplete' | 'insecure' | 'unsupported' | 'refused'} Offline
 * - ready: the app works offline;
 * - incomplete: storage is full or blocked, so the app works with a network only;
 * - insecure: plain http, where browsers have no service workers;
 * - unsupported: the browser has none, as in some private windows;
 * - refused: the browser does not start it, for example because of a certificate that it does not trust.
 */

export const VERSION = `${MODEL.edgegenVersion}-${MODEL.sha256.slice(0, 12)}`;
const ROOT = new URL('..', import.meta.url);
/** Projects on the same host, such as a class's on GitHub Pages, have separate values. */
const PREFIX = `edgegen ${ROOT.pathname} `;
/** Milliseconds until a page without a service worker goes on. */
const LIMIT = 5000;

/**
 * Register the service worker. Call it before the model is loaded: if the page has no threads, the page is reloaded once with
 * the headers that allow them, and the promise does not resolve.
 *
 * @param {() => boolean} [isIdle] false: the user has begun something, so the page is not reloaded and has one thread
 * @returns {Promise<Offline>} `ready` means here that the service worker runs
 */
export async function registerOffline(isIdle = () => true) {
  if (crossOriginIsolated) remember('reloaded', null, 'sessionStorage'); // a reload with the shift key may need another one
  if (!isSecureContext) return 'insecure';
  if (!('serviceWorker' in navigator)) return 'unsupported';
  try {
    const script = new URL(`sw.js?${VERSION}`, ROOT);
    const registration = await navigator.serviceWorker.register(script, { scope: ROOT.pathname });
    // The first one, or one for a new model: it takes over soon. One that runs already may not serve this page, if it was
    // reloaded with the shift key.
    const isNew = registration.installing || registration.waiting || !registration.active;
    if (isNew && !(await takesOver())) return 'refused';
  } catch (error) {
    console.warn(`There is no offline use: ${error}`);
    return 'refused';
  }
  if (!crossOriginIsolated && isIdle() && mayReload()) {
    location.reload();
    await new Promise(() => {});
  }
  return 'ready';
}

/**
 * Store the files that were loaded before the service worker was there. Call it after the model is loaded.
 *
 * @param {string[]} urlsOfWorker `Detector.urls`
 * @returns {Promise<Offline>}
 */
export async function storeForOffline(urlsOfWorker) {
  const worker = navigator.serviceWorker?.controller;
  if (!worker) return 'refused';
  const urls = performance.getEntriesByType('resource').map((entry) => entry.name);
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data.isComplete ? 'ready' : 'incomplete');
    worker.postMessage({ type: 'store', urls: [ROOT.href, location.href.split('#')[0], ...urls, ...urlsOfWorker] }, [port2]);
  });
}

/** Return whether a service worker serves this page. Waits until a new one takes over. */
function takesOver() {
  return new Promise((resolve) => {
    navigator.serviceWorker.addEventListener('controllerchange', () => resolve(true), { once: true });
    setTimeout(() => resolve(navigator.serviceWorker.controller !== null), LIMIT);
  });
}

/** Return true once for each tab: a host that breaks the headers must not reload the page again and again. */
function mayReload() {
  if (recall('reloaded', 'sessionStorage')) return false;
  remember('reloaded', '1', 'sessionStorage');
  return recall('reloaded', 'sessionStorage') !== null; // null: storage is blocked
}

/**
 * Return a stored value; null if there is none, or the browser blocks it.
 *
 * @param {string} name
 * @param {Storage} [storage]
 * @returns {string | null}
 */
export function recall(name, storage = 'localStorage') {
  try {
    return globalThis[storage].getItem(PREFIX + name);
  } catch {
    return null;
  }
}

/**
 * Store a value, or delete it with null. Storage that is full or blocked changes nothing.
 *
 * @param {string} name
 * @param {string | null} value
 * @param {Storage} [storage]
 */
export function remember(name, value, storage = 'localStorage') {
  try {
    if (value === null) globalThis[storage].removeItem(PREFIX + name);
    else globalThis[storage].setItem(PREFIX + name, value);
  } catch {
    // The app works without it.
  }
}
