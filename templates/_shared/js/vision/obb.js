// Oriented boxes on the picture: they are turned with their object.

import { boxRow } from './boxes.js';

/** @import { Candidate, Detection, Model, Plan, Result, RotatedBox } from './types.js' */

const { fround } = Math;

/**
 * Map the candidates to the picture.
 *
 * @param {Candidate[]} kept
 * @param {Plan} plan
 * @returns {Result}
 */
export function obbResult(kept, plan) {
  const rotated = kept.map(({ box }) => toRotatedBox(box, plan));
  const boxes = kept.map((candidate, i) => boundsOf(rotated[i], candidate));
  return { width: plan.sourceWidth, height: plan.sourceHeight, boxes, rotated };
}

/**
 * Return the result as rows of JSON.
 *
 * @param {Result} result
 * @param {Model} model
 */
export function obbRows({ boxes, rotated }, model) {
  return boxes.map((detection, i) => {
    const { cx, cy, width, height, angle } = rotated[i];
    const corners = cornersOf(rotated[i]).map(({ x, y }) => [x, y]);
    return { ...boxRow(detection, model.classNames), xywhr: [cx, cy, width, height, angle], corners };
  });
}

/**
 * Return the four corners of a box, in their order around it.
 *
 * @param {RotatedBox} box
 */
export function cornersOf({ cx, cy, width, height, angle }) {
  const cos = fround(Math.cos(angle));
  const sin = fround(Math.sin(angle));
  // From the centre to the middles of two sides.
  const along = { x: fround((width / 2) * cos), y: fround((width / 2) * sin) };
  const across = { x: fround((-height / 2) * sin), y: fround((height / 2) * cos) };
  return [
    { x: fround(fround(cx + along.x) + across.x), y: fround(fround(cy + along.y) + across.y) },
    { x: fround(fround(cx + along.x) - across.x), y: fround(fround(cy + along.y) - across.y) },
    { x: fround(fround(cx - along.x) - across.x), y: fround(fround(cy - along.y) - across.y) },
    { x: fround(fround(cx - along.x) + across.x), y: fround(fround(cy - along.y) + across.y) },
  ];
}

/**
 * Map a box from the model's input to the picture. It is not clipped, because a clipped box is no rectangle.
 *
 * At any angle, the width is divided by the gain along x and the height by that along y, as in Ultralytics. The gains
 * differ only by the rounding of the resized picture.
 *
 * @param {Float32Array} box cx, cy, width, height, angle
 * @param {Plan} plan
 * @returns {RotatedBox}
 */
function toRotatedBox([cx, cy, width, height, angle], plan) {
  const gainX = fround(plan.gainX);
  const gainY = fround(plan.gainY);
  return {
    cx: fround(fround(cx - plan.left) / gainX),
    cy: fround(fround(cy - plan.top) / gainY),
    width: fround(width / gainX),
    height: fround(height / gainY),
    angle,
  };
}

/**
 * Return the upright box around an oriented one.
 *
 * @param {RotatedBox} rotated
 * @param {Candidate} candidate
 * @returns {Detection}
 */
function boundsOf(rotated, { score, classId, index }) {
  const corners = cornersOf(rotated);
  const x = corners.map((corner) => corner.x);
  const y = corners.map((corner) => corner.y);
  return {
    x1: Math.min(...x),
    y1: Math.min(...y),
    x2: Math.max(...x),
    y2: Math.max(...y),
    score,
    classId,
    index,
  };
}
