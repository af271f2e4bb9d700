// The outline of a mask: the points where its outer borders turn, as OpenCV's findContours(RETR_EXTERNAL,
// CHAIN_APPROX_SIMPLE) has them (Suzuki and Abe, Topological Structural Analysis of Digitized Binary Images by Border
// Following, 1985). Separate parts are joined where they are nearest to each other, as in Ultralytics' `masks.xy`.

import { toPicture } from './boxes.js';

/** @import { Mask, Plan } from './types.js' */

// Labels of pixels. At the end of a region in its row, the pixel to the right was found empty.
const EMPTY = 0;
const INSIDE = 1;
const BORDER = 2;
const RIGHT_END = 3;

// x and y of the eight neighbours, counter-clockwise on the screen, starting at the right.
const NEIGHBOURS = [
  [1, 0],
  [1, -1],
  [0, -1],
  [-1, -1],
  [-1, 0],
  [-1, 1],
  [0, 1],
  [1, 1],
];
const LEFT = 4; // outer borders are entered from this neighbour

/**
 * A pixel, as its place in the labels.
 *
 * @typedef {number} Point
 */

/**
 * Return the outline as x and y of points, in pixels of the picture; [] for an empty mask.
 *
 * @param {Mask} mask
 * @param {Plan} plan where the picture is in the mask's pixels
 */
export function outlineOf({ left, top, width, height, bits }, plan) {
  const row = width + 2; // the labels have an empty border on each side
  const labels = new Uint8Array(row * (height + 2));
  for (let y = 0; y < height; y += 1) {
    labels.set(bits.subarray(y * width, (y + 1) * width), (y + 1) * row + 1);
  }
  return join(findContours(labels, row), row).map((point) => {
    const x = left + (point % row) - 1;
    const y = top + Math.floor(point / row) - 1;
    return [
      toPicture(x, plan.left, plan.gainX, plan.sourceWidth),
      toPicture(y, plan.top, plan.gainY, plan.sourceHeight),
    ];
  });
}

/**
 * Return the outer border of each outermost region, the last one first.
 *
 * @param {Uint8Array} labels
 * @param {number} row the length of a row
 */
function findContours(labels, row) {
  const steps = NEIGHBOURS.map(([x, y]) => y * row + x);
  /** @type {Point[][]} */
  const contours = [];
  for (let start = row; start < labels.length - row; start += row) {
    let isEnclosed = false; // by a region whose border was followed
    for (let point = start + 1; point < start + row - 1; point += 1) {
      const isStart = labels[point] === INSIDE && labels[point - 1] === EMPTY;
      if (isStart && !isEnclosed) contours.push(followBorder(labels, steps, point));
      if (labels[point] === BORDER) isEnclosed = true;
      if (labels[point] === RIGHT_END) isEnclosed = false;
    }
  }
  return contours.reverse();
}

/**
 * Follow the outer border that starts at a pixel, label it, and return the pixels where it turns.
 *
 * @param {Uint8Array} labels
 * @param {number[]} steps from a pixel to its neighbours
 * @param {Point} start
 */
function followBorder(labels, steps, start) {
  // The border's last pixel is the first one clockwise from the left.
  const last = [3, 2, 1, 0, 7, 6, 5].find((direction) => labels[start + steps[direction]] !== EMPTY);
  if (last === undefined) {
    labels[start] = RIGHT_END;
    return [start];
  }
  const end = start + steps[last];
  const turns = [];
  let point = start;
  let heading = (last + LEFT) % 8; // the direction of the last step
  for (;;) {
    let direction = (heading + LEFT + 1) % 8; // the neighbour after the previous pixel
    while (labels[point + steps[direction]] === EMPTY) {
      if (direction === 0) labels[point] = RIGHT_END;
      direction = (direction + 1) % 8;
    }
    if (labels[point] === INSIDE) labels[point] = BORDER;
    if (direction !== heading) turns.push(point);
    const next = point + steps[direction];
    if (next === start && point === end) return turns;
    point = next;
    heading = direction;
  }
}

/**
 * Return one closed line through all contours. Each is connected to the next at their nearest points. The line follows
 * part of each contour to the last one, goes around it, and returns along the other parts.
 *
 * @param {Point[][]} contours
 * @param {number} row
 */
function join(contours, row) {
  if (contours.length < 2) return contours.flat();
  const ties = contours.slice(1).map((contour, i) => nearestPoints(contours[i], contour, row));
  /** @type {Point[]} */
  const forth = [];
  /** @type {Point[][]} */
  const back = [];
  for (const [i, contour] of contours.entries()) {
    const enter = i === 0 ? ties[0][0] : ties[i - 1][1];
    if (i === 0 || i === ties.length) {
      forth.push(...ringFrom(contour, enter));
      continue;
    }
    const leave = ties[i][0];
    const isAgainst = leave < enter; // the line goes against the order of the points
    const ring = isAgainst
      ? ringFrom(contour.toReversed(), contour.length - 1 - enter)
      : ringFrom(contour, enter);
    const turn = Math.abs(leave - enter);
    forth.push(...ring.slice(0, turn + 1));
    back.push(ring.slice(turn));
  }
  return [...forth, ...back.reverse().flat()];
}

/**
 * Return the indices of the two points that are nearest to each other, the first of equal pairs.
 *
 * @param {Point[]} one
 * @param {Point[]} other
 * @param {number} row
 */
function nearestPoints(one, other, row) {
  let nearest = [0, 0];
  let least = Infinity;
  for (const [i, a] of one.entries()) {
    for (const [k, b] of other.entries()) {
      const x = (a % row) - (b % row);
      const y = Math.floor(a / row) - Math.floor(b / row);
      if (x * x + y * y >= least) continue;
      least = x * x + y * y;
      nearest = [i, k];
    }
  }
  return nearest;
}

/**
 * Return the closed contour from this point back to it.
 *
 * @param {Point[]} contour
 * @param {number} first
 */
function ringFrom(contour, first) {
  return [...contour.slice(first), ...contour.slice(0, first + 1)];
}
