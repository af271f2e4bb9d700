// Resizing of float32 maps as torch's interpolate(mode="bilinear") does it on a CPU, in its order of operations.
// resize.js is another resize: of bytes, in fixed point.

const { fround } = Math;

/**
 * For each position of a resized axis, the two source positions around it, and the weight of the upper one, 0 to 1.
 *
 * @typedef {object} Taps
 * @property {Int32Array} lower
 * @property {Int32Array} upper
 * @property {Float32Array} weight
 */

/**
 * Return the taps of `target` positions between `source` ones. Pixels are areas, and positions are their centres. With
 * `corners`, the first and the last pixels of both are at the same place.
 *
 * @param {number} source
 * @param {number} target
 * @param {boolean} corners
 * @returns {Taps}
 */
export function makeTaps(source, target, corners) {
  const lower = new Int32Array(target);
  const upper = new Int32Array(target);
  const weight = new Float32Array(target);
  const scale = fround(corners ? (target > 1 ? (source - 1) / (target - 1) : 0) : source / target);
  for (let i = 0; i < target; i += 1) {
    const position = corners ? fround(i * scale) : Math.max(fround(fround((i + 0.5) * scale) - 0.5), 0);
    lower[i] = Math.min(Math.floor(position), source - 1);
    upper[i] = Math.min(lower[i] + 1, source - 1);
    weight[i] = Math.min(position - lower[i], 1);
  }
  return { lower, upper, weight };
}

/**
 * Resize a row.
 *
 * @param {Float32Array} source
 * @param {number} start of the row in `source`
 * @param {Taps} columns
 * @param {Float32Array} out
 */
export function resizeRow(source, start, { lower, upper, weight }, out) {
  for (let x = 0; x < weight.length; x += 1) {
    const share = weight[x];
    const left = fround(fround(1 - share) * source[start + lower[x]]);
    const right = fround(share * source[start + upper[x]]);
    out[x] = left + right;
  }
}

/**
 * Write the row between two others.
 *
 * @param {Float32Array} upper
 * @param {Float32Array} lower
 * @param {number} share of the lower one, 0 to 1
 * @param {Float32Array} out
 * @param {number} count the length of the row
 */
export function mixRows(upper, lower, share, out, count) {
  const rest = fround(1 - share);
  for (let x = 0; x < count; x += 1) out[x] = fround(rest * upper[x]) + fround(share * lower[x]);
}
