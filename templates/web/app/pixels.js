// The exact pixels of a photo: the same bytes as OpenCV's, upright, without colour management.
import { joined } from '../edgegen/png.js';
import { UPRIGHT, avifOrientation, orientationOf, textAt, turned, turnsAvif } from './orientation.js';
import { AppError } from './words.js';

/** @typedef {import('../vision/types.js').Picture} Picture */

const STRIP = 4_000_000; // pixels that are read at once: phones limit the size of a canvas

const JPEG = [0xff, 0xd8];
const JPEG_ICC = { marker: 0xe2, name: 'ICC_PROFILE\0' };
const JPEG_SCAN = 0xda;
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const PNG_COLOUR = ['iCCP', 'gAMA', 'cHRM', 'sRGB', 'cICP'];
const PNG_EXIF = 'eXIf';
const RIFF = [0x52, 0x49, 0x46, 0x46];
/** Of a WebP file with metadata: the place of its flags, and the flags of a colour profile and of EXIF data. */
const WEBP = { type: 'WEBPVP8X', flags: 20, colour: 0x20, exif: 0x08 };
const WEBP_COLOUR = 'ICCP';
const WEBP_EXIF = 'EXIF';
const AVIF = ['ftypavif', 'ftypavis'];

/**
 * Return the pixels of a photo's file.
 *
 * @param {Blob} file
 * @returns {Promise<{picture: Picture, isExact: boolean, isTurned: boolean}>} isExact: false where colours under
 *   transparency are lost; isTurned: whether the file has the picture in another orientation, and some browsers show that
 * @throws {AppError} the file cannot be read
 */
export async function readPixels(file) {
  const bytes = await file.arrayBuffer().then((buffer) => new Uint8Array(buffer)).catch(() => {
    throw new AppError('pictureUnreadable'); // the file was moved or deleted
  });
  const isAvif = AVIF.includes(textAt(bytes, 4, 8));
  const { content, orientation } = isAvif && !(await turnsAvif())
    ? { content: bytes, orientation: avifOrientation(bytes) }
    : withoutMetadata(bytes);
  const bitmap = await decode(new Blob([content], { type: file.type }));
  try {
    const stored = readBitmap(bitmap);
    const exact = hasTransparency(stored) ? readWithWebGl(bitmap) : stored;
    const picture = turned(exact ?? stored, orientation);
    return { picture, isExact: exact !== null, isTurned: orientation !== UPRIGHT };
  } catch (error) {
    console.info('The photo is not read:', error);
    throw new AppError('pictureTooLarge');
  } finally {
    bitmap.close();
  }
}

/** @param {Blob} file */
async function decode(file) {
  try {
    return await createImageBitmap(file, {
      colorSpaceConversion: 'none',
      premultiplyAlpha: 'none',
      imageOrientation: 'from-image',
    });
  } catch (error) {
    console.info('The photo is not decoded:', error);
    throw new AppError('pictureUnreadable');
  }
}

/**
 * Read a bitmap in strips of rows.
 *
 * @param {ImageBitmap} bitmap
 * @returns {Picture}
 */
function readBitmap(bitmap) {
  const { width, height } = bitmap;
  const rows = Math.min(Math.max(Math.floor(STRIP / width), 1), height);
  const context = new OffscreenCanvas(width, rows).getContext('2d', { willReadFrequently: true, colorSpace: 'srgb' });
  if (!context) throw new Error('no canvas');
  const data = new Uint8ClampedArray(4 * width * height);
  for (let top = 0; top < height; top += rows) {
    const count = Math.min(rows, height - top);
    context.clearRect(0, 0, width, rows);
    context.drawImage(bitmap, 0, top, width, count, 0, 0, width, count);
    data.set(context.getImageData(0, 0, width, count).data, 4 * top * width);
  }
  return { width, height, data };
}

/** @param {Picture} picture */
function hasTransparency({ data }) {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return true;
  return false;
}

