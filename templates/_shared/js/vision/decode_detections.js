// The contract `detections`: one tensor [1, n, 6 + extras] with a row for each candidate: x1, y1, x2 and y2 in pixels
// of the input, a score from 0 to 1, a class number, then perhaps extras. The model selected and sorted them.

import { selectShown } from './boxes.js';

/** @import { Candidate, Model, Tensor, Thresholds } from './types.js' */

const SIDES = 4; // values of a box
const ROW_VALUES = 6; // before the extras

/**
 * Return the candidates above the confidence, in the model's order. Rows with an unknown class are dropped.
 *
 * @param {Tensor[]} outputs
 * @param {Model} model
 * @param {Thresholds} thresholds
 * @param {(outputs: Tensor[], model: Model, index: number) => Float32Array} [boxAt] the box of a row
 * @returns {Candidate[]}
 */
export function decodeDetections(outputs, model, thresholds, boxAt = storedBox) {
  const [, count, columns] = outputs[0].dims;
  const confidence = Math.fround(thresholds.confidence);
  /** @type {Candidate[]} */
  const candidates = [];
  for (let index = 0; index < count; index += 1) {
    const [score, classNumber] = outputs[0].data.subarray(index * columns + SIDES);
    const isKnown = classNumber >= 0 && classNumber < model.classNames.length;
    if (!isKnown || !(score > confidence)) continue;
    candidates.push({ box: boxAt(outputs, model, index), score, classId: Math.floor(classNumber), index });
  }
  return selectShown(candidates, model);
}

/**
 * Return the four values of a row's box.
 *
 * @param {Tensor[]} outputs
 * @param {Model} model
 * @param {number} index
 */
export function storedBox(outputs, model, index) {
  const first = index * (ROW_VALUES + model.extras);
  return outputs[0].data.slice(first, first + SIDES);
}

/**
 * Return the values of a row after its class number.
 *
 * @param {Tensor[]} outputs
 * @param {Model} model
 * @param {number} index
 */
export function extrasAt(outputs, model, index) {
  const first = index * (ROW_VALUES + model.extras) + ROW_VALUES;
  return outputs[0].data.slice(first, first + model.extras);
}
