// Where a picture is on a canvas. All lengths on the canvas are in CSS pixels.

/**
 * @typedef {object} View
 * @property {number} left of the picture on the canvas
 * @property {number} top
 * @property {number} width of the picture on the canvas
 * @property {number} height
 * @property {number} scale canvas pixels per pixel of the picture
 * @property {boolean} isMirrored whether the picture is shown as in a mirror
 * @property {Area} area where labels and panels stay
 *
 * @typedef {object} Area
 * @property {number} left
 * @property {number} top
 * @property {number} right
 * @property {number} bottom
 */

/**
 * Centre a picture on a canvas.
 *
 * @param {{width: number, height: number}} picture in pixels
 * @param {{width: number, height: number}} canvas in CSS pixels
 * @param {object} [options]
 * @param {boolean} [options.fills] true: the picture covers the canvas. false: all of it is visible
 * @param {boolean} [options.isMirrored]
 * @param {Area} [options.free] the part of the canvas without controls
 * @returns {View}
 */
export function centre(picture, canvas, { fills = false, isMirrored = false, free } = {}) {
  const scales = [canvas.width / picture.width, canvas.height / picture.height];
  const scale = fills ? Math.max(...scales) : Math.min(...scales);
  const [width, height] = [scale * picture.width, scale * picture.height];
  const [left, top] = [(canvas.width - width) / 2, (canvas.height - height) / 2];
  const { left: from, top: above, right, bottom } = free ?? { left: 0, top: 0, right: canvas.width, bottom: canvas.height };
  const area = {
    left: Math.max(left, from),
    top: Math.max(top, above),
    right: Math.min(left + width, right),
    bottom: Math.min(top + height, bottom),
  };
  return { left, top, width, height, scale, isMirrored, area };
}

/**
 * Return x on the canvas of x in the picture.
 *
 * @param {View} view
 * @param {number} x
 */
export function toX(view, x) {
  return view.isMirrored ? view.left + view.width - x * view.scale : view.left + x * view.scale;
}

/**
 * Return y on the canvas of y in the picture.
 *
 * @param {View} view
 * @param {number} y
 */
export function toY(view, y) {
  return view.top + y * view.scale;
}
