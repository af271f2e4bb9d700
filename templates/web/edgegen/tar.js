// Writes tar archives: POSIX ustar, not compressed, without owner and time.

const BLOCK = 512;

/**
 * Return a file of an archive: its header, its content and zeros up to a whole block.
 *
 * @param {string} name
 * @param {Uint8Array} content
 */
export function tarFile(name, content) {
  const header = new Uint8Array(BLOCK);
  /** @param {number} at @param {string} text */
  const put = (at, text) => header.set(new TextEncoder().encode(text), at);
  put(0, name);
  put(100, '0000644'); // mode
  put(108, '0000000'); // owner
  put(116, '0000000'); // group
  put(124, content.length.toString(8).padStart(11, '0'));
  put(136, '00000000000'); // time
  put(148, ' '.repeat(8)); // the sum counts as blanks in itself
  put(156, '0'); // a file
  put(257, 'ustar\u000000');
  const sum = header.reduce((all, byte) => all + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\u0000`);
  const file = new Uint8Array(BLOCK + BLOCK * Math.ceil(content.length / BLOCK));
  file.set(header);
  file.set(content, BLOCK);
  return file;
}

/** Return the end of an archive. */
export function tarEnd() {
  return new Uint8Array(2 * BLOCK);
}
