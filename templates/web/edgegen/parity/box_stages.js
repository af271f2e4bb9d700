// The stages of tasks with boxes. A task adds what it has next to boxes and classes.
import { postprocess } from '../../vision/pipeline.js';
import { candidateCount, hasLevels } from './cells.js';
import { compareBoxes, compareRaw } from './model_stages.js';
import { compareDecode, compareNms } from './output_stages.js';
import { Stage } from './report.js';

/** @typedef {import('../../vision/types.js').Candidate} Candidate */
/** @typedef {import('../../vision/types.js').Input} Input */
/** @typedef {import('../../vision/types.js').Model} Model */
/** @typedef {import('../../vision/types.js').Result} Result */
/** @typedef {import('../../vision/types.js').Tensor} Tensor */
/** @typedef {import('../../vision/types.js').Thresholds} Thresholds */
/** @typedef {import('./golden_vectors.js').GoldenPicture} GoldenPicture */
/** @typedef {import('./tolerances.js').Tolerances} Tolerances */

/** Corners of the same numbers: float32 sums in another order, at coordinates up to a few thousand pixels. */
const DECODE_TOLERANCE = 0.01;

/** The stages of every task with boxes; detection has no others. */
export class BoxStages {
  /** The results of the vectors so far. */
  shown = 0;

  /**
   * @param {Model} model with all classes shown
   * @param {Tolerances} tolerances
   */
  constructor(model, tolerances) {
    this.model = model;
    this.tolerances = tolerances;
    this.raw = hasLevels(model)
      ? new Stage('raw', tolerances.of('raw'), 'logits, strides', true)
      : new Stage('raw', tolerances.of('score'), 'score', true);
    this.decode = new Stage('decode', DECODE_TOLERANCE, 'px of the input');
    this.nms = new Stage('nms', 0, 'differences');
    this.boxes = new Stage('boxes', tolerances.of('corner'), 'px', true);
  }

  /** The stages of this task alone. @returns {Stage[]} */
  get more() {
    return [];
  }

  get stages() {
    return [this.raw, this.decode, this.nms, this.boxes, ...this.more];
  }

  /**
   * Return how far value `i` next to box and classes may be off, of outputs without levels.
   *
   * @param {number} _i
   */
  extraTolerance(_i) {
    return 0;
  }

  /**
   * Compare a candidate that both sides have. `their` is its place in the vectors.
   *
   * @param {GoldenPicture} _picture
   * @param {Tensor[]} _outputs
   * @param {Candidate} _ours
   * @param {number} _their
   */
  compareDecoded(_picture, _outputs, _ours, _their) {}

  /**
   * Compare values of the vectors that need no model.
   *
   * @param {GoldenPicture} _picture
   */
  compareMore(_picture) {}

  /**
   * Return how far two boxes in the same place differ in what the task has next to them.
   *
   * @param {GoldenPicture} _picture
   * @param {Result} _ours
   * @param {number} _our
   * @param {number} _their
   */
  apart(_picture, _ours, _our, _their) {
    return 0;
  }

  /**
   * Compare the results. pairs: places of the same box, ours and the vectors'.
   *
   * @param {GoldenPicture} _picture
   * @param {Result} _ours
   * @param {[number, number][]} _pairs
   */
  compareShown(_picture, _ours, _pairs) {}

  /**
   * Return the rules of `match`.
   *
   * @param {Thresholds} thresholds
   */
  rules(thresholds) {
    const { model, tolerances } = this;
    return { thresholds, tolerances, model, candidates: candidateCount(model) };
  }

  /**
   * Compare one picture.
   *
   * @param {GoldenPicture} picture
   * @param {Input} input
   * @param {import('./parity.js').Run | null} run null: without the stages that need the model
   */
  async compare(picture, input, run) {
    compareDecode(
      this.model,
      picture,
      (outputs, ours, their) => this.compareDecoded(picture, outputs, ours, their),
      this.decode,
    );
    compareNms(this.model, picture, this.nms);
    this.compareMore(picture);
    if (picture.has('boxes.score')) this.shown += picture.floats('boxes.score').length;
    if (!run) return;
    const outputs = await run(input.tensor);
    compareRaw(this, outputs, picture, this.raw);
    if (!picture.has('boxes.box')) return;
    compareBoxes(this, postprocess(outputs, input.plan, this.model, picture.thresholds), picture, this.boxes);
  }
}
