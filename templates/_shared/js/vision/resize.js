// Bilinear resizing of a picture, with the pixels of OpenCV's resize(INTER_LINEAR) on 8-bit data, bit for bit.

import { roundHalfEven } from './numbers.js';

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
  // Two source rows, resized along x. Neighbouring target rows often share one.
  const lines = [new Int32Array(3 * plan.resizedWidth), new Int32Array(3 * plan.resizedWidth)];
  const rowOfLine = [-1, -1];

  /** @param {number} row */
  function lineOf(row) {
    const slot = row % 2; // the two rows around a position are neighbours
    if (rowOfLine[slot] !== row) mixColumns(picture.data, 4 * row * picture.width, columns, lines[slot], rgb);
    rowOfLine[slot] = row;
    return lines[slot];
  }

  for (let y = 0; y < plan.resizedHeight; y += 1) {
    const upper = lineOf(rows.first[y]);
    const lower = lineOf(rows.second[y]);
    const target = 3 * ((plan.top + y) * plan.inputWidth + plan.left);
    mixRows(upper, lower, rows.firstWeight[y], rows.secondWeight[y], pixels, target);
  }
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

/**
 * Resize one row of the picture along x.
 *
 * @param {Picture['data']} data
 * @param {number} start the place of the row in `data`
 * @param {Taps} columns
 * @param {Int32Array} line the result, three values for each pixel
 * @param {boolean} rgb
 */
function mixColumns(data, start, columns, line, rgb) {
  const { first, second, firstWeight, secondWeight } = columns;
  const count = first.length;
  const red = rgb ? 0 : 2;
  const blue = 2 - red;
  for (let x = 0, target = 0; x < count; x += 1, target += 3) {
    const left = start + 4 * first[x];
    const right = start + 4 * second[x];
    const a = firstWeight[x];
    const b = secondWeight[x];
    line[target + red] = (data[left] * a + data[right] * b) >> DROP_AFTER_COLUMNS;
    line[target + 1] = (data[left + 1] * a + data[right + 1] * b) >> DROP_AFTER_COLUMNS;
    line[target + blue] = (data[left + 2] * a + data[right + 2] * b) >> DROP_AFTER_COLUMNS;
  }
}

/**
 * Write the row between two lines.
 *
 * @param {Int32Array} upper
 * @param {Int32Array} lower
 * @param {number} upperWeight
 * @param {number} lowerWeight
 * @param {Uint8Array} pixels
 * @param {number} target the place of the row in `pixels`
 */
function mixRows(upper, lower, upperWeight, lowerWeight, pixels, target) {
  const count = upper.length;
  for (let i = 0; i < count; i += 1) {
    const above = (upper[i] * upperWeight) >> DROP_AFTER_ROWS;
    const below = (lower[i] * lowerWeight) >> DROP_AFTER_ROWS;
    pixels[target + i] = (above + below + HALF_AT_END) >> DROP_AT_END;
  }
}
