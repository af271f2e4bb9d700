// From a picture to the model's input: the whole picture is resized to it, whatever its aspect ratio.

import { resizeInto } from './resize.js';
import { toTensor, valuesOfBytes } from './tensor.js';

/** @import { Input, Model, Picture } from './types.js' */

/**
 * Make the model's input of a picture.
 *
 * @param {Picture} picture
 * @param {Model} model
 * @param {Input} [previous] of another picture, and no longer needed: its memory is used again
 * @returns {Input}
 */
export function stretch(picture, model, previous) {
  const { inputWidth, inputHeight } = model;
  const plan = {
    sourceWidth: picture.width,
    sourceHeight: picture.height,
    inputWidth,
    inputHeight,
    resizedWidth: inputWidth,
    resizedHeight: inputHeight,
    left: 0,
    top: 0,
    gainX: inputWidth / picture.width,
    gainY: inputHeight / picture.height,
  };
  const pixels = previous?.pixels ?? new Uint8Array(3 * inputWidth * inputHeight);
  resizeInto(picture, plan, pixels, model.rgb);
  return { pixels, tensor: toTensor(pixels, valuesOfBytes(model), previous?.tensor), plan };
}
