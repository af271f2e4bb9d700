// What all contracts do with candidates.

/** @import { Candidate, Model } from './types.js' */

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
export function bestFirst(candidates, count) {
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
export function firstBest(classes, scoreOf) {
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
