// Bilinear resizing of a picture, with the pixels of OpenCV's resize(INTER_LINEAR) on 8-bit data, bit for bit.

import { roundHalfEven } from './tensor.js';

/** @import { Picture, Plan } from './types.js' */

// Fixed point, as in OpenCV: weights have 11 bits. A product of two loses 4, 16 and 2 bits.
const WEIGHT_ONE = 2048;
const DROP_AFTER_COLUMNS = 4;
const DROP_AFTER_ROWS = 16;
const DROP_AT_END = 2;
const HALF_AT_END = 1 << (DROP_AT_END - 1);

/**
 * The two source positions around each target position, and their weights. At the border, both are the same.
 *
 * @typedef {object} Taps
 * @property {Int32Array} first
 * @property {Int32Array} second
 * @property {Int32Array} firstWeight
 * @property {Int32Array} secondWeight
 */

/**
 * Resize a picture to the plan's size, and write it to its place in the model's input.
 *
 * @param {Picture} picture
 * @param {Plan} plan
 * @param {Uint8Array} pixels [inputHeight, inputWidth, 3]; the border stays as it is
 * @param {boolean} rgb the order of the channels in `pixels`; false: BGR
 */
export function resizeInto(picture, plan, pixels, rgb) {
  const columns = makeTaps(picture.width, plan.resizedWidth);
  const rows = makeTaps(picture.height, plan.resizedHeight);
  const rowBytes = 4 * picture.width;
  const red = rgb ? 0 : 2;
  const blue = 2 - red;
  const { data } = picture;
  for (let y = 0; y < plan.resizedHeight; y += 1) {
    const upper = rowBytes * rows.first[y];
    const lower = rowBytes * rows.second[y];
    const above = rows.firstWeight[y];
    const below = rows.secondWeight[y];
    let target = 3 * ((plan.top + y) * plan.inputWidth + plan.left);
    for (let x = 0; x < plan.resizedWidth; x += 1, target += 3) {
      // The four source pixels around the target pixel: a b above c d.
      const a = upper + 4 * columns.first[x];
      const b = upper + 4 * columns.second[x];
      const c = lower + 4 * columns.first[x];
      const d = lower + 4 * columns.second[x];
      const left = columns.firstWeight[x];
      const right = columns.secondWeight[x];
      pixels[target + red] = mix(data[a], data[b], data[c], data[d], left, right, above, below);
      pixels[target + 1] = mix(data[a + 1], data[b + 1], data[c + 1], data[d + 1], left, right, above, below);
      pixels[target + blue] = mix(data[a + 2], data[b + 2], data[c + 2], data[d + 2], left, right, above, below);
    }
  }
}

/**
 * Return the byte between four bytes, a and b above c and d: first along x, then along y.
 *
 * @param {number} a
 * @param {number} b
 * @param {number} c
 * @param {number} d
 * @param {number} left weight of a and c
 * @param {number} right weight of b and d
 * @param {number} above weight of a and b
 * @param {number} below weight of c and d
 */
function mix(a, b, c, d, left, right, above, below) {
  const upper = (a * left + b * right) >> DROP_AFTER_COLUMNS;
  const lower = (c * left + d * right) >> DROP_AFTER_COLUMNS;
  return (((upper * above) >> DROP_AFTER_ROWS) + ((lower * below) >> DROP_AFTER_ROWS) + HALF_AT_END) >> DROP_AT_END;
}

/**
 * Return the taps of `target` positions between `source` ones.
 *
 * @param {number} source
 * @param {number} target
 * @returns {Taps}
 */
function makeTaps(source, target) {
  const taps = {
    first: new Int32Array(target),
    second: new Int32Array(target),
    firstWeight: new Int32Array(target),
    secondWeight: new Int32Array(target),
  };
  const scale = 1 / (target / source); // not source / target: the last bit matters
  for (let i = 0; i < target; i += 1) {
    const position = Math.fround((i + 0.5) * scale - 0.5); // of the centre, in source pixels
    const lower = Math.floor(position);
    const share = Math.fround(position - lower);
    taps.first[i] = Math.min(Math.max(lower, 0), source - 1);
    taps.second[i] = Math.min(Math.max(lower + 1, 0), source - 1);
    taps.firstWeight[i] = roundHalfEven(Math.fround(1 - share) * WEIGHT_ONE);
    taps.secondWeight[i] = roundHalfEven(share * WEIGHT_ONE);
  }
  return taps;
}
