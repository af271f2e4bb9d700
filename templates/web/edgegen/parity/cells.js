// The place of each candidate's numbers in the model's outputs.
import { vectorsError } from './golden_vectors.js';

/** @typedef {import('../../vision/types.js').Model} Model */
/** @typedef {import('../../vision/types.js').Tensor} Tensor */
/** @typedef {import('./golden_vectors.js').GoldenPicture} GoldenPicture */

/** @typedef {0 | 1 | 2} Part of a candidate's numbers, in their order */
export const BOX = 0;
export const CLASS = 1;
export const EXTRA = 2;
/** @type {Part[]} */
const PARTS = [BOX, CLASS, EXTRA];

const EXTRA_ARRAYS = ['raw.row.keypoint', 'raw.row.angle', 'raw.row.coefficient'];

/** Return whether the contract has tensors for each level. @param {Model} model */
export function hasLevels({ contract }) {
  return contract === 'raw' || contract === 'end2end';
}

/** Return whether the contract may give several boxes for an object. @param {Model} model */
export function needsNms({ contract }) {
  return contract === 'raw' || contract === 'decoded' || contract === 'multilabel';
}

/** Return the number of candidates. @param {Model} model */
export function candidateCount(model) {
  if (!hasLevels(model)) return model.outputShapes[0][model.contract === 'detections' ? 1 : 2];
  const perLevel = model.extras > 0 ? 3 : 2; // tensors
  return model.strides.reduce((count, _, level) => {
    const [, , height, width] = model.outputShapes[perLevel * level];
    return count + height * width;
  }, 0);
}

/** Finds a candidate's numbers. */
export class Cells {
  #model;
  /** Numbers of a candidate, by part. */
  #counts;

  /** @param {Model} model */
  constructor(model) {
    this.#model = model;
    const boxes = hasLevels(model) ? 4 * model.regMax : 4;
    const classes = model.contract === 'detections' ? 2 : model.classNames.length;
    this.#counts = [boxes, classes, model.extras];
  }

  /** Return how many numbers a candidate has. @param {Part} part */
  count(part) {
    return this.#counts[part];
  }

  /**
   * Return a number of a candidate.
   *
   * @param {Tensor[]} outputs
   * @param {number} candidate
   * @param {Part} part
   * @param {number} channel
   */
  value(outputs, candidate, part, channel) {
    const { tensor, offset, step } = this.#find(candidate, part, channel);
    return outputs[tensor].data[offset + channel * step];
  }

  /**
   * Return a candidate's box in the units of the comparison: four distances in strides, or cx cy w h in pixels.
   *
   * @param {ArrayLike<number>} row
   */
  boxNumbers(row) {
    const numbers = Array.from(row);
    const bins = this.#model.regMax;
    if (!hasLevels(this.#model) || bins <= 1) return numbers;
    return [0, 1, 2, 3].map((side) => expectedDistance(numbers.slice(side * bins, (side + 1) * bins)));
  }

  /**
   * Return outputs with the rows of a picture. All other candidates have scores below every confidence.
   *
   * @param {GoldenPicture} picture
   * @returns {Tensor[]}
   */
  rowsOf(picture) {
    const noScore = hasLevels(this.#model) ? -1e30 : 0;
    const outputs = this.#model.outputShapes.map((dims) => ({
      dims: [...dims],
      data: new Float32Array(dims.reduce((all, side) => all * side, 1)).fill(noScore),
    }));
    const candidates = picture.integers('raw.row.candidate');
    for (const part of PARTS) {
      const count = this.count(part);
      if (count === 0) continue;
      const values = rowValues(picture, part);
      for (let i = 0; i < candidates.length; i++) {
        for (let k = 0; k < count; k++) {
          const { tensor, offset, step } = this.#find(candidates[i], part, k);
          outputs[tensor].data[offset + k * step] = values[i * count + k];
        }
      }
    }
    return outputs;
  }

  /**
   * Return the output, the place of channel 0 in it, and the distance of two channels.
   *
   * @param {number} candidate
   * @param {Part} part
   * @param {number} channel
   */
  #find(candidate, part, channel) {
    if (channel >= this.count(part)) {
      throw vectorsError(`the vectors name channel ${channel}, which the model does not have`);
    }
    const model = this.#model;
    if (hasLevels(model)) return this.#findInLevels(candidate, part);
    const first = this.#counts.slice(0, part).reduce((sum, count) => sum + count, 0);
    const [, rows, columns] = model.outputShapes[0];
    // A column for each candidate: 4 of box, the classes, the extras.
    if (model.contract !== 'detections') {
      return { tensor: 0, offset: first * columns + known(candidate, columns), step: columns };
    }
    // A row for each: corners, score, class, extras.
    return { tensor: 0, offset: known(candidate, rows) * columns + first, step: 1 };
  }

  /**
   * Each level has a tensor of boxes, one of classes, and perhaps one of extras.
   *
   * @param {number} candidate
   * @param {Part} part
   */
  #findInLevels(candidate, part) {
    const { outputShapes, strides, extras } = this.#model;
    const perLevel = extras > 0 ? 3 : 2;
    let cell = candidate;
    for (let level = 0; level < strides.length; level++) {
      const [, , height, width] = outputShapes[level * perLevel];
      const cells = height * width;
      if (cell < cells) return { tensor: level * perLevel + part, offset: cell, step: cells };
      cell -= cells;
    }
    throw unknown(candidate);
  }
}

/**
 * Return a part of the rows' outputs, as PyTorch's model gave them.
 *
 * @param {GoldenPicture} picture
 * @param {Part} part
 */
export function rowValues(picture, part) {
  if (part === BOX) return picture.floats('raw.row.box');
  if (part === CLASS) return picture.floats('raw.row.class');
  const array = EXTRA_ARRAYS.find((name) => picture.has(name));
  if (!array) throw vectorsError(`the picture ${picture.name} has no extras of its rows`);
  return picture.floats(array);
}

/**
 * @param {number} candidate
 * @param {number} count
 */
function known(candidate, count) {
  if (candidate >= count) throw unknown(candidate);
  return candidate;
}

/** @param {number} candidate */
function unknown(candidate) {
  return vectorsError(`the vectors name candidate ${candidate}, which the model does not have`);
}

/**
 * Return the expectation of the softmax over a side's bins, in strides.
 *
 * @param {number[]} bins
 */
function expectedDistance(bins) {
  const highest = Math.max(...bins);
  const weights = bins.map((value) => Math.exp(value - highest));
  const sum = weights.reduce((all, weight) => all + weight, 0);
  return weights.reduce((all, weight, bin) => all + bin * weight, 0) / sum;
}
