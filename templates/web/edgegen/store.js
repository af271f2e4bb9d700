// What the app remembers between visits, in localStorage. A browser that blocks it remembers nothing.

/** Projects on the same host, such as a class's on GitHub Pages, have separate values. */
const PREFIX = `edgegen ${new URL('..', import.meta.url).pathname} `;

/**
 * Return a stored value, or null.
 *
 * @param {string} name
 * @returns {string | null}
 */
export function recall(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

/**
 * Store a value, or delete it with null. Storage that is full or blocked changes nothing.
 *
 * @param {string} name
 * @param {string | null} value
 */
export function remember(name, value) {
  try {
    if (value === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
  } catch {
    // The app works without it.
  }
}
