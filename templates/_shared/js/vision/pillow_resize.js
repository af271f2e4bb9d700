// A part of Pillow's resize of 8-bit pictures, bit for bit: an antialiased filter along each axis, and bytes between
// the axes.

/** @import { Picture } from './types.js' */

const WEIGHT_BITS = 22; // 32 bits hold a weight, 8 of a pixel and 2 for sums beyond 255
const HALF = 1 << (WEIGHT_BITS - 1);
const SHARPNESS = -0.5; // of the bicubic filter: Keys' a

/**
 * For each wanted position of the resized axis: the first source position, the number of source positions, and their
 * weights.
 *
 * @typedef {object} Filter
 * @property {Int32Array} first
 * @property {Int32Array} count
 * @property {Int32Array} weights [positions, most], in fixed point
 * @property {number} most the row length of `weights`
 * @property {number} start all source positions that are needed: from here
 * @property {number} end to before here
 */

/**
 * Bytes of a picture, [height, width, 3].
 *
 * @typedef {object} Plane
 * @property {number} width
 * @property {number} height
 * @property {Uint8Array} bytes
 */

/**
 * Return the bytes of a part of the resized picture. The first pass is along x, except for a picture that loses more
 * than twice as many rows as columns, as in Pillow 13.
 *
 * @param {Picture} picture
 * @param {{width: number, height: number}} size of the whole resized picture
 * @param {{left: number, top: number, width: number, height: number}} part that is wanted
 * @param {boolean} isBicubic false: bilinear
 */
export function resizePart(picture, size, part, isBicubic) {
  const columns = makeFilter(picture.width, size.width, part.left, part.width, isBicubic);
  const rows = makeFilter(picture.height, size.height, part.top, part.height, isBicubic);
  const needed = cropped(picture, columns, rows);
  const isDownFirst =
    size.height < picture.height && picture.height - size.height > 2 * (picture.width - size.width);
  const resized = isDownFirst
    ? resizeAlongX(resizeAlongY(needed, rows), columns)
    : resizeAlongY(resizeAlongX(needed, columns), rows);
  return resized.bytes;
}

/**
 * Return the filter of the positions from `from` to before `from + size` of `target` ones.
 *
 * @param {number} source
 * @param {number} target
 * @param {number} from
 * @param {number} size
 * @param {boolean} isBicubic
 * @returns {Filter}
 */
function makeFilter(source, target, from, size, isBicubic) {
  const scale = source / target;
  const stretch = Math.max(scale, 1); // antialiased only where it shrinks
  const support = (isBicubic ? 2 : 1) * stretch;
  const most = 2 * Math.ceil(support) + 1;
  const first = new Int32Array(size);
  const count = new Int32Array(size);
  const weights = new Int32Array(size * most);
  for (let i = 0; i < size; i += 1) {
    const centre = (from + i + 0.5) * scale;
    const low = Math.max(Math.trunc(centre - support + 0.5), 0);
    const high = Math.min(Math.trunc(centre + support + 0.5), source);
    const shares = [];
    let sum = 0;
    for (let x = low; x < high; x += 1) {
      const distance = Math.abs((x - centre + 0.5) * (1 / stretch));
      const share = isBicubic ? bicubic(distance) : bilinear(distance);
      shares.push(share);
      sum += share;
    }
    first[i] = low;
    count[i] = high - low;
    for (const [k, share] of shares.entries()) {
      const fixed = (share / sum) * (1 << WEIGHT_BITS);
      weights[i * most + k] = Math.trunc(fixed + (fixed < 0 ? -0.5 : 0.5));
    }
  }
  const ends = first.map((position, i) => position + count[i]);
  return { first, count, weights, most, start: Math.min(...first), end: Math.max(...ends) };
}

/** @param {number} distance from the centre, 0 or more */
function bilinear(distance) {
  return Math.max(1 - distance, 0);
}

/** @param {number} distance from the centre, 0 or more */
function bicubic(distance) {
  if (distance < 1) return ((SHARPNESS + 2) * distance - (SHARPNESS + 3)) * distance * distance + 1;
  if (distance < 2) return (((distance - 5) * distance + 8) * distance - 4) * SHARPNESS;
  return 0;
}

/**
 * Return the part of the picture that the filters need, without alpha.
 *
 * @param {Picture} picture
 * @param {Filter} columns
 * @param {Filter} rows
 * @returns {Plane}
 */
function cropped(picture, columns, rows) {
  const width = columns.end - columns.start;
  const height = rows.end - rows.start;
  const bytes = new Uint8Array(3 * width * height);
  for (let y = 0, target = 0; y < height; y += 1) {
    let source = 4 * ((rows.start + y) * picture.width + columns.start);
    for (let x = 0; x < width; x += 1, source += 4, target += 3) {
      bytes[target] = picture.data[source];
      bytes[target + 1] = picture.data[source + 1];
      bytes[target + 2] = picture.data[source + 2];
    }
  }
  return { width, height, bytes };
}

/**
 * Resize each row.
 *
 * @param {Plane} plane
 * @param {Filter} columns
 * @returns {Plane}
 */
function resizeAlongX({ width, height, bytes }, { first, count, weights, most, start }) {
  const size = first.length;
  const resized = new Uint8ClampedArray(3 * size * height); // bicubic sums can be below 0 or above 255
  for (let y = 0, target = 0; y < height; y += 1) {
    for (let x = 0; x < size; x += 1, target += 3) {
      let [red, green, blue] = [HALF, HALF, HALF];
      let source = 3 * (y * width + first[x] - start);
      for (let k = 0; k < count[x]; k += 1, source += 3) {
        const weight = weights[x * most + k];
        red += bytes[source] * weight;
        green += bytes[source + 1] * weight;
        blue += bytes[source + 2] * weight;
      }
      resized[target] = red >> WEIGHT_BITS;
      resized[target + 1] = green >> WEIGHT_BITS;
      resized[target + 2] = blue >> WEIGHT_BITS;
    }
  }
  return { width: size, height, bytes: new Uint8Array(resized.buffer) };
}

/**
 * Resize each column.
 *
 * @param {Plane} plane
 * @param {Filter} rows
 * @returns {Plane}
 */
function resizeAlongY({ width, bytes }, { first, count, weights, most, start }) {
  const size = first.length;
  const rowBytes = 3 * width;
  const resized = new Uint8ClampedArray(rowBytes * size);
  const sums = new Int32Array(rowBytes);
  for (let y = 0; y < size; y += 1) {
    sums.fill(HALF);
    for (let k = 0; k < count[y]; k += 1) {
      const weight = weights[y * most + k];
      const source = (first[y] + k - start) * rowBytes;
      for (let i = 0; i < rowBytes; i += 1) sums[i] += bytes[source + i] * weight;
    }
    for (let i = 0; i < rowBytes; i += 1) resized[y * rowBytes + i] = sums[i] >> WEIGHT_BITS;
  }
  return { width, height: size, bytes: new Uint8Array(resized.buffer) };
}
