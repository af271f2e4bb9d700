// NMS of oriented boxes by probabilistic IoU. A box is modelled as a normal distribution. The overlap of two boxes is
// one minus the Hellinger distance of their distributions (Llerena et al., Gaussian Bounding Boxes and Probabilistic
// Intersection-over-Union, 2021). All in float32, in Ultralytics' order.

import { mostConfident } from './boxes.js';

/** @import { Candidate, Thresholds } from './types.js' */

const { fround } = Math;
const CLASS_OFFSET = 7680; // pixels between classes (Ultralytics' max_wh)
const MAX_CANDIDATES = 30_000; // Ultralytics' max_nms
const EPSILON = fround(1e-7); // keeps divisions and roots away from 0
const FARTHEST = 100; // Bhattacharyya distance of boxes without overlap
const VARIANCE = 12; // the variance of a uniform distribution is the side squared / 12

/**
 * A box as a normal distribution: its centre, var(x), var(y) and cov(x, y).
 *
 * @typedef {object} Normal
 * @property {number} x
 * @property {number} y
 * @property {number} a
 * @property {number} b
 * @property {number} c
 */

/**
 * Return the kept candidates, best first; equal scores by position.
 *
 * A better box suppresses a box of its class (with `agnostic`, of any class) if their overlap is above the threshold,
 * even if it is suppressed itself: Fast NMS (Bolya et al., YOLACT, 2019).
 *
 * @param {Candidate[]} candidates
 * @param {Thresholds} thresholds
 * @param {number} [maxCandidates] only this many, the best ones, are considered
 */
export function nms(candidates, { iou, maxDetections, agnostic }, maxCandidates = MAX_CANDIDATES) {
  const threshold = fround(iou);
  /** @type {Candidate[]} */
  const kept = [];
  /** @type {Normal[]} */
  const betterBoxes = []; // kept or not
  for (const candidate of mostConfident(candidates, maxCandidates)) {
    if (kept.length >= maxDetections) break;
    const box = normalOf(candidate.box, agnostic ? 0 : candidate.classId * CLASS_OFFSET);
    const isSuppressed = betterBoxes.some((better) => overlapOf(better, box) > threshold);
    betterBoxes.push(box);
    if (!isSuppressed) kept.push(candidate);
  }
  return kept;
}

/**
 * Return the distribution of a box.
 *
 * @param {Float32Array} box cx, cy, width, height, angle
 * @param {number} offset added to cx and cy
 * @returns {Normal}
 */
function normalOf([x, y, width, height, angle], offset) {
  const along = fround(fround(width * width) / VARIANCE);
  const across = fround(fround(height * height) / VARIANCE);
  const cos = fround(Math.cos(angle));
  const sin = fround(Math.sin(angle));
  const cos2 = fround(cos * cos);
  const sin2 = fround(sin * sin);
  return {
    x: fround(x + offset),
    y: fround(y + offset),
    a: fround(fround(along * cos2) + fround(across * sin2)),
    b: fround(fround(along * sin2) + fround(across * cos2)),
    c: fround(fround(fround(along - across) * cos) * sin),
  };
}

/**
 * Return how far two boxes overlap, 0 to 1. NaN is above no threshold.
 *
 * @param {Normal} one
 * @param {Normal} other
 */
function overlapOf(one, other) {
  const a = fround(one.a + other.a);
  const b = fround(one.b + other.b);
  const c = fround(one.c + other.c);
  const down = fround(one.y - other.y);
  const right = fround(other.x - one.x);
  const spread = determinant(a, b, c);
  const divisor = fround(spread + EPSILON);

  const squares = fround(fround(a * fround(down * down)) + fround(b * fround(right * right)));
  const places = fround(fround(squares / divisor) * 0.25);
  const turns = fround(fround(fround(fround(c * right) * down) / divisor) * 0.5);
  const sizes = fround(areaOf(one) * areaOf(other));
  const ratio = fround(spread / fround(fround(4 * fround(Math.sqrt(sizes))) + EPSILON));
  const shapes = fround(fround(Math.log(fround(ratio + EPSILON))) * 0.5);

  const sum = fround(fround(places + turns) + shapes);
  const distance = Math.min(Math.max(sum, EPSILON), FARTHEST); // Bhattacharyya's; NaN stays NaN
  const likeness = fround(Math.exp(-distance));
  return fround(1 - fround(Math.sqrt(fround(fround(1 - likeness) + EPSILON)))); // 1 - Hellinger's distance
}

/** @param {Normal} box */
function areaOf({ a, b, c }) {
  return Math.max(determinant(a, b, c), 0);
}

/**
 * @param {number} a
 * @param {number} b
 * @param {number} c
 */
function determinant(a, b, c) {
  return fround(fround(a * b) - fround(c * c));
}
