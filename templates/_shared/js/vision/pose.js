// Poses on the picture: boxes with keypoints.

import { boxRow, countsInWords, toDetection, toPicture } from './boxes.js';
import { KEYPOINT_NUMBERS, keypointsAt } from './keypoints.js';

/** @import { Candidate, Model, Plan, Result, Tensor } from './types.js' */

const LEAST_VISIBLE = 0.25; // keypoints with a lower score count as not seen

/**
 * Map the candidates and their keypoints to the picture.
 *
 * @param {Candidate[]} kept
 * @param {Tensor[]} outputs
 * @param {Plan} plan
 * @param {Model} model
 * @returns {Result}
 */
export function poseResult(kept, outputs, plan, model) {
  return {
    width: plan.sourceWidth,
    height: plan.sourceHeight,
    boxes: kept.map((candidate) => toDetection(candidate, plan)),
    keypoints: kept.map(({ index }) => keypointsToPicture(keypointsAt(outputs, model, index), plan)),
  };
}

/**
 * Map keypoints from the model's input to the picture, clipped to it. Scores stay. A keypoint with a value that is not
 * finite becomes 0, 0 with score 0.
 *
 * @param {Float32Array} keypoints x, y and score, one keypoint after the other
 * @param {Plan} plan
 */
function keypointsToPicture(keypoints, plan) {
  const moved = new Float32Array(keypoints.length);
  for (let i = 0; i < keypoints.length; i += KEYPOINT_NUMBERS) {
    const keypoint = keypoints.subarray(i, i + KEYPOINT_NUMBERS);
    if (!keypoint.every(Number.isFinite)) continue;
    const [x, y, score] = keypoint;
    moved[i] = toPicture(x, plan.left, plan.gainX, plan.sourceWidth);
    moved[i + 1] = toPicture(y, plan.top, plan.gainY, plan.sourceHeight);
    moved[i + 2] = score;
  }
  return moved;
}

/**
 * Return the result as rows of JSON.
 *
 * @param {Result} result
 * @param {Model} model
 */
export function poseRows({ boxes, keypoints }, model) {
  return boxes.map((detection, i) => {
    const points = [];
    for (let k = 0; k < keypoints[i].length; k += KEYPOINT_NUMBERS) {
      points.push([...keypoints[i].subarray(k, k + KEYPOINT_NUMBERS)]);
    }
    return { ...boxRow(detection, model.classNames), keypoints: points };
  });
}

/**
 * Return words such as `2 person, 31 of 34 points seen`. Without visibility, scores are 1 or 0: then only the boxes.
 *
 * @param {Result} result
 * @param {readonly string[]} names
 */
export function posesInWords({ boxes, keypoints }, names) {
  const text = countsInWords(boxes, names);
  const scores = keypoints.flatMap((points) => [...points].filter((_, i) => i % KEYPOINT_NUMBERS === 2));
  if (scores.every((score) => score === 0 || score === 1)) return text;
  return `${text}, ${scores.filter((score) => score >= LEAST_VISIBLE).length} of ${scores.length} points seen`;
}