/**
 * Read a partly transparent bitmap. A canvas multiplies colours with the alpha value, and WebGL does not.
 *
 * @param {ImageBitmap} bitmap
 * @returns {Picture | null} null: this browser cannot
 */
function readWithWebGl(bitmap) {
  const { width, height } = bitmap;
  const gl = new OffscreenCanvas(1, 1).getContext('webgl');
  if (!gl || Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) return null;
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, gl.getParameter(gl.TEXTURE_BINDING_2D), 0);
  if (gl.checkFramebufferStatus(gl.FRAMEBUFFER) !== gl.FRAMEBUFFER_COMPLETE) return null;
  const bytes = new Uint8Array(4 * width * height);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
  gl.getExtension('WEBGL_lose_context')?.loseContext(); // frees the memory now
  return { width, height, data: bytes };
}

/**
 * Return a photo's file without its colour profile, which Safari applies whatever the options say. A PNG or WebP also loses
 * its EXIF data, and its orientation is returned: 1 to 8.
 *
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {{content: Uint8Array<ArrayBuffer>, orientation: number}}
 */
export function withoutMetadata(bytes) {
  if (startsWith(bytes, JPEG)) return { content: joinParts(bytes, jpegParts(bytes)), orientation: UPRIGHT };
  if (startsWith(bytes, PNG)) return plainPng(bytes);
  if (startsWith(bytes, RIFF) && textAt(bytes, 8, WEBP.type.length) === WEBP.type) return plainWebp(bytes);
  return { content: bytes, orientation: UPRIGHT };
}

/**
 * Return the parts of a JPEG to keep, as [begin, end]: all segments but the profile's.
 *
 * @param {Uint8Array} bytes
 */
function jpegParts(bytes) {
  const parts = [[0, 2]];
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== JPEG_SCAN) {
    const end = at + 2 + bytes[at + 2] * 256 + bytes[at + 3];
    const isProfile = bytes[at + 1] === JPEG_ICC.marker && textAt(bytes, at + 4, JPEG_ICC.name.length) === JPEG_ICC.name;
    if (!isProfile) parts.push([at, end]);
    at = end;
  }
  return [...parts, [at, bytes.length]];
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function plainPng(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts = [[0, PNG.length]];
  let orientation = UPRIGHT;
  for (let at = PNG.length; at + 12 <= bytes.length; ) {
    const end = at + 12 + view.getUint32(at);
    const name = textAt(bytes, at + 4, 4);
    if (name === PNG_EXIF) orientation = orientationOf(bytes.subarray(at + 8, end - 4));
    else if (!PNG_COLOUR.includes(name)) parts.push([at, end]);
    at = end;
  }
  return { content: joinParts(bytes, parts), orientation };
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function plainWebp(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const hasExif = (bytes[WEBP.flags] & WEBP.exif) !== 0;
  const parts = [[0, 12]];
  let orientation = UPRIGHT;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true);
    const end = at + 8 + size + (size % 2);
    const name = textAt(bytes, at, 4);
    if (name === WEBP_EXIF && hasExif) orientation = orientationOf(bytes.subarray(at + 8, at + 8 + size));
    if (name !== WEBP_EXIF && name !== WEBP_COLOUR) parts.push([at, end]);
    at = end;
  }
  const content = joinParts(bytes, parts);
  new DataView(content.buffer).setUint32(4, content.length - 8, true);
  content[WEBP.flags] &= ~(WEBP.colour | WEBP.exif);
  return { content, orientation };
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number[][]} parts [begin, end] of each
 */
function joinParts(bytes, parts) {
  return joined(parts.map(([begin, end]) => bytes.subarray(begin, end)));
}

/**
 * @param {Uint8Array} bytes
 * @param {number[]} start
 */
function startsWith(bytes, start) {
  return start.every((byte, i) => bytes[i] === byte);
}
