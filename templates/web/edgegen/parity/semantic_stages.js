// The model's output, and the class of every pixel.
import { DenseMap } from '../../vision/dense_map.js';
import { postprocess } from '../../vision/pipeline.js';
import { vectorsError } from './golden_vectors.js';
import { compareSamples } from './map_samples.js';
import { Stage } from './report.js';

/** @typedef {import('../../vision/types.js').Input} Input */
/** @typedef {import('./golden_vectors.js').GoldenPicture} GoldenPicture */

/** The stages of semantic segmentation. */
export class SemanticStages {
  /** The results of the vectors so far. */
  shown = 0;

  /**
   * @param {import('../../vision/types.js').Model} model with all classes shown
   * @param {Record<string, number>} tolerances
   */
  constructor(model, tolerances) {
    this.model = model;
    this.raw = new Stage('raw', tolerances.raw, 'logits');
    this.map = new Stage('class map', tolerances.lead, 'logits');
    this.stages = [this.raw, this.map];
  }

  /**
   * Compare one picture.
   *
   * @param {GoldenPicture} picture
   * @param {Input} input
   * @param {import('./parity.js').Run | null} run null: without the stages that need the model
   */
  async compare(picture, input, run) {
    const isKnown = picture.has('class_map.run');
    if (isKnown) this.shown++;
    if (!run) return;
    const outputs = await run(input.tensor);
    compareSamples(picture, 'raw.sample', outputs[0].data, this.raw);
    if (!isKnown) return;
    const { classMap } = postprocess(outputs, input.plan, this.model, picture.thresholds);
    this.#compareMaps(classMap, pixelsOf(picture), outputs[0], input);
  }

  /**
   * A difference counts as much as the logit of our class leads over that of theirs: near 0, a last bit decided.
   *
   * @param {Uint8Array} ours
   * @param {Uint8Array} theirs
   * @param {import('../../vision/types.js').Tensor} output
   * @param {Input} input
   */
  #compareMaps(ours, theirs, output, { plan }) {
    const [, count, height, width] = output.dims;
    const { inputWidth, inputHeight } = this.model;
    const logits = new DenseMap({ count, width, height, inputWidth, inputHeight, corners: false });
    logits.start(output.data, plan);
    const rows = Array.from({ length: count }, () => new Float32Array(plan.sourceWidth));
    for (let y = 0, at = 0; y < plan.sourceHeight; y++) {
      rows.forEach((row, map) => logits.row(map, y, row));
      for (let x = 0; x < plan.sourceWidth; x++, at++) this.map.add(lead(ours[at], theirs[at], rows, x));
    }
  }
}

/**
 * Return by how much the logit of our class is above that of theirs.
 *
 * @param {number} our
 * @param {number} their
 * @param {Float32Array[]} rows logits of each class
 * @param {number} x
 */
function lead(our, their, rows, x) {
  if (our === their) return 0;
  if (rows.length === 1) return Math.abs(rows[0][x]);
  if (their >= rows.length) throw vectorsError(`the vectors name class ${their}, which the model does not have`);
  return Math.abs(rows[our][x] - rows[their][x]);
}

/**
 * Return the class of every pixel of the vectors.
 *
 * @param {GoldenPicture} picture
 */
function pixelsOf(picture) {
  const lengths = picture.integers('class_map.run');
  const values = picture.integers('class_map.value');
  const pixels = new Uint8Array(picture.width * picture.height);
  let first = 0;
  lengths.forEach((length, i) => {
    pixels.fill(values[i], first, first + length);
    first += length;
  });
  if (first !== pixels.length) throw vectorsError(`the class map of ${picture.name} has ${first} pixels`);
  return pixels;
}
