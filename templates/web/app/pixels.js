// The exact pixels of a photo: the same bytes as OpenCV's, upright, without colour management.
import { joined } from '../edgegen/png.js';
import { AppError } from './words.js';

/** @typedef {import('../vision/types.js').Picture} Picture */

const STRIP = 4_000_000; // pixels that are read at once: phones limit the size of a canvas

const JPEG = [0xff, 0xd8];
const JPEG_ICC = { marker: 0xe2, name: 'ICC_PROFILE\0' };
const JPEG_SCAN = 0xda;
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const PNG_COLOUR = ['iCCP', 'gAMA', 'cHRM', 'sRGB', 'cICP'];

/**
 * Return the pixels of a photo's file.
 *
 * @param {Blob} file
 * @returns {Promise<{picture: Picture, isExact: boolean}>} isExact: false where colours under transparency are lost
 * @throws {AppError} the file cannot be read
 */
export async function readPixels(file) {
  const bytes = await file.arrayBuffer().then((buffer) => new Uint8Array(buffer)).catch(() => {
    throw new AppError('pictureUnreadable'); // the file was moved or deleted
  });
  const bitmap = await decode(new Blob([withoutColourProfile(bytes)], { type: file.type }));
  try {
    const picture = readBitmap(bitmap);
    if (!hasTransparency(picture)) return { picture, isExact: true };
    const exact = readWithWebGl(bitmap);
    return { picture: exact ?? picture, isExact: exact !== null };
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
 * Return a JPEG or PNG without its colour profile, which Safari applies whatever the options say.
 *
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function withoutColourProfile(bytes) {
  if (startsWith(bytes, JPEG)) return joinParts(bytes, jpegParts(bytes));
  if (startsWith(bytes, PNG)) return joinParts(bytes, pngParts(bytes));
  return bytes;
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

/**
 * Return the parts of a PNG to keep: all chunks but those of colour.
 *
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
function pngParts(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts = [[0, PNG.length]];
  let at = PNG.length;
  while (at + 12 <= bytes.length) {
    const end = at + 12 + view.getUint32(at);
    if (!PNG_COLOUR.includes(textAt(bytes, at + 4, 4))) parts.push([at, end]);
    at = end;
  }
  return parts;
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

/**
 * @param {Uint8Array} bytes
 * @param {number} at
 * @param {number} length
 */
function textAt(bytes, at, length) {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
