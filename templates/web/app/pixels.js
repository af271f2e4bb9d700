// The exact pixels of a photo: the same bytes as OpenCV's, upright, without colour management.
import { newContext } from '../edgegen/frames.js';
import { AppError } from './words.js';

/** @typedef {import('../vision/types.js').Picture} Picture */

const STRIP = 4_000_000; // pixels that are read at once: phones limit the size of a canvas
const UPRIGHT = 1;

/** Parts of a JPEG, PNG or WebP that Safari applies whatever the options say. */
const COLOUR = ['ICC_PROFILE', 'iCCP', 'gAMA', 'cHRM', 'sRGB', 'cICP', 'ICCP'];
/** Parts of a PNG or WebP with the orientation. Not every browser applies it. All apply that of a JPEG. */
const EXIF = ['eXIf', 'EXIF'];
const JPEG_COLOUR = 0xe2; // marker of a part
const JPEG_SCAN = 0xda; // no metadata from here on
/** Of a WebP with metadata: the place of its flags, and the flags of a colour profile and of EXIF data. */
const WEBP = { flags: 20, colour: 0x20, exif: 0x08 };

const LITTLE_ENDIAN = 0x4949; // "II"; big-endian data have "MM"
const TIFF = 42;
const ORIENTATION_TAG = 0x0112;
const ENTRY = 12; // bytes
/** Orientations whose columns are stored from right to left, and whose rows are stored from bottom to top. */
const MIRRORED_COLUMNS = [2, 3, 7, 8];
const MIRRORED_ROWS = [3, 4, 6, 7];

/**
 * Return the pixels of a photo's file.
 *
 * @param {Blob} file
 * @returns {Promise<{picture: Picture, isExact: boolean, isTurned: boolean}>} isExact: false where colours under
 *   transparency are lost; isTurned: whether the file has the picture in another orientation, and some browsers show that
 * @throws {AppError} the file cannot be read
 */
export async function readPixels(file) {
  /** @param {import('./words.js').Word} word @returns {(error: unknown) => never} */
  const fail = (word) => (error) => {
    console.info('The photo is not read:', error);
    throw new AppError(word);
  };
  const bytes = new Uint8Array(await file.arrayBuffer().catch(fail('pictureUnreadable'))); // it may be deleted
  const { parts, orientation } = withoutMetadata(bytes);
  const content = await new Blob(parts).arrayBuffer(); // Firefox reads no picture of several parts
  const bitmap = await createImageBitmap(new Blob([content], { type: file.type }), {
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
    imageOrientation: 'from-image',
  }).catch(fail('pictureUnreadable'));
  try {
    const { width, height } = bitmap;
    const stored = readBitmap(bitmap);
    const exact = hasTransparency(stored) ? readWithWebGl(bitmap) : stored;
    const data = exact ?? stored;
    if (exact !== stored) for (let i = 3; i < data.length; i += 4) data[i] = 255; // the model ignores transparency
    const picture = turned({ width, height, data }, orientation);
    return { picture, isExact: exact !== null, isTurned: orientation !== UPRIGHT };
  } catch (error) {
    return fail('pictureTooLarge')(error);
  } finally {
    bitmap.close();
  }
}

/**
 * Read a bitmap in strips of rows.
 *
 * @param {ImageBitmap} bitmap
 */
function readBitmap(bitmap) {
  const { width, height } = bitmap;
  const rows = Math.min(Math.max(Math.floor(STRIP / width), 1), height);
  const context = newContext(width, rows);
  const data = new Uint8ClampedArray(4 * width * height);
  for (let top = 0; top < height; top += rows) {
    const count = Math.min(rows, height - top);
    context.clearRect(0, 0, width, rows);
    context.drawImage(bitmap, 0, top, width, count, 0, 0, width, count);
    data.set(context.getImageData(0, 0, width, count).data, 4 * top * width);
  }
  return data;
}

