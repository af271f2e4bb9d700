// The model's outputs, and the boxes of the whole chain.
import { decode } from '../../vision/pipeline.js';
import { BOX, CLASS, Cells, EXTRA, candidateCount, hasLevels, rowValues } from './cells.js';
import { match } from './match.js';

/** @typedef {import('../../vision/types.js').Candidate} Candidate */
/** @typedef {import('../../vision/types.js').Detection} Detection */
/** @typedef {import('../../vision/types.js').Result} Result */
/** @typedef {import('../../vision/types.js').Tensor} Tensor */
/** @typedef {import('./box_stages.js').BoxStages} BoxStages */
/** @typedef {import('./golden_vectors.js').GoldenPicture} GoldenPicture */
/** @typedef {import('./report.js').Stage} Stage */

/**
 * Compare the outputs with the vectors' samples and rows.
 *
 * @param {BoxStages} task
 * @param {Tensor[]} outputs
 * @param {GoldenPicture} picture
 * @param {Stage} stage
 */
export function compareRaw(task, outputs, picture, stage) {
  if (!picture.has('raw.sample.value')) return;
  if (task.model.contract === 'detections') {
    compareSortedRows(task, outputs, picture, stage);
    return;
  }
  const cells = new Cells(task.model);
  const candidate = picture.integers('raw.sample.candidate');
  const classId = picture.integers('raw.sample.class');
  const value = picture.floats('raw.sample.value');
  for (let i = 0; i < value.length; i++) {
    stage.add(Math.abs(cells.value(outputs, candidate[i], CLASS, classId[i]) - value[i]));
  }
  const rows = picture.integers('raw.row.candidate');
  for (const part of /** @type {import('./cells.js').Part[]} */ ([BOX, CLASS, EXTRA])) {
    const count = cells.count(part);
    const values = count ? rowValues(picture, part) : new Float32Array(0);
    for (let i = 0; i < rows.length && count; i++) {
      const ours = Float32Array.from({ length: count }, (_, k) => cells.value(outputs, rows[i], part, k));
      const theirs = values.subarray(i * count, (i + 1) * count);
      compareRow(task, cells, part, rows[i], ours, theirs, picture, stage);
    }
  }
}

/**
 * @param {BoxStages} task
 * @param {Cells} cells
 * @param {import('./cells.js').Part} part
 * @param {number} candidate
 * @param {Float32Array} ours
 * @param {Float32Array} theirs
 * @param {GoldenPicture} picture
 * @param {Stage} stage
 */
function compareRow(task, cells, part, candidate, ours, theirs, picture, stage) {
  const [our, their] = part === BOX ? [cells.boxNumbers(ours), cells.boxNumbers(theirs)] : [ours, theirs];
  for (let i = 0; i < our.length; i++) {
    const difference = Math.abs(our[i] - their[i]);
    if (hasLevels(task.model) || part === CLASS) {
      stage.add(difference);
      continue;
    }
    // These are in pixels, or what the task has: not in the stage's unit, a score.
    const allowed = part === BOX ? task.tolerances.of('corner') : task.extraTolerance(i);
    if (difference <= allowed) continue;
    const what = part === BOX ? 'a box' : 'a value next to the box';
    stage.problems.push(`${picture.name}: ${what} of candidate ${candidate} is off by ${difference}`);
  }
}

/**
 * Compare rows that a model has sorted: two rows with nearly equal scores may have changed places.
 *
 * @param {BoxStages} task
 * @param {Tensor[]} outputs
 * @param {GoldenPicture} picture
 * @param {Stage} stage
 */
function compareSortedRows(task, outputs, picture, stage) {
  const { model, tolerances } = task;
  const cells = new Cells(model);
  const candidates = candidateCount(model);
  const thresholds = { ...picture.thresholds, confidence: picture.rowConfidence, maxDetections: candidates };
  const golden = cells.rowsOf(picture);
  const ours = decode(outputs, model, thresholds).map(toDetection);
  const theirs = decode(golden, model, thresholds).map(toDetection);
  /** @param {number} our @param {number} their @param {number} i */
  const extra = (our, their, i) =>
    Math.abs(
      cells.value(outputs, ours[our].index, EXTRA, i) - cells.value(golden, theirs[their].index, EXTRA, i),
    );
  const extras = Array.from({ length: cells.count(EXTRA) }, (_, i) => i);
  /** @param {number} our @param {number} their */
  const apart = (our, their) => Math.max(0, ...extras.map((i) => extra(our, their, i)));
  const found = match(ours, theirs, { ...task.rules(thresholds), apart });
  for (const [our, their] of found.pairs) {
    for (const i of extras) {
      const difference = extra(our, their, i);
      if (difference <= task.extraTolerance(i)) continue;
      stage.problems.push(`${picture.name}: a value next to a box is off by ${difference}`);
    }
  }
  for (const score of found.scores) stage.add(score);
  for (const corner of found.corners) {
    if (!(corner <= tolerances.of('corner'))) stage.problems.push(`${picture.name}: a box is off by ${corner} px`);
  }
  for (const problem of found.problems) stage.problems.push(`${picture.name}: ${problem}`);
}

/**
 * Return a candidate as a detection in pixels of the input.
 *
 * @param {Candidate} candidate
 * @returns {Detection}
 */
function toDetection({ box: [x1, y1, x2, y2], score, classId, index }) {
  return { x1, y1, x2, y2, score, classId, index };
}

/**
 * Compare the boxes of the whole chain.
 *
 * @param {BoxStages} task
 * @param {Result} ours
 * @param {GoldenPicture} picture
 * @param {Stage} stage
 */
export function compareBoxes(task, ours, picture, stage) {
  const rules = task.rules(picture.thresholds);
  /** @param {number} our @param {number} their */
  const apart = (our, their) => task.apart(picture, ours, our, their);
  const found = match(ours.boxes, goldenBoxes(picture), { ...rules, apart });
  for (const corner of found.corners) stage.add(corner);
  for (const score of found.scores) {
    if (!(score <= task.tolerances.of('score'))) stage.problems.push(`${picture.name}: a score is off by ${score}`);
  }
  for (const problem of found.problems) stage.problems.push(`${picture.name}: ${problem}`);
  task.compareShown(picture, ours, found.pairs);
}

/**
 * @param {GoldenPicture} picture
 * @returns {Detection[]}
 */
function goldenBoxes(picture) {
  const box = picture.floats('boxes.box');
  const score = picture.floats('boxes.score');
  const classId = picture.integers('boxes.class');
  return Array.from(score, (value, i) => {
    const [x1, y1, x2, y2] = box.subarray(4 * i, 4 * i + 4);
    return { x1, y1, x2, y2, score: value, classId: classId[i], index: i };
  });
}
