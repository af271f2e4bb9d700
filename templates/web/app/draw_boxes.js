// Boxes and their labels. The most confident one is on top.
import { MODEL } from '../vision/model.js';
import { RIM, css, ofClass } from './colors.js';
import { LINE, drawLabel } from './labels.js';
import { toX, toY } from './view.js';

/** @typedef {import('../vision/types.js').Detection} Detection */
/** @typedef {import('./view.js').View} View */
/** @typedef {import('./labels.js').Context} Context */

/**
 * @param {Context} context
 * @param {Detection[]} boxes best first
 * @param {View} view
 */
export function drawBoxes(context, boxes, view) {
  for (const box of boxes.toReversed()) drawBox(context, box, view);
  for (const box of boxes.toReversed()) {
    const { left, top, width, height } = placeOf(box, view);
    const { area } = view;
    const isVisible = left < area.right && left + width > area.left && top < area.bottom && top + height > area.top;
    if (isVisible) drawLabel(context, { ...box, name: MODEL.classNames[box.classId] }, left, top, area);
  }
}

/**
 * Draw one box, with a dark rim.
 *
 * @param {Context} context
 * @param {Detection} box
 * @param {View} view
 * @param {{width?: number, dashes?: number[], color?: string}} [line] color: instead of that of the class
 */
export function drawBox(context, box, view, { width = LINE, dashes = [], color = css(ofClass(box.classId)) } = {}) {
  const place = placeOf(box, view);
  context.lineJoin = 'round';
  context.strokeStyle = RIM;
  context.lineWidth = width + LINE;
  if (dashes.length === 0) context.strokeRect(place.left, place.top, place.width, place.height);
  context.strokeStyle = color;
  context.lineWidth = width;
  context.setLineDash(dashes);
  context.strokeRect(place.left, place.top, place.width, place.height);
  context.setLineDash([]);
}

/**
 * @param {Detection} box
 * @param {View} view
 */
function placeOf({ x1, y1, x2, y2 }, view) {
  const [left, right] = [toX(view, x1), toX(view, x2)].sort((a, b) => a - b);
  const [top, bottom] = [toY(view, y1), toY(view, y2)];
  return { left, top, width: right - left, height: bottom - top };
}
