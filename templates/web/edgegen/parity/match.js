// Pairs the detections of two sides, and explains those that only one side has.
import { needsNms } from './cells.js';
import { AUTHORITY } from './report.js';

/** @typedef {import('../../vision/types.js').Detection} Detection */
/** @typedef {import('../../vision/types.js').Model} Model */
/** @typedef {import('../../vision/types.js').Thresholds} Thresholds */
/** @typedef {import('./tolerances.js').Tolerances} Tolerances */

/** Boxes that are this many tolerances apart are different objects. */
const SAME_OBJECT = 16;

/**
 * @typedef {object} Match
 * @property {number[]} corners the largest difference of a corner of each pair, in pixels
 * @property {number[]} scores
 * @property {[number, number][]} pairs places of the same detection, ours and theirs
 * @property {string[]} problems detections of one side that no threshold explains
 *
 * @typedef {object} Seen a detection of one side
 * @property {Detection} box
 * @property {number} place
 * @property {string} side
 * @property {number} floor the score below which the other side shows nothing
 * @property {Seen | null} partner the same detection of the other side
 * @property {boolean} isExplained
 */

/**
 * Pair detections of one class by their boxes. A detection of one side must be near a threshold, so that a last bit decided:
 * - its score is near the confidence, or near the last score of a side that is full;
 * - its overlap with a neighbour is near the IoU of NMS;
 * - it overlaps a detection that is explained so itself.
 * Without NMS, overlaps explain nothing and the order counts: only detections with nearly equal scores may change places.
 *
 * @param {Detection[]} ours best first
 * @param {Detection[]} theirs
 * @param {object} rules
 * @param {Thresholds} rules.thresholds
 * @param {Tolerances} rules.tolerances
 * @param {Model} rules.model
 * @param {number} rules.candidates that the model gives at most
 * @param {(our: number, their: number) => number} [rules.apart] the difference of what the task has beside boxes: decides
 *     between boxes in the same place
 * @returns {Match}
 */
export function match(ours, theirs, rules) {
  const { thresholds, tolerances, model, candidates, apart = () => 0 } = rules;
  const byOverlap = needsNms(model);
  const most = byOverlap ? thresholds.maxDetections : Math.min(thresholds.maxDetections, candidates);
  const mine = seen(ours, 'only the app shows', floorOf(theirs, thresholds, most));
  const golden = seen(theirs, `only ${AUTHORITY} shows`, floorOf(ours, thresholds, most));
  const farthest = tolerances.isOfProgram ? tolerances.of('corner') : SAME_OBJECT * tolerances.of('corner');
  /** @type {Match} */
  const found = { corners: [], scores: [], pairs: [], problems: [] };
  for (const their of golden) {
    const near = mine.filter(
      (our) => !our.partner && our.box.classId === their.box.classId && distance(our.box, their.box) <= farthest,
    );
    /** @param {Seen} our */
    const cost = (our) =>
      distance(our.box, their.box) + Math.abs(our.box.score - their.box.score) + apart(our.place, their.place);
    const nearest = near.length > 1 ? lowest(near, cost) : near[0];
    if (!nearest) continue;
    nearest.partner = their;
    their.partner = nearest;
    found.pairs.push([nearest.place, their.place]);
    found.corners.push(distance(nearest.box, their.box));
    found.scores.push(Math.abs(nearest.box.score - their.box.score));
  }
  const all = [...mine, ...golden];
  explain(all, thresholds, tolerances, byOverlap);
  for (const one of all) if (!one.partner && !one.isExplained) found.problems.push(describe(one));
  const misplaced = byOverlap ? null : outOfOrder(mine, tolerances);
  if (misplaced) found.problems.push(`out of order: ${describe(misplaced)}`);
  return found;
}

/**
 * @param {Detection[]} boxes
 * @param {string} side
 * @param {number} floor
 * @returns {Seen[]}
 */
function seen(boxes, side, floor) {
  return boxes.map((box, place) => ({ box, place, side, floor, partner: null, isExplained: false }));
}

