// From the outputs, as PyTorch has them, to boxes in the model's input: decode and NMS.
import { decode, nms } from '../../vision/pipeline.js';
import { Cells } from './cells.js';

/** @typedef {import('../../vision/types.js').Candidate} Candidate */
/** @typedef {import('../../vision/types.js').Model} Model */
/** @typedef {import('../../vision/types.js').Tensor} Tensor */
/** @typedef {import('./golden_vectors.js').GoldenPicture} GoldenPicture */
/** @typedef {import('./report.js').Stage} Stage */

/** The same arithmetic on the same numbers: only the last bits of exp() and of sums may differ. */
const SCORE_TOLERANCE = 1e-5;
const SIDES = 4;

/**
 * Compare the candidates of the rows.
 *
 * @param {Model} model
 * @param {GoldenPicture} picture
 * @param {(outputs: Tensor[], ours: Candidate, their: number) => void} compareExtras
 * @param {Stage} stage
 */
export function compareDecode(model, picture, compareExtras, stage) {
  const outputs = new Cells(model).rowsOf(picture);
  const ours = decode(outputs, model, { ...picture.thresholds, confidence: picture.rowConfidence });
  const theirs = goldenCandidates(picture);

  // Both are in order of their index, and of their class where an index may have several.
  const classes = model.contract === 'end2end' ? model.classNames.length : 0;
  /** @param {Candidate | undefined} one */
  const key = (one) => (one ? one.index * Math.max(classes, 1) + (classes ? one.classId : 0) : Infinity);
  /** @param {Candidate} one @param {string} where */
  const alone = (one, where) => {
    if (Math.abs(one.score - picture.rowConfidence) <= SCORE_TOLERANCE) return; // at the threshold itself
    stage.problems.push(`${picture.name}: ${describe(one)} is only ${where}`);
  };
  for (let our = 0, their = 0; our < ours.length || their < theirs.length; ) {
    const ourKey = key(ours[our]);
    const theirKey = key(theirs[their]);
    if (ourKey < theirKey) {
      alone(ours[our++], 'here');
    } else if (theirKey < ourKey) {
      alone(theirs[their++], 'in the vectors');
    } else {
      compareCandidate(ours[our], theirs[their], picture.name, stage);
      compareExtras(outputs, ours[our++], their++);
    }
  }
}

/**
 * Compare which of PyTorch's candidates are kept, and their order.
 *
 * @param {Model} model
 * @param {GoldenPicture} picture
 * @param {Stage} stage
 */
export function compareNms(model, picture, stage) {
  const candidates = goldenCandidates(picture);
  const ours = nms(candidates, model, picture.thresholds);
  const theirs = picture.integers('nms.keep');
  for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
    stage.add(i < ours.length && i < theirs.length && ours[i] === candidates[theirs[i]] ? 0 : 1);
  }
}

/**
 * Return the vectors' candidates. Boxes have an angle if the vectors have one.
 *
 * @param {GoldenPicture} picture
 * @returns {Candidate[]}
 */
function goldenCandidates(picture) {
  const index = picture.integers('decode.candidate');
  const classId = picture.integers('decode.class');
  const box = picture.floats('decode.box');
  const score = picture.floats('decode.score');
  const angle = picture.has('decode.angle') ? picture.floats('decode.angle') : null;
  return Array.from(index, (number, i) => ({
    box: Float32Array.of(...box.slice(SIDES * i, SIDES * (i + 1)), ...(angle ? [angle[i]] : [])),
    score: score[i],
    classId: classId[i],
    index: number,
  }));
}

/**
 * @param {Candidate} ours
 * @param {Candidate} theirs
 * @param {string} name
 * @param {Stage} stage
 */
function compareCandidate(ours, theirs, name, stage) {
  for (let i = 0; i < SIDES; i++) stage.add(Math.abs(ours.box[i] - theirs.box[i]));
  const isClose = Math.abs(ours.score - theirs.score) <= SCORE_TOLERANCE;
  if (ours.classId !== theirs.classId || !isClose) {
    stage.problems.push(`${name}: ${describe(ours)}, expected ${describe(theirs)}`);
  }
}

/** @param {Candidate} one */
function describe({ index, classId, score }) {
  return `candidate ${index} of class ${classId} with score ${score.toFixed(6)}`;
}
