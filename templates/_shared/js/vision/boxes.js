// What all models with boxes share: candidates, boxes on the picture, as rows of JSON and in words.

/** @import { Candidate, Detection, Model, Plan } from './types.js' */

/**
 * Return the candidates of the classes to show, without those whose box is not finite.
 *
 * @param {Candidate[]} candidates
 * @param {Model} model
 */
export function selectShown(candidates, model) {
  const { keptClasses } = model; // empty: all
  return candidates.filter(
    ({ box, classId }) =>
      (keptClasses.length === 0 || keptClasses.includes(classId)) && box.every(Number.isFinite),
  );
}

/**
 * Return the candidates with the best scores, best first. Equal scores stay in their order.
 *
 * @param {Candidate[]} candidates
 * @param {number} count
 */
export function mostConfident(candidates, count) {
  return candidates.toSorted((one, other) => other.score - one.score).slice(0, count);
}

/**
 * Return the best score of each place over all classes. NaN counts as the lowest value.
 *
 * @param {Float32Array} scores [classes, places]
 * @param {number} classes
 * @param {number} places
 */
export function bestScores(scores, classes, places) {
  const best = new Float32Array(places).fill(-Infinity);
  for (let classId = 0; classId < classes; classId += 1) {
    // Places are the inner loop: neighbours are neighbours in memory.
    for (let place = 0, i = classId * places; place < places; place += 1, i += 1) {
      if (scores[i] > best[place]) best[place] = scores[i]; // never true for NaN
    }
  }
  return best;
}

/**
 * Return the first class with the highest score.
 *
 * @param {number} classes
 * @param {(classId: number) => number} scoreOf
 */
export function argmax(classes, scoreOf) {
  let best = 0;
  let highest = -Infinity;
  for (let classId = 0; classId < classes; classId += 1) {
    const score = scoreOf(classId);
    if (score > highest) {
      best = classId;
      highest = score;
    }
  }
  return best;
}

/**
 * Map a box from the model's input to the picture, clipped to it.
 *
 * @param {Candidate} candidate
 * @param {Plan} plan
 * @returns {Detection}
 */
export function toDetection({ box, score, classId, index }, plan) {
  /** @param {number} x */
  const across = (x) => toPicture(x, plan.left, plan.gainX, plan.sourceWidth);
  /** @param {number} y */
  const down = (y) => toPicture(y, plan.top, plan.gainY, plan.sourceHeight);
  const [x1, y1, x2, y2] = box;
  return { x1: across(x1), y1: down(y1), x2: across(x2), y2: down(y2), score, classId, index };
}

/**
 * Map x or y from the model's input to the picture, clipped to it. NaN stays NaN.
 *
 * @param {number} position in pixels of the input
 * @param {number} border `left` or `top` of the plan
 * @param {number} gain `gainX` or `gainY` of the plan
 * @param {number} source the picture's own width or height
 */
export function toPicture(position, border, gain, source) {
  const inPicture = Math.fround(Math.fround(position - border) / Math.fround(gain));
  return Math.min(Math.max(inPicture, 0), source);
}

/**
 * Return a detection as a row of JSON.
 *
 * @param {Detection} detection
 * @param {readonly string[]} names
 */
export function boxRow({ x1, y1, x2, y2, score, classId }, names) {
  return { class_id: classId, class_name: names[classId], score, box: [x1, y1, x2, y2] };
}

/**
 * Return words such as `3 bowl, 4 orange, 1 broccoli`, by falling best score; "" if there are no boxes.
 *
 * @param {Detection[]} boxes best first
 * @param {readonly string[]} names
 */
export function countsInWords(boxes, names) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const { classId } of boxes) counts.set(classId, (counts.get(classId) ?? 0) + 1);
  return [...counts].map(([classId, count]) => `${count} ${names[classId]}`).join(', ');
}
