// What the app remembers: in localStorage between visits, in sessionStorage while its tab is open. A browser that blocks it
// remembers nothing.

/** @typedef {'localStorage' | 'sessionStorage'} Storage */

/** Projects on the same host, such as a class's on GitHub Pages, have separate values. */
const PREFIX = `edgegen ${new URL('..', import.meta.url).pathname} `;

/**
 * Return a stored value, or null.
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
