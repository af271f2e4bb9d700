// The outputs of a head with levels. A level has cells, and each cell has a box, class logits and perhaps extras.

import { bestScores, firstBest } from './candidates.js';

/** @import { Model, Tensor } from './types.js' */

const CELL_CENTRE = 0.5; // from the cell's corner
const CROWDED = 8; // from this logit on, different logits can have the same float32 score

/**
 * @typedef {object} Level
 * @property {number} height in cells
 * @property {number} width in cells
 * @property {number} cells height * width; they are numbered row by row
 * @property {number} stride input pixels per cell
 * @property {number} firstIndex the candidate's number of cell 0
 * @property {Float32Array} boxes [4 * regMax, cells]
 * @property {Float32Array} logits [classes, cells]
 * @property {Float32Array} extras [extras, cells], such as keypoints; empty if the task has none
 */

/**
 * Return the levels, by rising stride.
 *
 * @param {Tensor[]} outputs
 * @param {Model} model
 */
export function levelsOf(outputs, model) {
  const perLevel = model.extras > 0 ? 3 : 2; // tensors
  /** @type {Level[]} */
  const levels = [];
  let firstIndex = 0;
  for (const [i, stride] of model.strides.entries()) {
    const [boxes, logits, extras] = outputs.slice(perLevel * i, perLevel * (i + 1));
    const [, , height, width] = boxes.dims;
    const cells = height * width;
    levels.push({
      height,
      width,
      cells,
      stride,
      firstIndex,
      boxes: boxes.data,
      logits: logits.data,
      extras: extras ? extras.data : new Float32Array(0),
    });
    firstIndex += cells;
  }
  return levels;
}

/**
 * Return the score of a logit, 0 to 1, in float32.
 *
 * @param {number} logit
 */
export function sigmoid(logit) {
  return Math.fround(1 / Math.fround(1 + Math.fround(Math.exp(-logit))));
}

/**
 * Return the cells whose best class has a score above the confidence, by rising index.
 *
 * @param {Level[]} levels
 * @param {Model} model
 * @param {number} confidence
 */
export function cellsAbove(levels, model, confidence) {
  const found = [];
  const threshold = Math.fround(confidence);
  for (const level of levels) {
    const best = bestScores(level.logits, model.classNames.length, level.cells);
    for (let cell = 0; cell < level.cells; cell += 1) {
      const score = sigmoid(best[cell]);
      if (score > threshold) found.push({ level, cell, index: level.firstIndex + cell, score });
    }
  }
  return found;
}

/**
 * Return the best class of a cell, the first of equals. From CROWDED on, scores are compared as float32, as
 * Ultralytics' predict does: above 17, all of them are 1.
 *
 * @param {Level} level
 * @param {number} cell
 * @param {Model} model
 */
export function bestClass(level, cell, model) {
  const classes = model.classNames.length;
  /** @param {number} classId */
  const logitOf = (classId) => level.logits[classId * level.cells + cell];
  const best = firstBest(classes, logitOf);
  return logitOf(best) < CROWDED ? best : firstBest(classes, (classId) => sigmoid(logitOf(classId)));
}

/**
 * Return the centre of a cell, in strides.
 *
 * @param {Level} level
 * @param {number} cell
 */
export function centreOf(level, cell) {
  return { x: (cell % level.width) + CELL_CENTRE, y: Math.floor(cell / level.width) + CELL_CENTRE };
}

/**
 * Return the distances from a cell's centre to the left, top, right and bottom side of its box, in strides.
 *
 * @param {Level} level
 * @param {number} cell
 * @param {Model} model
 */
export function distancesAt(level, cell, model) {
  const bins = new Float32Array(model.regMax);
  return [0, 1, 2, 3].map((side) => {
    for (let bin = 0; bin < bins.length; bin += 1) {
      bins[bin] = level.boxes[(side * bins.length + bin) * level.cells + cell];
    }
    return expectedDistance(bins);
  });
}

/**
 * Return the distance of one side: the expectation of the softmax over its bins (Li et al., Generalized Focal Loss,
 * 2020). With one bin it is the distance itself.
 *
 * @param {Float32Array} bins
 */
export function expectedDistance(bins) {
  if (bins.length === 1) return bins[0];
  const highest = Math.max(...bins);
  let sum = 0;
  let weighted = 0;
  for (let bin = 0; bin < bins.length; bin += 1) {
    const weight = Math.fround(Math.exp(Math.fround(bins[bin] - highest)));
    sum = Math.fround(sum + weight);
    weighted = Math.fround(weighted + Math.fround(weight * bin));
  }
  return Math.fround(weighted / sum);
}

/**
 * Return the corners of a cell's box, in pixels of the input.
 *
 * @param {Level} level
 * @param {number} cell
 * @param {Model} model
 */
export function cornersAt(level, cell, model) {
  const [left, top, right, bottom] = distancesAt(level, cell, model);
  const { x, y } = centreOf(level, cell);
  const { stride } = level;
  return Float32Array.of(
    Math.fround(x - left) * stride,
    Math.fround(y - top) * stride,
    Math.fround(x + right) * stride,
    Math.fround(y + bottom) * stride,
  );
}
