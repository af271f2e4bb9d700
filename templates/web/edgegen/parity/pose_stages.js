// Keypoints: decoded, and in the result.
import { keypointsAt } from '../../vision/keypoints.js';
import { BoxStages } from './box_stages.js';
import { Stage } from './report.js';

/** @typedef {import('./golden_vectors.js').GoldenPicture} GoldenPicture */

const NUMBERS = 3; // x, y and score of a keypoint

/** The stages of poses. */
export class PoseStages extends BoxStages {
  keypoints = new Stage('keypoints', this.tolerances.keypoint, 'px');

  /** @override */
  get more() {
    return [this.keypoints];
  }

  /**
   * @override
   * @param {number} i
   */
  extraTolerance(i) {
    return i % this.model.keypointValues < 2 ? this.tolerances.keypoint : this.tolerances.score;
  }

  /**
   * @override
   * @type {BoxStages['compareDecoded']}
   */
  compareDecoded(picture, outputs, ours, their) {
    const keypoints = keypointsAt(outputs, this.model, ours.index);
    this.#compare(picture, keypoints, picture.floats('decode.keypoint'), their, this.decode);
  }

  /**
   * @override
   * @type {BoxStages['apart']}
   */
  apart(picture, ours, our, their) {
    const theirs = picture.floats('boxes.keypoint');
    const keypoints = ours.keypoints[our];
    const first = their * keypoints.length;
    return Array.from(keypoints, (value, i) => (i % NUMBERS < 2 ? Math.abs(value - theirs[first + i]) : 0)).reduce(
      (a, b) => Math.max(a, b),
    );
  }

  /**
   * @override
   * @type {BoxStages['compareShown']}
   */
  compareShown(picture, ours, pairs) {
    const theirs = picture.floats('boxes.keypoint');
    for (const [our, their] of pairs) this.#compare(picture, ours.keypoints[our], theirs, their, this.keypoints);
  }

  /**
   * Compare the keypoints of a box. number: of the box in theirs.
   *
   * @param {GoldenPicture} picture
   * @param {Float32Array} ours
   * @param {Float32Array} theirs
   * @param {number} number
   * @param {Stage} stage
   */
  #compare(picture, ours, theirs, number, stage) {
    for (let i = 0; i < ours.length; i++) {
      const difference = Math.abs(ours[i] - theirs[number * ours.length + i]);
      if (i % NUMBERS < 2) stage.add(difference);
      else if (!(difference <= this.tolerances.score)) {
        stage.problems.push(`${picture.name}: the score of a keypoint is off by ${difference}`);
      }
    }
  }
}
