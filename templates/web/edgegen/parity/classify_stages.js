// The model's output for all classes, and the probabilities of the result, best first.
import { postprocess } from '../../vision/pipeline.js';
import { Stage } from './report.js';

/** @typedef {import('../../vision/types.js').Input} Input */
/** @typedef {import('../../vision/types.js').Tensor} Tensor */
/** @typedef {import('./golden_vectors.js').GoldenPicture} GoldenPicture */

/** The same arithmetic on the same numbers: only the last bits of exp() and of sums may differ. */
const DECODED = 1e-6;

/** The stages of classification. */
export class ClassifyStages {
  /** The results of the vectors so far. */
  shown = 0;

  /**
   * @param {import('../../vision/types.js').Model} model with all classes shown
   * @param {Record<string, number>} tolerances
   */
  constructor(model, tolerances) {
    this.model = model;
    const probability = tolerances.probability;
    this.raw =
      model.contract === 'logits'
        ? new Stage('raw', tolerances.raw, 'logits')
        : new Stage('raw', probability, 'probability');
    this.decode = new Stage('decode', DECODED, 'probability');
    this.classes = new Stage('classes', probability, 'probability');
    this.stages = [this.raw, this.decode, this.classes];
  }

  /**
   * Compare one picture.
   *
   * @param {GoldenPicture} picture
   * @param {Input} input
   * @param {import('./parity.js').Run | null} run null: without the stages that need the model
   */
  async compare(picture, input, run) {
    if (!picture.has('raw.output')) return;
    const theirs = picture.floats('raw.output');
    const isKnown = picture.has('classes.probability');
    if (isKnown) {
      this.shown++;
      this.#compare(picture, input, [{ dims: [1, theirs.length], data: theirs }], this.decode);
    }
    if (!run) return;
    const outputs = await run(input.tensor);
    theirs.forEach((value, i) => this.raw.add(Math.abs(outputs[0].data[i] - value)));
    if (isKnown) this.#compare(picture, input, outputs, this.classes);
  }

  /**
   * @param {GoldenPicture} picture
   * @param {Input} input
   * @param {Tensor[]} outputs
   * @param {Stage} stage
   */
  #compare(picture, { plan }, outputs, stage) {
    const right = picture.floats('classes.probability'); // by class number
    const thresholds = { ...picture.thresholds, maxDetections: right.length };
    const { classes } = postprocess(outputs, plan, this.model, thresholds);
    if (new Set(classes.map(({ classId }) => classId)).size !== right.length) {
      stage.problems.push(`${picture.name}: ${classes.length} classes, expected ${right.length}, each once`);
      return;
    }
    let lowest = 1;
    for (const { classId, score } of classes) {
      stage.add(Math.abs(score - right[classId]));
      if (right[classId] - lowest > stage.tolerance) {
        stage.problems.push(`${picture.name}: class ${classId} is out of order`);
        return;
      }
      lowest = Math.min(lowest, right[classId]);
    }
  }
}
