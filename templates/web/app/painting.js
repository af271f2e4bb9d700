// Colored pixels that are laid over the picture.

/** @typedef {import('./view.js').View} View */
/** @typedef {import('./labels.js').Context} Context */

/**
 * @typedef {object} Painting
 * @property {OffscreenCanvas} canvas
 * @property {number} left the part of the canvas that covers the picture
 * @property {number} top
 * @property {number} width
 * @property {number} height
 */

/**
 * Paint pixels.
 *
 * @param {number} width
 * @param {number} height
 * @param {(pixels: Uint8ClampedArray) => void} paint RGBA, row by row, transparent at first
 * @returns {Painting}
 */
export function newPainting(width, height, paint) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  const image = new ImageData(width, height);
  paint(image.data);
  context.putImageData(image, 0, 0);
  return { canvas, left: 0, top: 0, width, height };
}

/**
 * @param {Context} context
 * @param {Painting} painting
 * @param {View} view
 */
export function drawPainting(context, { canvas, left, top, width, height }, view) {
  context.save();
  context.translate(view.isMirrored ? view.left + view.width : view.left, view.top);
  context.scale(view.isMirrored ? -1 : 1, 1);
  context.drawImage(canvas, left, top, width, height, 0, 0, view.width, view.height);
  context.restore();
}
