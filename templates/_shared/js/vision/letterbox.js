// From a picture to the model's input: resize, add the border, and split into planes.

import { roundHalfEven } from './numbers.js';
import { resizeInto } from './resize.js';
import { toTensor, valuesOfBytes } from './tensor.js';

/** @import { Input, Model, Picture, Plan } from './types.js' */

const ODD_PIXEL_BIAS = 0.1; // an odd pixel of the border goes to the right and to the bottom

/**
 * Fit a picture into the input, and keep its aspect ratio. All sizes are in pixels, at least 1.
 *
 * @param {number} sourceWidth
 * @param {number} sourceHeight
 * @param {number} inputWidth
 * @param {number} inputHeight
 * @returns {Plan}
 */
export function planLetterbox(sourceWidth, sourceHeight, inputWidth, inputHeight) {
  const ratio = Math.min(inputHeight / sourceHeight, inputWidth / sourceWidth);
  const resizedWidth = Math.max(roundHalfEven(sourceWidth * ratio), 1);
  const resizedHeight = Math.max(roundHalfEven(sourceHeight * ratio), 1);
  const left = roundHalfEven((inputWidth - resizedWidth) / 2 - ODD_PIXEL_BIAS);
  const top = roundHalfEven((inputHeight - resizedHeight) / 2 - ODD_PIXEL_BIAS);
  return { sourceWidth, sourceHeight, inputWidth, inputHeight, resizedWidth, resizedHeight, left, top };
}

/**
 * Make the model's input of a picture.
 *
 * @param {Picture} picture
 * @param {Model} model
 * @param {Input} [previous] of another picture, and no longer needed: its memory is used again
 * @returns {Input}
 */
export function letterbox(picture, model, previous) {
  const plan = planLetterbox(picture.width, picture.height, model.inputWidth, model.inputHeight);
  const pixels = previous?.pixels ?? new Uint8Array(3 * plan.inputWidth * plan.inputHeight);
  pixels.fill(model.padValue);
  resizeInto(picture, plan, pixels, model.rgb);
  return { pixels, tensor: toTensor(pixels, valuesOfBytes(model), previous?.tensor), plan };
}

/**
 * Map x or y from the model's input to the picture, clipped to it. NaN stays NaN.
 *
 * @param {number} position in pixels of the input
 * @param {number} border `left` or `top` of the plan
 * @param {number} resized the picture's width or height in the input
 * @param {number} source the picture's own width or height
 */
export function toPicture(position, border, resized, source) {
  const gain = Math.fround(resized / source); // of the rounded sizes: not quite equal along x and y
  const inPicture = Math.fround(Math.fround(position - border) / gain);
  return Math.min(Math.max(inPicture, 0), source);
}
