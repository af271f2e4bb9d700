// The values of a candidate after its box and its class logits, such as keypoints, in the outputs of a head with levels.

import { levelsOf } from './levels.js';

/**
 * @import { Model, Tensor } from './types.js'
 * @import { Level } from './levels.js'
 */

/**
 * Return the level of a candidate, and its cell there.
 *
 * @param {Level[]} levels
 * @param {number} index the candidate's number: level by level, row by row
 */
export function findCell(levels, index) {
  const level = levels.findLast(({ firstIndex }) => firstIndex <= index) ?? levels[0];
  return { level, cell: index - level.firstIndex };
}

/**
 * Return the values of a candidate after its box and its class logits.
 *
 * @param {Tensor[]} outputs
 * @param {Model} model
 * @param {number} index the candidate's number
 */
export function extrasAt(outputs, model, index) {
  const { level, cell } = findCell(levelsOf(outputs, model), index);
  const extras = new Float32Array(model.extras);
  for (let i = 0; i < extras.length; i += 1) extras[i] = level.extras[i * level.cells + cell];
  return extras;
}
