// The most probable classes, each with a bar of its probability.
import { MODEL } from '../vision/model.js';
import { LINE, ON_SCRIM, ROW, TEXT, css, drawPanel, ofClass, shorten } from './canvas.js';

/** @typedef {import('./canvas.js').Context} Context */

const PADDING = 4 * LINE;
const HEIGHT = ROW + PADDING; // of a class
const WIDTH = 16 * TEXT;

/**
 * Draw the classes in the lower left corner.
 *
 * @param {Context} context
 * @param {import('../vision/types.js').Result} result
 * @param {import('./canvas.js').View} view
 */
export function drawClasses(context, { classes }, { area }) {
  const count = Math.min(classes.length, Math.floor((area.bottom - area.top - 2 * PADDING) / HEIGHT));
  if (count < 1) return;
  const panel = drawPanel(context, area, WIDTH, count * HEIGHT);
  for (const [i, { classId, score }] of classes.slice(0, count).entries()) {
    const bottom = panel.top + (i + 1) * HEIGHT;
    const number = score.toFixed(2);
    const numberWidth = context.measureText(number).width;
    const room = panel.right - panel.left - numberWidth - PADDING;
    const middle = bottom - PADDING / 2 - LINE - ROW / 2;
    context.fillStyle = ON_SCRIM;
    context.fillText(shorten(context, MODEL.classNames[classId], room), panel.left, middle);
    context.fillText(number, panel.right - numberWidth, middle);
    context.fillStyle = css(ofClass(classId));
    context.fillRect(panel.left, bottom - 2 * LINE, (panel.right - panel.left) * score, 2 * LINE);
  }
}
