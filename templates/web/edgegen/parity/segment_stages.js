// Masks: the function that makes them, and those of the result, pixel by pixel.
import { makeMask } from '../../vision/masks.js';
import { BoxStages } from './box_stages.js';
import { vectorsError } from './golden_vectors.js';
import { Stage } from './report.js';

/** @typedef {import('../../vision/types.js').Mask} Mask */
/** @typedef {import('./golden_vectors.js').GoldenPicture} GoldenPicture */

const STRIDE = 4; // input pixels of a prototype's pixel, in the proof

/** The stages of masks. */
export class SegmentStages extends BoxStages {
  proof = new Stage('mask proof', 0, 'differences');
  masks = new Stage('masks', 1 - this.tolerances.mask_iou, '1 - IoU');

  /** @override */
  get more() {
    return [this.proof, this.masks];
  }

  /** @override */
  extraTolerance() {
    return this.tolerances.raw;
  }

  /**
   * Compare a small case whose numbers are not rounded: every pixel has to be equal.
   *
   * @override
   * @param {GoldenPicture} picture
   */
  compareMore(picture) {
    if (!picture.has('proof.proto')) return;
    const prototypes = picture.floats('proof.proto');
    const coefficients = picture.floats('proof.coefficient');
    const boxes = picture.floats('proof.box');
    const [height, width] = picture.integers('proof.size');
    const count = this.model.maskCoefficients;
    for (let i = 0; i < picture.integers('proof.end').length; i++) {
      const own = coefficients.subarray(i * count, (i + 1) * count);
      const box = boxes.slice(4 * i, 4 * i + 4);
      const mask = makeMask(prototypes, width / STRIDE, height / STRIDE, own, box, width, height);
      const ours = bitmapOf(mask, width, height);
      const right = golden(picture, 'proof', i, ours.length);
      for (let at = 0; at < ours.length; at++) this.proof.add(ours[at] === right[at] ? 0 : 1);
    }
  }

  /**
   * @override
   * @type {BoxStages['apart']}
   */
  apart(picture, ours, our, their) {
    const mask = this.#bitmap(ours.masks[our]);
    return this.#difference(mask, golden(picture, 'mask', their, mask.length));
  }

  /**
   * @override
   * @type {BoxStages['compareShown']}
   */
  compareShown(picture, ours, pairs) {
    // Of a program with its own tolerances, only the IoU counts.
    const isKnown = picture.has('undecided.run') && Object.keys(this.model.tolerances).length === 0;
    for (const [our, their] of pairs) {
      const mask = this.#bitmap(ours.masks[our]);
      const right = golden(picture, 'mask', their, mask.length);
      this.masks.add(this.#difference(mask, right));
      if (!isKnown) continue;
      const free = golden(picture, 'undecided', their, mask.length);
      const wrong = mask.filter((value, i) => value !== right[i] && !free[i]).length;
      if (wrong) this.masks.problems.push(`${picture.name}: ${wrong} wrong pixels in mask ${their}`);
    }
  }

  /** @param {Mask} mask */
  #bitmap(mask) {
    return bitmapOf(mask, this.model.inputWidth, this.model.inputHeight);
  }

  /**
   * Return 1 - IoU; 0 if only a few pixels differ: one pixel of a small mask may be more than the tolerance.
   *
   * @param {Uint8Array} a
   * @param {Uint8Array} b
   */
  #difference(a, b) {
    const differing = a.filter((value, i) => value !== b[i]).length;
    if (differing <= this.tolerances.mask_pixels) return 0;
    return differing / a.filter((value, i) => value || b[i]).length;
  }
}

/**
 * Return the mask as a bitmap of the input's size.
 *
 * @param {Mask | null} mask null: no pixel is set
 * @param {number} width
 * @param {number} height
 */
function bitmapOf(mask, width, height) {
  const bitmap = new Uint8Array(width * height);
  for (let y = 0; mask && y < mask.height; y++) {
    bitmap.set(mask.bits.subarray(y * mask.width, (y + 1) * mask.width), (mask.top + y) * width + mask.left);
  }
  return bitmap;
}

/**
 * Return a mask of the vectors: lengths of runs of zeros, ones, zeros, and so on.
 *
 * @param {GoldenPicture} picture
 * @param {string} array
 * @param {number} number
 * @param {number} size in pixels
 */
function golden(picture, array, number, size) {
  const runs = picture.integers(`${array}.run`);
  const ends = picture.integers(`${array}.end`);
  const bitmap = new Uint8Array(size);
  const first = number === 0 ? 0 : ends[number - 1];
  let at = 0;
  for (let i = first; i < ends[number]; i++) {
    bitmap.fill((i - first) % 2, at, at + runs[i]);
    at += runs[i];
  }
  if (at !== size) throw vectorsError(`a mask of ${picture.name} has ${at} pixels, expected ${size}`);
  return bitmap;
}
