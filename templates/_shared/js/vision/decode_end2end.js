// The contract `end2end`: boxes and class logits of each level, with one box for an object. The best ones are kept,
// without NMS.

import { bestFirst, selectShown } from './candidates.js';
import { bestClass, cellsAbove, cornersAt, levelsOf, sigmoid } from './levels.js';

/**
 * @import { Candidate, Model, Tensor, Thresholds } from './types.js'
 * @import { Level } from './levels.js'
 */

const LEAST_TOP_K = 300; // Ultralytics' max_det

/**
 * Return the candidates above the confidence, by rising index, then by rising class.
 *
 * First the k = max(maxDetections, 300) cells with the best scores are selected, then the k best of all their scores: a
 * cell may have several classes (with `agnostic` only its best one). Of equal scores, the first ones are kept.
 *
 * @param {Tensor[]} outputs
 * @param {Model} model
 * @param {Thresholds} thresholds
 * @param {(level: Level, cell: number, model: Model) => Float32Array} [boxAt] the box of a cell
 * @returns {Candidate[]}
 */
export function decodeEnd2end(outputs, model, thresholds, boxAt = cornersAt) {
  const levels = levelsOf(outputs, model);
  const cellCount = levels.reduce((sum, level) => sum + level.cells, 0);
  const k = Math.min(Math.max(thresholds.maxDetections, LEAST_TOP_K), cellCount);
  const confidence = Math.fround(thresholds.confidence);
  const cells = cellsAbove(levels, model, confidence)
    .toSorted((one, other) => other.score - one.score)
    .slice(0, k)
    .toSorted((one, other) => one.index - other.index);

  /** @type {Candidate[]} */
  const candidates = [];
  for (const { level, cell, index, score: best } of cells) {
    const box = boxAt(level, cell, model);
    if (thresholds.agnostic) {
      candidates.push({ box, score: best, classId: bestClass(level, cell, model), index });
      continue;
    }
    for (let classId = 0; classId < model.classNames.length; classId += 1) {
      const score = sigmoid(level.logits[classId * level.cells + cell]);
      if (score > confidence) candidates.push({ box, score, classId, index });
    }
  }
  const kept = bestFirst(candidates, k).toSorted(
    (one, other) => one.index - other.index || one.classId - other.classId,
  );
  return selectShown(kept, model);
}
