// Text on the picture: labels of boxes.
import { css, ofClass, textOn } from './colors.js';

/** @typedef {import('./view.js').Area} Area */
/** @typedef {OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D} Context */

export const LINE = 2; // width of lines, in CSS pixels
export const TEXT = 14; // height of text
export const ROW = 1.3 * TEXT; // from line to line
const PADDING = 2 * LINE;

/** @param {Context} context */
export function setFont(context) {
  context.font = `${TEXT}px system-ui, Roboto, "Helvetica Neue", Arial, sans-serif`;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
}

/**
 * Return a text that is no wider than the room. Its end becomes "…".
 *
 * @param {Context} context
 * @param {string} text
 * @param {number} room
 */
export function shorten(context, text, room) {
  if (context.measureText(text).width <= room) return text;
  let length = text.length;
  while (length > 0 && context.measureText(`${text.slice(0, length)}…`).width > room) length -= 1;
  return `${text.slice(0, length)}…`;
}

/**
 * Draw class and score above a place, moved as far as needed to stay in the area.
 *
 * @param {Context} context
 * @param {{name: string, classId: number, score: number}} label
 * @param {number} left
 * @param {number} top
 * @param {Area} area
 */
export function drawLabel(context, { name, classId, score }, left, top, area) {
  setFont(context);
  const number = ` ${score.toFixed(2)}`;
  const room = area.right - area.left - context.measureText(number).width - 2 * PADDING;
  const text = shorten(context, name, room) + number;
  const height = ROW + PADDING;
  const width = context.measureText(text).width + 2 * PADDING;
  const x = Math.max(area.left, Math.min(left, area.right - width));
  const y = Math.max(area.top, Math.min(top, area.bottom) - height);
  const color = ofClass(classId);
  fillRounded(context, x, y, width, height, LINE, css(color));
  context.fillStyle = textOn(color);
  context.fillText(text, x + PADDING, y + height / 2);
}

/**
 * @param {Context} context
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 * @param {number} radius
 * @param {string | CanvasGradient} style
 */
export function fillRounded(context, x, y, width, height, radius, style) {
  context.fillStyle = style;
  context.beginPath();
  context.roundRect(x, y, width, height, radius);
  context.fill();
}
