// The EXIF orientation of PNG and WebP photos. Not every browser applies it, so the app takes it out of the file and turns the
// pixels itself. All browsers apply the orientation of JPEG and AVIF photos.

/** @typedef {import('../vision/types.js').Picture} Picture */

export const UPRIGHT = 1;

const LITTLE_ENDIAN = 0x4949; // "II"
const BIG_ENDIAN = 0x4d4d; // "MM"
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
    if (!isLittle && view.getUint16(0) !== BIG_ENDIAN) return UPRIGHT;
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
  const upright = isTransposed ? { width: height, height: width } : { width, height };
  const stored = new Uint32Array(data.buffer, data.byteOffset, width * height);
  const pixels = new Uint32Array(width * height);
  for (let y = 0, to = 0; y < upright.height; y++) {
    for (let x = 0; x < upright.width; x++, to++) {
      let [column, row] = isTransposed ? [y, x] : [x, y];
      if (MIRRORED_COLUMNS.includes(orientation)) column = width - 1 - column;
      if (MIRRORED_ROWS.includes(orientation)) row = height - 1 - row;
      pixels[to] = stored[row * width + column];
    }
  }
  return { ...upright, data: new Uint8ClampedArray(pixels.buffer) };
}
