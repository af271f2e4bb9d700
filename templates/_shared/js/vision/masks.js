// Masks from coefficients and prototypes, in Ultralytics' order: mix the prototypes, resize the mixture to the input's
// size, and take the pixels above 0 in the box. Only the part that a box needs is computed.

import { makeTaps, mixRows, resizeRow } from './bilinear.js';

/**
 * @import { Mask } from './types.js'
 * @import { Taps } from './bilinear.js'
 */

/**
 * Return the mask of a box; null if no pixel is set.
 *
 * @param {Float32Array} prototypes [channels, protoHeight, protoWidth]
 * @param {number} protoWidth
 * @param {number} protoHeight
 * @param {Float32Array} coefficients [channels]
 * @param {Float32Array} box x1, y1, x2, y2 in pixels of the input, which it may exceed
 * @param {number} inputWidth
 * @param {number} inputHeight
 * @returns {Mask | null}
 */
export function makeMask(prototypes, protoWidth, protoHeight, coefficients, box, inputWidth, inputHeight) {
  // Pixels with x1 <= x < x2 and y1 <= y < y2 are in the box.
  const left = firstPixel(box[0], inputWidth);
  const top = firstPixel(box[1], inputHeight);
  const right = firstPixel(box[2], inputWidth);
  const bottom = firstPixel(box[3], inputHeight);
  if (right <= left || bottom <= top) return null;

  const columns = partOf(makeTaps(protoWidth, inputWidth, false), left, right);
  const rows = partOf(makeTaps(protoHeight, inputHeight, false), top, bottom);
  const mixture = mix(prototypes, protoWidth, protoHeight, coefficients, columns, rows);
  const bits = threshold(mixture, protoWidth, columns, rows);
  return bits.includes(1) ? { left, top, width: right - left, height: bottom - top, bits } : null;
}

/**
 * Return the first whole number from 0 to `size` that is not below the edge.
 *
 * @param {number} edge
 * @param {number} size
 */
function firstPixel(edge, size) {
  return Math.min(Math.max(Math.ceil(edge), 0), size);
}

/**
 * Return the taps of the positions from `first` to before `end`.
 *
 * @param {Taps} taps
 * @param {number} first
 * @param {number} end
 * @returns {Taps}
 */
function partOf({ lower, upper, weight }, first, end) {
  return {
    lower: lower.subarray(first, end),
    upper: upper.subarray(first, end),
    weight: weight.subarray(first, end),
  };
}

/**
 * Return the sum of the prototypes times their coefficients, where the box needs it; 0 elsewhere.
 *
 * @param {Float32Array} prototypes
 * @param {number} width of a prototype
 * @param {number} height
 * @param {Float32Array} coefficients
 * @param {Taps} columns
 * @param {Taps} rows
 * @returns {Float32Array} [height, width]
 */
function mix(prototypes, width, height, coefficients, columns, rows) {
  const sums = new Float32Array(width * height);
  const left = columns.lower[0];
  const count = columns.upper[columns.upper.length - 1] + 1 - left;
  for (let y = rows.lower[0]; y <= rows.upper[rows.upper.length - 1]; y += 1) {
    const start = y * width + left;
    for (const [channel, coefficient] of coefficients.entries()) {
      const from = channel * width * height + start;
      for (let i = 0; i < count; i += 1) {
        sums[start + i] += Math.fround(coefficient * prototypes[from + i]);
      }
    }
  }
  return sums;
}

/**
 * Return the resized mixture as bits: 1 where it is above 0.
 *
 * @param {Float32Array} mixture
 * @param {number} mixtureWidth
 * @param {Taps} columns
 * @param {Taps} rows
 */
function threshold(mixture, mixtureWidth, columns, rows) {
  const width = columns.weight.length;
  const height = rows.weight.length;
  const bits = new Uint8Array(width * height);
  const lines = [new Float32Array(width), new Float32Array(width)]; // rows of the mixture, resized along x
  const rowOfLine = [-1, -1];
  const values = new Float32Array(width);

  /** @param {number} row */
  function lineOf(row) {
    const slot = row % 2; // the two rows around a position are neighbours
    if (rowOfLine[slot] !== row) resizeRow(mixture, row * mixtureWidth, columns, lines[slot]);
    rowOfLine[slot] = row;
    return lines[slot];
  }

  for (let y = 0; y < height; y += 1) {
    mixRows(lineOf(rows.lower[y]), lineOf(rows.upper[y]), rows.weight[y], values, width);
    for (let x = 0; x < width; x += 1) bits[y * width + x] = values[x] > 0 ? 1 : 0;
  }
  return bits;
}
