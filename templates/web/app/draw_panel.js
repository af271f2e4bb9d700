// A panel on the picture, with rows of text.
import { ON_SCRIM, SCRIM } from './colors.js';
import { LINE, fillRounded, setFont } from './labels.js';

/** @typedef {import('./view.js').Area} Area */
/** @typedef {import('./labels.js').Context} Context */

const PADDING = 4 * LINE;

/**
 * Draw a panel in the lower left corner of the area, and return where its content is.
 *
 * @param {Context} context
 * @param {Area} area
 * @param {number} width of the panel, at most that of the area
 * @param {number} height of its content
 * @returns {Area}
 */
export function drawPanel(context, area, width, height) {
  const [left, right] = [area.left, Math.min(area.left + width, area.right)];
  const top = area.bottom - height - 2 * PADDING;
  fillRounded(context, left, top, right - left, area.bottom - top, PADDING, SCRIM);
  setFont(context);
  context.fillStyle = ON_SCRIM;
  return { left: left + PADDING, top: top + PADDING, right: right - PADDING, bottom: area.bottom - PADDING };
}
