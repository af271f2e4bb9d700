// The orientation of PNG, WebP and AVIF photos. Not every browser applies it. The app takes it out of a PNG or WebP and turns the
// pixels itself, and so it does with an AVIF where the browser does not. All browsers apply the orientation of a JPEG.

/** @typedef {import('../vision/types.js').Picture} Picture */

export const UPRIGHT = 1;

const LITTLE_ENDIAN = 0x4949; // "II"; big-endian data have "MM"
const TIFF = 42;
const ORIENTATION_TAG = 0x0112;
const ENTRY = 12; // bytes
/** Orientations whose columns are stored from right to left, and whose rows are stored from bottom to top. */
const MIRRORED_COLUMNS = [2, 3, 7, 8];
const MIRRORED_ROWS = [3, 4, 6, 7];

/**
 * Return the orientation in EXIF data, 1 to 8, as OpenCV reads it.
 *
 * @param {Uint8Array} exif begins with the byte order
 */
export function orientationOf(exif) {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  try {
    const isLittle = view.getUint16(0) === LITTLE_ENDIAN;
    if (view.getUint16(2, isLittle) !== TIFF) return UPRIGHT;
    const first = view.getUint32(4, isLittle);
    const count = view.getUint16(first, isLittle);
    for (let i = 0, at = first + 2; i < count; i++, at += ENTRY) {
      if (view.getUint16(at, isLittle) !== ORIENTATION_TAG) continue;
      const value = view.getUint16(at + 8, isLittle);
      return value >= 1 && value <= 8 ? value : UPRIGHT;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // it is cut short
  }
  return UPRIGHT;
}

/** Orientations of an AVIF: by quarter turns, then without a mirror, with one for rows, with one for columns. */
const AVIF_ORIENTATIONS = [
  [1, 4, 2],
  [8, 5, 7],
  [3, 2, 4],
  [6, 7, 5],
];
/** An AVIF that is 2 x 1 pixels as it is stored, and 1 x 2 upright. */
const TURNED_AVIF =
  'AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUIAAAD1bWV0YQAAAAAAAAAhaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAAAAAAAOcGl0' +
  'bQAAAAAAAQAAAB5pbG9jAAAAAEQAAAEAAQAAAAEAAAEdAAAAIQAAAChpaW5mAAAAAAABAAAAGmluZmUCAAAAAAEAAGF2MDFDb2xvcgAAAAB0aXBy' +
  'cAAAAFRpcGNvAAAAFGlzcGUAAAAAAAAAAgAAAAEAAAAQcGl4aQAAAAADCAgIAAAADGF2MUOBAAwAAAAAE2NvbHJuY2x4AAEADQAGgAAAAAlpcm90' +
  'AwAAABhpcG1hAAAAAAAAAAEAAQUBAoMEhQAAACltZGF0EgAKCBgAJogIaDQgMhMZR4eGIYeeeeaAAACQQMkcYUK+';

/** @type {Promise<boolean> | undefined} */
let avifIsTurned;

/** Return whether this browser applies the orientation of an AVIF. WebKitGTK does not. */
export function turnsAvif() {
  avifIsTurned ??= decodesTurned();
  return avifIsTurned;
}

async function decodesTurned() {
  const bytes = Uint8Array.from(atob(TURNED_AVIF), (character) => character.charCodeAt(0));
  try {
    const { width } = await createImageBitmap(new Blob([bytes], { type: 'image/avif' }));
    return width === 1;
  } catch {
    return true; // it reads no AVIF
  }
}

/**
 * Return the orientation in the properties of an AVIF, 1 to 8. Its EXIF data do not count.
 *
 * @param {Uint8Array} bytes
 */
export function avifOrientation(bytes) {
  const metadata = contentOf(bytes, 'meta').subarray(4); // after its version
  const properties = contentOf(contentOf(metadata, 'iprp'), 'ipco');
  const [turns] = contentOf(properties, 'irot');
  const [mirror] = contentOf(properties, 'imir');
  return AVIF_ORIENTATIONS[turns & 3][mirror === undefined ? 0 : 1 + (mirror & 1)];
}

/**
 * Return the content of the first box with a name; empty: there is none.
 *
 * @param {Uint8Array} bytes boxes
 * @param {string} name
 */
function contentOf(bytes, name) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at);
    if (textAt(bytes, at + 4, 4) === name) return bytes.subarray(at + 8, at + size);
    if (size < 8) break; // it is as long as the file, or longer than 4 GB: metadata come before
    at += size;
  }
  return bytes.subarray(0, 0);
}

/**
 * @param {Uint8Array} bytes
 * @param {number} at
 * @param {number} length
 */
export function textAt(bytes, at, length) {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

/**
 * Return the picture upright.
 *
 * @param {Picture} picture as it is stored
 * @param {number} orientation 1 to 8
 * @returns {Picture}
 */
export function turned(picture, orientation) {
  if (orientation === UPRIGHT) return picture;
  const { width, height, data } = picture;
  const isTransposed = orientation > 4;
  const mirrorsColumns = MIRRORED_COLUMNS.includes(orientation);
  const mirrorsRows = MIRRORED_ROWS.includes(orientation);
  const upright = isTransposed ? { width: height, height: width } : { width, height };
  const stored = new Uint32Array(data.buffer, data.byteOffset, width * height);
  const pixels = new Uint32Array(width * height);
  for (let y = 0, to = 0; y < upright.height; y++) {
    for (let x = 0; x < upright.width; x++, to++) {
      let column = isTransposed ? y : x;
      let row = isTransposed ? x : y;
      if (mirrorsColumns) column = width - 1 - column;
      if (mirrorsRows) row = height - 1 - row;
      pixels[to] = stored[row * width + column];
    }
  }
  return { ...upright, data: new Uint8ClampedArray(pixels.buffer) };
}