/** @param {Uint8ClampedArray} data */
function hasTransparency(data) {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return true;
  return false;
}

/**
 * Read a partly transparent bitmap. A canvas multiplies colours with the alpha value, and WebGL does not.
 *
 * @param {ImageBitmap} bitmap
 * @returns {Uint8Array | null} null: this browser cannot
 */
function readWithWebGl(bitmap) {
  const { width, height } = bitmap;
  const gl = new OffscreenCanvas(1, 1).getContext('webgl');
  if (!gl || Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) return null;
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, gl.getParameter(gl.TEXTURE_BINDING_2D), 0);
  if (gl.checkFramebufferStatus(gl.FRAMEBUFFER) !== gl.FRAMEBUFFER_COMPLETE) return null;
  const bytes = new Uint8Array(4 * width * height);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
  gl.getExtension('WEBGL_lose_context')?.loseContext(); // frees the memory now
  return bytes;
}

/**
 * Return the parts of a photo's file without its colour profile. A PNG or WebP also loses its EXIF data, and their
 * orientation is returned: 1 to 8.
 *
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
export function withoutMetadata(bytes) {
  const view = new DataView(bytes.buffer);
  const start = textAt(bytes, 0, 16);
  const isWebp = /^RIFF....WEBPVP8X/s.test(start);
  let at = isWebp ? 12 : start.startsWith('\x89PNG') ? 8 : start.startsWith('\xff\xd8') ? 2 : bytes.length;
  const nextPart = isWebp ? webpPart : at === 8 ? pngPart : jpegPart;
  const parts = [bytes.slice(0, at)];
  let orientation = UPRIGHT;
  while (at + 8 <= bytes.length) {
    const { name, end } = nextPart(bytes, view, at);
    const isMarked = !isWebp || (bytes[WEBP.flags] & WEBP.exif) !== 0;
    if (EXIF.includes(name) && isMarked) orientation = orientationOf(bytes.subarray(at + 8, end));
    if (!EXIF.includes(name) && !COLOUR.includes(name)) parts.push(bytes.slice(at, end));
    at = end;
  }
  parts.push(bytes.slice(at));
  if (isWebp) {
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    new DataView(parts[0].buffer).setUint32(4, size - 8, true);
    parts[1][WEBP.flags - 12] &= ~(WEBP.colour | WEBP.exif);
  }
  return { parts, orientation };
}

/**
 * @param {Uint8Array} bytes
 * @param {DataView} view
 * @param {number} at
 */
function jpegPart(bytes, view, at) {
  const marker = bytes[at + 1];
  if (bytes[at] !== 0xff || marker === JPEG_SCAN) return { name: '', end: bytes.length };
  return { name: marker === JPEG_COLOUR ? textAt(bytes, at + 4, 11) : '', end: at + 2 + view.getUint16(at + 2) };
}

/**
 * @param {Uint8Array} bytes
 * @param {DataView} view
 * @param {number} at
 */
function pngPart(bytes, view, at) {
  return { name: textAt(bytes, at + 4, 4), end: at + 12 + view.getUint32(at) };
}

/**
 * @param {Uint8Array} bytes
 * @param {DataView} view
 * @param {number} at
 */
function webpPart(bytes, view, at) {
  const size = view.getUint32(at + 4, true);
  return { name: textAt(bytes, at, 4), end: at + 8 + size + (size % 2) };
}

/**
 * @param {Uint8Array} bytes
 * @param {number} at
 * @param {number} length
 */
function textAt(bytes, at, length) {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

/**
 * Return the orientation in EXIF data, 1 to 8, as OpenCV reads it.
 *
 * @param {Uint8Array} exif begins with the byte order
 */
function orientationOf(exif) {
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

/**
 * Return the picture upright.
 *
 * @param {Picture} picture as it is stored
 * @param {number} orientation 1 to 8
 * @returns {Picture}
 */
function turned(picture, orientation) {
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
