// Depth: a distance for every pixel of the picture, in the model's unit.

import { DenseMap } from './dense_map.js';
import { roundHalfEven } from './tensor.js';

/** @import { Maps, Plan, Result, Tensor } from './types.js' */

/**
 * Return the distances as the model gives them.
 *
 * @param {Tensor[]} outputs
 * @returns {Maps}
 */
export function depthMaps([{ data, dims }]) {
  const [, count, height, width] = dims;
  return { count, width, height, values: data };
}

/**
 * Return the distance of every pixel of the picture, and the lowest and highest finite one.
 *
 * @param {Maps} maps
 * @param {Plan} plan
 * @returns {Result}
 */
export function depthResult(maps, plan) {
  const { sourceWidth: width, sourceHeight: height, inputWidth, inputHeight } = plan;
  const distances = new DenseMap({ ...maps, inputWidth, inputHeight, corners: true });
  distances.start(maps.values, plan);

  const depth = new Float32Array(width * height);
  let lowest = Infinity;
  let highest = -Infinity;
  for (let y = 0; y < height; y += 1) {
    const row = depth.subarray(y * width, (y + 1) * width);
    distances.row(0, y, row);
    for (const distance of row) {
      if (!Number.isFinite(distance)) continue;
      if (distance < lowest) lowest = distance;
      if (distance > highest) highest = distance;
    }
  }
  const hasDistances = lowest <= highest;
  return { width, height, depth, lowest: hasDistances ? lowest : NaN, highest: hasDistances ? highest : NaN };
}

/**
 * Return the result as a row of JSON. The map is little-endian float32 in Base64.
 *
 * @param {Result} result
 */
export function depthRows({ width, height, depth, lowest, highest }) {
  const hasDistances = lowest <= highest;
  return [
    {
      min: hasDistances ? lowest : 0,
      max: hasDistances ? highest : 0,
      map: { size: [height, width], values: toBase64(depth) },
    },
  ];
}

/** @param {Float32Array} values */
function toBase64(values) {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const piece = 8192; // bytes; engines limit the arguments of a call
  let text = '';
  for (let first = 0; first < bytes.length; first += piece) {
    text += String.fromCharCode(...bytes.subarray(first, first + piece));
  }
  return btoa(text);
}

/**
 * Return the lowest and the highest distance: `0.8 - 4.2`; "" if there are none. The unit depends on the model.
 *
 * @param {Result} result
 */
export function depthInWords({ lowest, highest }) {
  return lowest <= highest ? `${tenths(lowest)} - ${tenths(highest)}` : '';
}

/** @param {number} distance */
function tenths(distance) {
  return (roundHalfEven(10 * distance) / 10).toFixed(1); // toFixed alone would round a half up
}
