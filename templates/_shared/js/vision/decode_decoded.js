// The contract `decoded`: one tensor [1, 4 + classes + extras, n] with a column for each candidate: cx, cy, width and
// height in pixels of the input, then class scores from 0 to 1, then perhaps extras. NMS follows.

import { argmax, bestScores, selectShown } from './boxes.js';

/** @import { Candidate, Model, Tensor, Thresholds } from './types.js' */

const SIDES = 4; // values of a box

/**
 * Return the candidates above the confidence, by rising index.
 *
 * @param {Tensor[]} outputs
 * @param {Model} model
 * @param {Thresholds} thresholds
 * @param {(outputs: Tensor[], model: Model, index: number) => Float32Array} [boxAt] the box of a column
 * @returns {Candidate[]}
 */
export function decodeDecoded(outputs, model, thresholds, boxAt = cornersAt) {
  const [, , count] = outputs[0].dims;
  const classes = model.classNames.length;
  const scores = outputs[0].data.subarray(SIDES * count);
  const best = bestScores(scores, classes, count);
  const confidence = Math.fround(thresholds.confidence);
  /** @type {Candidate[]} */
  const candidates = [];
  for (let index = 0; index < count; index += 1) {
    if (!(best[index] > confidence)) continue;
    candidates.push({
      box: boxAt(outputs, model, index),
      score: best[index],
      classId: argmax(classes, (classId) => scores[classId * count + index]),
      index,
    });
  }
  return selectShown(candidates, model);
}

/**
 * Return cx, cy, width and height of a column.
 *
 * @param {Tensor[]} outputs
 * @param {Model} _model
 * @param {number} index
 */
export function storedBox(outputs, _model, index) {
  const { data, dims } = outputs[0];
  const box = new Float32Array(SIDES);
  for (let i = 0; i < SIDES; i += 1) box[i] = data[i * dims[2] + index];
  return box;
}

/**
 * Return the values of a column after its box and its class scores.
 *
 * @param {Tensor[]} outputs
 * @param {Model} model
 * @param {number} index
 */
export function extrasAt(outputs, model, index) {
  const { data, dims } = outputs[0];
  const first = SIDES + model.classNames.length;
  const extras = new Float32Array(model.extras);
  for (let i = 0; i < extras.length; i += 1) extras[i] = data[(first + i) * dims[2] + index];
  return extras;
}

/**
 * Return the corners of a column's box.
 *
 * @param {Tensor[]} outputs
 * @param {Model} model
 * @param {number} index
 */
function cornersAt(outputs, model, index) {
  const [x, y, width, height] = storedBox(outputs, model, index);
  return Float32Array.of(x - width / 2, y - height / 2, x + width / 2, y + height / 2);
}
