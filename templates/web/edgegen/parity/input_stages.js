// From the picture to the model's input: constants, letterbox, tensor.
import { letterbox } from '../../vision/pipeline.js';
import { sha256 } from '../session.js';

/** @typedef {import('../../vision/types.js').Model} Model */
/** @typedef {import('./golden_vectors.js').GoldenVectors} GoldenVectors */
/** @typedef {import('./golden_vectors.js').GoldenPicture} GoldenPicture */
/** @typedef {import('./report.js').Stage} Stage */

/**
 * Compare the constants of `vision/model.js` with the vectors.
 *
 * @param {Model} model
 * @param {GoldenVectors} vectors
 * @param {Stage} stage
 */
export function compareConstants(model, vectors, stage) {
  const { index } = vectors;
  const pairs = {
    pteSha256: [model.pteSha256, index.model_sha256],
    contract: [model.contract, index.contract],
    inputHeight: [model.inputHeight, index.input[0]],
    inputWidth: [model.inputWidth, index.input[1]],
    'the number of classNames': [model.classNames.length, index.classes],
    regMax: [model.regMax, index.reg_max ?? 0],
    strides: [model.strides, index.strides ?? []],
    outputShapes: [model.outputShapes, index.outputs],
  };
  for (const [name, [ours, theirs]] of Object.entries(pairs)) {
    const isSame = JSON.stringify(ours) === JSON.stringify(theirs);
    stage.add(isSame ? 0 : 1);
    if (!isSame) {
      stage.problems.push(`${name} is ${JSON.stringify(ours)} in vision/model.js, expected ${JSON.stringify(theirs)}`);
    }
  }
}

/**
 * Compare the bytes and the values of the input, and return the input.
 *
 * @param {Model} model
 * @param {GoldenPicture} picture
 * @param {Stage} letterboxStage
 * @param {Stage} tensorStage
 */
export async function compareInput(model, picture, letterboxStage, tensorStage) {
  const input = letterbox(picture.picture(), model);
  const { plan, pixels, tensor } = input;
  const place = [plan.resizedWidth, plan.resizedHeight, plan.left, plan.top];
  const { resized, left, top } = picture.letterbox;
  const expected = [resized[1], resized[0], left, top];
  if (String(place) !== String(expected)) {
    letterboxStage.problems.push(`${picture.name}: width, height, left, top are ${place}, expected ${expected}`);
  }
  const bytes = picture.bytes('letterbox.value');
  compareValues(pixels, picture.integers('letterbox.index'), bytes, letterboxStage);
  await compareDigest(picture, pixels, picture.letterbox.sha256, pixels.length - bytes.length, letterboxStage);
  const values = picture.floats('tensor.value');
  compareValues(tensor, picture.integers('tensor.index'), values, tensorStage);
  await compareDigest(picture, tensor, picture.tensorSha256, tensor.length - values.length, tensorStage);
  return input;
}

/**
 * @param {ArrayLike<number>} ours
 * @param {Uint32Array} index of the samples
 * @param {ArrayLike<number>} theirs the samples
 * @param {Stage} stage
 */
function compareValues(ours, index, theirs, stage) {
  for (let i = 0; i < index.length; i++) stage.add(Math.abs(ours[index[i]] - theirs[i]));
}

/**
 * Count the values without a sample as equal if the digest of all values is. Without a tolerance it must be.
 *
 * @param {GoldenPicture} picture
 * @param {ArrayBufferView} values
 * @param {string} expected
 * @param {number} rest number of values without a sample
 * @param {Stage} stage
 */
async function compareDigest(picture, values, expected, rest, stage) {
  const digest = await sha256(values);
  if (digest === expected) stage.compared += rest;
  else if (digest && stage.tolerance === 0) stage.problems.push(`${picture.name}: the SHA-256 of all values differs`);
}
