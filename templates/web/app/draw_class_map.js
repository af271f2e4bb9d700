// The class of every pixel, half transparent, and a legend.
import { MODEL } from '../vision/model.js';
import { LINE, ON_SCRIM, ROW, TEXT, channels, css, drawPanel, fillRounded, ofClass, paintMap, shorten } from './canvas.js';

/** @typedef {import('../vision/types.js').Result} Result */
/** @typedef {import('./canvas.js').Context} Context */

const OPACITY = 0x8c;
const NOT_SHOWN = 255;
const MOST_CLASSES = 8;
const PADDING = 4 * LINE;
const HEIGHT = ROW + PADDING / 2; // of a class
const WIDTH = 14 * TEXT;

/**
 * Return the class of a value of the map; -1: none.
 *
 * @param {number} value
 */
function classOf(value) {
  if (MODEL.classNames.length === 1) return value - 1; // 1: the class, 0: the rest
  return value === NOT_SHOWN ? -1 : value;
}

/**
 * Return the map as colored pixels.
 *
 * @param {Result} result
 */
export function paintClassMap({ width, height, classMap }) {
  const colors = Array.from({ length: 256 }, (_, value) => {
    const classId = classOf(value);
    return classId < 0 ? null : [...channels(ofClass(classId)), OPACITY];
  });
  return paintMap(width, height, (pixel) => colors[classMap[pixel]]);
}

/**
 * Draw colour, name and share of the picture of each class, the largest first, in the lower left corner.
 *
 * @param {Context} context
 * @param {Result} result
 * @param {import('./canvas.js').View} view
 */
export function drawLegend(context, { classes }, { area }) {
  const room = Math.floor((area.bottom - area.top - 2 * PADDING) / HEIGHT);
  const shown = classes.filter(({ value }) => classOf(value) >= 0).slice(0, Math.max(0, Math.min(MOST_CLASSES, room)));
  if (shown.length === 0) return;
  const panel = drawPanel(context, area, WIDTH, shown.length * HEIGHT);
  for (const [i, { value, share }] of shown.entries()) {
    const middle = panel.top + (i + 0.5) * HEIGHT;
    const percent = share.toLocaleString(undefined, { style: 'percent' });
    const percentWidth = context.measureText(percent).width;
    const left = panel.left + TEXT + PADDING;
    fillRounded(context, panel.left, middle - TEXT / 2, TEXT, TEXT, LINE, css(ofClass(classOf(value))));
    context.fillStyle = ON_SCRIM;
    const name = MODEL.classNames[classOf(value)];
    context.fillText(shorten(context, name, panel.right - left - percentWidth - PADDING), left, middle);
    context.fillText(percent, panel.right - percentWidth, middle);
  }
}
