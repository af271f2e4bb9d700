// The model's output and the depth of every pixel, each as a share of the right one.
import { postprocess } from '../../vision/pipeline.js';
import { compareSamples } from './map_samples.js';
import { Stage } from './report.js';

/** The stages of depth. */
export class DepthStages {
  /** The results of the vectors so far. */
  shown = 0;

  /**
   * @param {import('../../vision/types.js').Model} model
   * @param {Record<string, number>} tolerances
   */
  constructor(model, tolerances) {
    this.model = model;
    this.raw = new Stage('raw', tolerances.relative, 'of it');
    this.map = new Stage('depth', tolerances.relative, 'of it');
    this.stages = [this.raw, this.map];
  }

  /**
   * Compare one picture.
   *
   * @param {import('./golden_vectors.js').GoldenPicture} picture
   * @param {import('../../vision/types.js').Input} input
   * @param {import('./parity.js').Run | null} run null: without the stages that need the model
   */
  async compare(picture, input, run) {
    if (picture.has('depth.value')) this.shown++;
    if (!run) return;
    const outputs = await run(input.tensor);
    compareSamples(picture, 'raw.sample', outputs[0].data, this.raw, relative);
    const ours = postprocess(outputs, input.plan, this.model, picture.thresholds);
    compareSamples(picture, 'depth', ours.depth, this.map, relative);
  }
}

/**
 * @param {number} ours
 * @param {number} right
 */
function relative(ours, right) {
  const difference = Math.abs(ours - right);
  return difference === 0 ? 0 : difference / Math.abs(right);
}
