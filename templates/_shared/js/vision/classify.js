// Classification: how probable each class is, for the whole picture.

/** @import { ClassScore, Model, Result, Tensor, Thresholds } from './types.js' */

const { fround } = Math;

/**
 * Return the probability of each class, 0 to 1. NaN becomes 0.
 *
 * @param {Tensor[]} outputs
 * @param {Model} model
 * @returns {Float32Array} [classes]
 */
export function probabilitiesOf(outputs, model) {
  const values = outputs[0].data;
  const probabilities = model.contract === 'logits' ? softmax(values) : values;
  return probabilities.map((probability) => (Number.isNaN(probability) ? 0 : probability));
}

/**
 * Return probabilities that sum to 1. The highest logit is subtracted first, so that no exponential is infinite.
 *
 * @param {Float32Array} logits
 */
function softmax(logits) {
  const highest = logits.reduce((one, other) => Math.max(one, other), -Infinity);
  const powers = logits.map((logit) => Math.exp(fround(logit - highest)));
  const sum = powers.reduce((total, power) => fround(total + power), 0);
  return powers.map((power) => power / sum);
}

/**
 * Return the most probable classes to show, best first; equal ones by number. No other threshold than the limit on
 * detections counts.
 *
 * @param {Float32Array} probabilities
 * @param {Model} model
 * @param {Thresholds} thresholds
 * @returns {ClassScore[]}
 */
export function rankClasses(probabilities, { keptClasses }, { maxDetections }) {
  return [...probabilities]
    .map((score, classId) => ({ classId, score }))
    .filter(({ classId }) => keptClasses.length === 0 || keptClasses.includes(classId))
    .sort((one, other) => other.score - one.score)
    .slice(0, maxDetections);
}

/**
 * Return the result as rows of JSON.
 *
 * @param {Result} result
 * @param {Model} model
 */
export function classRows({ classes }, model) {
  return classes.map(({ classId, score }) => ({
    class_id: classId,
    class_name: model.classNames[classId],
    score,
  }));
}

/**
 * Return the most probable class and its probability: `siamese cat 0.93`; "" if no class is shown.
 *
 * @param {Result} result
 * @param {readonly string[]} names
 */
export function classInWords({ classes }, names) {
  const [best] = classes;
  return best ? `${names[best.classId]} ${best.score.toFixed(2)}` : '';
}
