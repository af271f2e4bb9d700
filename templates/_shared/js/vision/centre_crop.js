// From a picture to the model's input, as torchvision's Resize and CenterCrop prepare Pillow's pictures: resize so that
// the shorter side has a given length, cut the centre out, and split into planes.

import { resizePart } from './pillow_resize.js';
import { roundHalfEven, toTensor } from './tensor.js';

/** @import { Input, Model, Picture, Plan } from './types.js' */

const { fround } = Math;

/**
 * Return the resize and the crop. The input is the centre of the resized picture, so `left` and `top` are 0 or
 * negative.
 *
 * @param {number} sourceWidth
 * @param {number} sourceHeight
 * @param {number} inputWidth
 * @param {number} inputHeight
 * @param {number} shorterSide at least as long as both sides of the input; 0: the picture is stretched to the input
 * @returns {Plan}
 */
export function planCentreCrop(sourceWidth, sourceHeight, inputWidth, inputHeight, shorterSide) {
  let resizedWidth = inputWidth;
  let resizedHeight = inputHeight;
  if (shorterSide > 0) {
    const [shorter, longer] = [sourceWidth, sourceHeight].sort((one, other) => one - other);
    const longerSide = Math.trunc((shorterSide * longer) / shorter); // cut off, not rounded
    const isTall = sourceWidth <= sourceHeight;
    resizedWidth = isTall ? shorterSide : longerSide;
    resizedHeight = isTall ? longerSide : shorterSide;
  }
  const left = 0 - roundHalfEven((resizedWidth - inputWidth) / 2);
  const top = 0 - roundHalfEven((resizedHeight - inputHeight) / 2);
  const gainX = resizedWidth / sourceWidth;
  const gainY = resizedHeight / sourceHeight;
  return { sourceWidth, sourceHeight, inputWidth, inputHeight, resizedWidth, resizedHeight, left, top, gainX, gainY };
}

/**
 * Make the model's input of a picture.
 *
 * @param {Picture} picture
 * @param {Model} model
 * @param {Input} [previous] of another picture, and no longer needed: its memory is used again
 * @returns {Input}
 */
export function centreCrop(picture, model, previous) {
  const { inputWidth, inputHeight, shorterSide, isBicubic } = model;
  const plan = planCentreCrop(picture.width, picture.height, inputWidth, inputHeight, shorterSide);
  const size = { width: plan.resizedWidth, height: plan.resizedHeight };
  const part = { left: -plan.left, top: -plan.top, width: inputWidth, height: inputHeight };
  const pixels = resizePart(picture, size, part, isBicubic);
  if (!model.rgb) swapRedAndBlue(pixels);
  return { pixels, tensor: toTensor(pixels, roundedValuesOfBytes(model), previous?.tensor), plan };
}

/** @param {Uint8Array} pixels */
function swapRedAndBlue(pixels) {
  for (let i = 0; i < pixels.length; i += 3) [pixels[i], pixels[i + 2]] = [pixels[i + 2], pixels[i]];
}

/**
 * Return the value of each byte, for each channel: (byte * scale - mean) / std. Each step is rounded to float32, as in
 * torchvision's ToTensor and Normalize.
 *
 * @param {Model} model
 */
function roundedValuesOfBytes({ scale, mean, std }) {
  return mean.map((_, channel) =>
    Float32Array.from({ length: 256 }, (_, byte) =>
      fround(fround(fround(byte * scale) - fround(mean[channel])) / fround(std[channel])),
    ),
  );
}
