// The contract `raw`: boxes and class logits of each level. One object may have many boxes, so NMS follows.

import { selectShown } from './candidates.js';
import { bestClass, cellsAbove, cornersAt, levelsOf } from './levels.js';

/**
 * @import { Candidate, Model, Tensor, Thresholds } from './types.js'
 * @import { Level } from './levels.js'
 */

/**
 * Return the candidates above the confidence, by rising index. Each cell gives its best class.
 *
 * @param {Tensor[]} outputs
 * @param {Model} model
 * @param {Thresholds} thresholds
 * @param {(level: Level, cell: number, model: Model) => Float32Array} [boxAt] the box of a cell
 * @returns {Candidate[]}
 */
export function decodeRaw(outputs, model, thresholds, boxAt = cornersAt) {
  const cells = cellsAbove(levelsOf(outputs, model), model, thresholds.confidence);
  const candidates = cells.map(({ level, cell, index, score }) => ({
    box: boxAt(level, cell, model),
    score,
    classId: bestClass(level, cell, model),
    index,
  }));
  return selectShown(candidates, model);
}
