// Oriented boxes and their labels. The most confident one is on top.
import { LINE, RIM, css, drawLabel, ofClass, toX, toY } from './canvas.js';

/** @typedef {import('../vision/types.js').RotatedBox} RotatedBox */
/** @typedef {import('./canvas.js').View} View */
/** @typedef {import('./canvas.js').Context} Context */

/**
 * @param {Context} context
 * @param {import('../vision/types.js').Result} result
 * @param {View} view
 */
export function drawRotated(context, { boxes, rotated }, view) {
  const { area } = view;
  for (let i = boxes.length - 1; i >= 0; i -= 1) drawRotatedBox(context, rotated[i], boxes[i].classId, view);
  for (let i = boxes.length - 1; i >= 0; i -= 1) {
    const corners = cornersOf(rotated[i], view);
    const isVisible = corners.some(({ x, y }) => x > area.left && x < area.right && y > area.top && y < area.bottom);
    const highest = corners.reduce((best, corner) => (corner.y < best.y ? corner : best));
    if (isVisible) drawLabel(context, boxes[i], highest.x, highest.y, area);
  }
}

/**
 * Draw one oriented box, with a dark rim.
 *
 * @param {Context} context
 * @param {RotatedBox} box
 * @param {number} classId
 * @param {View} view
 * @param {import('./canvas.js').Line} [line]
 */
export function drawRotatedBox(context, box, classId, view, { width = LINE, dashes = [], color = css(ofClass(classId)) } = {}) {
  context.beginPath();
  for (const { x, y } of cornersOf(box, view)) context.lineTo(x, y);
  context.closePath();
  context.lineJoin = 'round';
  context.strokeStyle = RIM;
  context.lineWidth = width + LINE;
  if (dashes.length === 0) context.stroke();
  context.strokeStyle = color;
  context.lineWidth = width;
  context.setLineDash(dashes);
  context.stroke();
  context.setLineDash([]);
}

/**
 * Return the four corners on the canvas.
 *
 * @param {RotatedBox} box
 * @param {View} view
 */
function cornersOf({ cx, cy, width, height, angle }, view) {
  const [across, down] = [Math.cos(angle) / 2, Math.sin(angle) / 2];
  const [wx, wy] = [width * across, width * down]; // half of the width, along the box
  const [hx, hy] = [-height * down, height * across];
  return [
    [cx + wx + hx, cy + wy + hy],
    [cx + wx - hx, cy + wy - hy],
    [cx - wx - hx, cy - wy - hy],
    [cx - wx + hx, cy - wy + hy],
  ].map(([x, y]) => ({ x: toX(view, x), y: toY(view, y) }));
}
