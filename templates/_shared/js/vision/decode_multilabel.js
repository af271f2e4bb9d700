// The contract `multilabel`: one tensor [1, 4 + classes, n] with a column for each box: cx, cy, width and height in pixels
// of the input, then class scores from 0 to 1. Each class with a score above the confidence is a candidate. NMS follows.

import { selectShown } from './boxes.js';

/** @import { Candidate, Model, Tensor, Thresholds } from './types.js' */

const SIDES = 4; // values of a box

/**
 * Return the candidates above the confidence, by rising index, then by rising class.
 *
 * @param {Tensor[]} outputs
 * @param {Model} model
 * @param {Thresholds} thresholds
 * @returns {Candidate[]}
 */
export function decodeMultilabel(outputs, model, thresholds) {
  const { data, dims } = outputs[0];
  const count = dims[2];
  const confidence = Math.fround(thresholds.confidence);
  /** @type {Candidate[]} */
  const candidates = [];
  for (let index = 0; index < count; index += 1) {
    for (let classId = 0; classId < model.classNames.length; classId += 1) {
      const score = data[(SIDES + classId) * count + index];
      if (score > confidence) candidates.push({ box: cornersAt(outputs[0], index), score, classId, index });
    }
  }
  return selectShown(candidates, model);
}

/**
 * Return the corners of a column's box.
 *
 * @param {Tensor} output
 * @param {number} index
 */
function cornersAt({ data, dims }, index) {
  const [x, y, width, height] = [0, 1, 2, 3].map((side) => data[side * dims[2] + index]);
  return Float32Array.of(x - width / 2, y - height / 2, x + width / 2, y + height / 2);
}
