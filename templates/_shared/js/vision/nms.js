// Non-maximum suppression: of boxes that overlap, the most confident one is kept.

import { mostConfident } from './boxes.js';

/** @import { Candidate, Thresholds } from './types.js' */

/**
 * Classes are kept apart by moving their boxes this many pixels each (Ultralytics' max_wh). The rounding that this
 * costs a float32 is part of the rule: an exact IoU would decide differently near the threshold.
 */
const CLASS_OFFSET = 7680;
const MAX_CANDIDATES = 30_000; // Ultralytics' max_nms

/**
 * Return the kept candidates, best first; equal scores by position. The result equals torchvision.ops.nms on the boxes
 * that Ultralytics gives it, to the last bit of the float32 IoU.
 *
 * A kept box suppresses boxes of its class (with `agnostic`, of any class) whose IoU with it is above the threshold.
 *
 * @param {Candidate[]} candidates
 * @param {Thresholds} thresholds
 * @param {number} [maxCandidates] only this many, the best ones, are considered
 */
export function nms(candidates, { iou, maxDetections, agnostic }, maxCandidates = MAX_CANDIDATES) {
  /** @type {Candidate[]} */
  const kept = [];
  /** @type {Float32Array[]} */
  const keptBoxes = []; // moved by their class
  for (const candidate of mostConfident(candidates, maxCandidates)) {
    if (kept.length >= maxDetections) break;
    const offset = agnostic ? 0 : candidate.classId * CLASS_OFFSET;
    const box = candidate.box.map((corner) => corner + offset); // a Float32Array rounds: that is part of the rule
    if (keptBoxes.some((better) => iouOf(better, box) > iou)) continue;
    kept.push(candidate);
    keptBoxes.push(box);
  }
  return kept;
}

/**
 * Return the intersection over union of two boxes, 0 to 1, in float32. 0 / 0 is NaN, which is above no threshold.
 *
 * @param {Float32Array} a corners x1, y1, x2, y2
 * @param {Float32Array} b
 */
function iouOf(a, b) {
  const width = Math.max(0, Math.fround(Math.min(a[2], b[2]) - Math.max(a[0], b[0])));
  const height = Math.max(0, Math.fround(Math.min(a[3], b[3]) - Math.max(a[1], b[1])));
  const intersection = Math.fround(width * height);
  const union = Math.fround(Math.fround(areaOf(a) + areaOf(b)) - intersection);
  return Math.fround(intersection / union);
}

/** @param {Float32Array} box */
function areaOf(box) {
  return Math.fround(Math.fround(box[2] - box[0]) * Math.fround(box[3] - box[1]));
}
