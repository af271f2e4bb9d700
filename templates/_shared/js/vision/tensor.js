// From the bytes of the input to the tensor. Rounding.

/** @import { Model } from './types.js' */

/**
 * Return the tensor of the input's bytes. Memory that is used again is already in place: with a new array for each frame,
 * this would take twice as long.
 *
 * @param {Uint8Array} pixels [height, width, 3], in the tensor's channel order
 * @param {Float32Array[]} tables of each channel: byte -> value
 * @param {Float32Array} [tensor] written to; by default, a new one
 * @returns {Float32Array} [3, height, width]
 */
export function toTensor(pixels, tables, tensor = new Float32Array(pixels.length)) {
  const plane = pixels.length / 3;
  const [first, second, third] = tables;
  for (let i = 0, byte = 0; i < plane; i += 1, byte += 3) {
    tensor[i] = first[pixels[byte]];
    tensor[plane + i] = second[pixels[byte + 1]];
    tensor[2 * plane + i] = third[pixels[byte + 2]];
  }
  return tensor;
}

/**
 * Return the value of each byte, for each channel: (byte * scale - mean) / std, computed in double and rounded once.
 *
 * @param {Model} model
 */
export function valuesOfBytes(model) {
  return model.mean.map((mean, channel) =>
    Float32Array.from({ length: 256 }, (_, byte) => (byte * model.scale - mean) / model.std[channel]),
  );
}

/**
 * Round to the nearest whole number, a half to the even one: as Python's `round` and OpenCV's `cvRound`.
 *
 * @param {number} value
 */
export function roundHalfEven(value) {
  const below = Math.floor(value);
  const isHalf = value - below === 0.5;
  return isHalf ? below + Math.abs(below % 2) : Math.round(value) + 0; // -0 + 0 is 0
}
