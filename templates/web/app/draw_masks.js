// Masks: half transparent, with an opaque contour. The most confident one is on top.
import { channels, newPainting, ofClass } from './canvas.js';

/** @typedef {import('../vision/types.js').Mask} Mask */

const HALF = 0x80; // of the opacity
const OPAQUE = 0xff;

/**
 * Return the masks as colored pixels.
 *
 * @param {import('../vision/types.js').Result} result
 */
export function paintMasks({ boxes, masks, plan }) {
  const { inputWidth, inputHeight } = plan;
  const painting = newPainting(inputWidth, inputHeight, (pixels) => {
    for (let i = boxes.length - 1; i >= 0; i -= 1) paintMask(pixels, inputWidth, masks[i], ofClass(boxes[i].classId));
  });
  return { ...painting, left: plan.left, top: plan.top, width: plan.resizedWidth, height: plan.resizedHeight };
}

/**
 * @param {Uint8ClampedArray} pixels RGBA
 * @param {number} stride pixels of a row
 * @param {Mask} mask
 * @param {number} color
 */
function paintMask(pixels, stride, { left, top, width, height, bits }, color) {
  const [red, green, blue] = channels(color);
  /** @type {(x: number, y: number) => boolean} */
  const isInside = (x, y) => x >= 0 && y >= 0 && x < width && y < height && bits[y * width + x] !== 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (!isInside(x, y)) continue;
      const isContour = !isInside(x - 1, y) || !isInside(x + 1, y) || !isInside(x, y - 1) || !isInside(x, y + 1);
      const at = 4 * ((top + y) * stride + left + x);
      pixels[at] = red;
      pixels[at + 1] = green;
      pixels[at + 2] = blue;
      pixels[at + 3] = isContour ? OPAQUE : HALF;
    }
  }
}