/**
 * Return the element with the lowest cost.
 *
 * @param {Seen[]} all
 * @param {(one: Seen) => number} cost
 */
function lowest(all, cost) {
  return all.map((one) => ({ one, cost: cost(one) })).reduce((a, b) => (b.cost < a.cost ? b : a)).one;
}

/**
 * Return the score below which a side shows nothing: the confidence, or that of its last detection if it is full.
 *
 * @param {Detection[]} side best first
 * @param {Thresholds} thresholds
 * @param {number} most
 */
function floorOf(side, thresholds, most) {
  return side.length === most && most > 0 ? side[most - 1].score : thresholds.confidence;
}

/**
 * Return the first of our detections whose partner is behind one with a lower score.
 *
 * @param {Seen[]} mine
 * @param {Tolerances} tolerances
 */
function outOfOrder(mine, tolerances) {
  let lowestScore = Infinity;
  for (const { partner } of mine) {
    if (!partner) continue;
    if (partner.box.score - lowestScore > tolerances.of('score')) return partner;
    lowestScore = Math.min(lowestScore, partner.box.score);
  }
  return null;
}

/**
 * Mark the detections of one side that a threshold explains.
 *
 * @param {Seen[]} all
 * @param {Thresholds} thresholds
 * @param {Tolerances} tolerances
 * @param {boolean} byOverlap
 */
function explain(all, thresholds, tolerances, byOverlap) {
  const alone = all.filter((one) => !one.partner);
  for (const one of alone) one.isExplained = one.box.score - one.floor <= tolerances.of('confidence_margin');
  if (!byOverlap) return;
  /** @param {Seen} a @param {Seen} b */
  const compete = (a, b) => a !== b && (thresholds.agnostic || a.box.classId === b.box.classId);
  for (const one of alone) {
    const isNearIou = all.some(
      (other) =>
        compete(one, other) && Math.abs(iou(one.box, other.box) - thresholds.iou) <= tolerances.of('iou_margin'),
    );
    // With a program's tolerances, NMS may keep the other one of two boxes with nearly equal scores.
    const isOtherChoice = alone.some(
      (other) =>
        tolerances.isOfProgram &&
        one.side !== other.side &&
        one.box.classId === other.box.classId &&
        iou(one.box, other.box) > thresholds.iou &&
        Math.abs(one.box.score - other.box.score) <= tolerances.of('score'),
    );
    if (isNearIou || isOtherChoice) one.isExplained = true;
  }
  // A box that came or went takes or frees those that overlap it.
  const least = thresholds.iou - tolerances.of('iou_margin');
  /** @param {Seen} one */
  const isReached = (one) =>
    !one.isExplained && all.some((other) => other.isExplained && compete(one, other) && iou(one.box, other.box) > least);
  for (let more = alone.filter(isReached); more.length; more = alone.filter(isReached)) {
    for (const one of more) one.isExplained = true;
  }
}

/**
 * Return the largest difference of a side, in pixels.
 *
 * @param {Detection} a
 * @param {Detection} b
 */
function distance(a, b) {
  return Math.max(Math.abs(a.x1 - b.x1), Math.abs(a.y1 - b.y1), Math.abs(a.x2 - b.x2), Math.abs(a.y2 - b.y2));
}

/**
 * @param {Detection} a
 * @param {Detection} b
 */
function iou(a, b) {
  const width = Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1);
  const height = Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1);
  const both = Math.max(width, 0) * Math.max(height, 0);
  return both > 0 ? both / ((a.x2 - a.x1) * (a.y2 - a.y1) + (b.x2 - b.x1) * (b.y2 - b.y1) - both) : 0;
}

/** @param {Seen} one */
function describe({ side, box }) {
  const corners = [box.x1, box.y1, box.x2, box.y2].map((corner) => corner.toFixed(1)).join(' ');
  return `${side}: class ${box.classId}, score ${box.score.toFixed(4)}, box ${corners}`;
}
