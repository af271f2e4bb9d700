// See inside, models with boxes: the cells, the candidates, and NMS step by step.
import { MODEL } from '../vision/model.js';
import { decode, nms } from '../vision/pipeline.js';
import { drawLabel } from './labels.js';
import { drawPainting, newPainting } from './painting.js';
import { toX, toY } from './view.js';
import { say } from './words.js';

/**
 * @typedef {import('../vision/types.js').Candidate} Candidate
 * @typedef {import('./inside.js').Stages} Stages
 * @typedef {import('./inside.js').Scene} Scene
 * @typedef {import('./view.js').View} View
 * @typedef {{width?: number, dashes?: number[], color?: string}} Line
 * @typedef {(context: CanvasRenderingContext2D, candidate: Candidate, view: View, line: Line) => void} DrawCandidate
 */

const DIMMED = 'rgb(0 0 0 / 60%)';
const FAINT = 'rgb(0 0 0 / 35%)';
const BRIGHT = [0xf0, 0xe4, 0x42]; // red, green, blue
const GRID = 'rgb(255 255 255 / 14%)';
const LEAST_CELL = 7; // pixels on the screen, from which on the grid is drawn
const THICK = { width: 4 };
const THIN = { width: 1.5 };
const DASHED = { width: 1.5, dashes: [5, 4], color: '#fff' };
const EVERYTHING = -1; // a confidence below all scores

/**
 * Return the stages between input and result.
 *
 * @param {Stages} stages
 * @param {DrawCandidate} drawCandidate draws a box in pixels of the input
 * @returns {Scene[]}
 */
export function boxScenes(stages, drawCandidate) {
  const scenes = [candidatesScene(stages, drawCandidate), nmsScene(stages, drawCandidate)];
  return MODEL.strides.length > 0 ? [cellsScene(stages), ...scenes] : scenes; // some models have no cells
}

/**
 * The best class score of every cell, for each stride.
 *
 * @param {Stages} stages
 * @returns {Scene}
 */
function cellsScene({ outputs, thresholds, inputCanvas }) {
  const all = decode(outputs, MODEL, { ...thresholds, confidence: EVERYTHING });
  const levels = levelsOf(all);
  const bestScores = levels.map(({ cells }) => Math.max(...cells.map(({ score }) => score)));
  const first = bestScores.indexOf(Math.max(...bestScores));
  return {
    title: say('insideCells'),
    background: inputCanvas,
    hint: say('insideCellsHint'),
    code: 'decode() in vision/pipeline.js',
    choice: { label: say('insideStride'), names: MODEL.strides.map(String), first },
    draw: (context, view, { choice }) => {
      const { columns, rows, stride, cells } = levels[choice];
      dim(context, view, DIMMED);
      context.imageSmoothingEnabled = false; // squares
      drawPainting(context, paintCells(columns, rows, cells), view);
      drawGrid(context, view, columns, rows);
      const text = say('insideCellsText', columns, rows, stride);
      const best = cells.reduce((one, other) => (other.score > one.score ? other : one), cells[0]);
      if (!best) return text;
      const place = { left: toX(view, (best.cell % columns) * stride), top: toY(view, Math.floor(best.cell / columns) * stride) };
      context.strokeStyle = '#fff';
      context.lineWidth = 2;
      context.strokeRect(place.left, place.top, stride * view.scale, stride * view.scale);
      const name = MODEL.classNames[best.classId];
      drawLabel(context, { ...best, name }, place.left, place.top, view.area);
      return `${text} ${say('insideBestCell', name, best.score.toFixed(2))}`;
    },
  };
}

/**
 * Sort candidates into the levels of the model. A candidate's index counts the cells: level by level, row by row.
 *
 * @param {Candidate[]} candidates
 */
function levelsOf(candidates) {
  let first = 0;
  return MODEL.strides.map((stride) => {
    const [columns, rows] = [MODEL.inputWidth / stride, MODEL.inputHeight / stride];
    const [begin, end] = [first, first + columns * rows];
    first = end;
    const inside = candidates.filter(({ index }) => index >= begin && index < end);
    const cells = inside.map(({ index, score, classId }) => ({ cell: index - begin, score, classId }));
    return { columns, rows, stride, cells };
  });
}

/**
 * @param {number} columns
 * @param {number} rows
 * @param {{cell: number, score: number}[]} cells
 */
function paintCells(columns, rows, cells) {
  return newPainting(columns, rows, (pixels) => {
    for (const { cell, score } of cells) {
      const opacity = Math.round(255 * Math.sqrt(score)); // the root makes low scores visible
      pixels.set([...BRIGHT, opacity], 4 * cell);
    }
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {View} view
 * @param {number} columns
 * @param {number} rows
 */
function drawGrid(context, view, columns, rows) {
  const [across, down] = [view.width / columns, view.height / rows];
  if (across < LEAST_CELL) return;
  context.strokeStyle = GRID;
  context.lineWidth = 1;
  context.beginPath();
  for (let i = 1; i < columns; i += 1) {
    context.moveTo(view.left + i * across, view.top);
    context.lineTo(view.left + i * across, view.top + view.height);
  }
  for (let i = 1; i < rows; i += 1) {
    context.moveTo(view.left, view.top + i * down);
    context.lineTo(view.left + view.width, view.top + i * down);
  }
  context.stroke();
}

/**
 * The candidates above a threshold that the user moves.
 *
 * @param {Stages} stages
 * @param {DrawCandidate} drawCandidate
 * @returns {Scene}
 */
function candidatesScene({ outputs, thresholds, inputCanvas }, drawCandidate) {
  const total = decode(outputs, MODEL, { ...thresholds, confidence: EVERYTHING }).length;
  const label = say('insideConfidence');
  return {
    title: say('insideCandidates'),
    background: inputCanvas,
    hint: say('insideCandidatesHint'),
    code: 'decode() in vision/pipeline.js',
    slider: { label, least: 0.01, most: 0.99, step: 0.01, value: thresholds.confidence, digits: 2 },
    draw: (context, view, { value }) => {
      const candidates = decode(outputs, MODEL, { ...thresholds, confidence: value });
      dim(context, view, FAINT);
      for (const candidate of candidates.toReversed()) drawCandidate(context, candidate, view, THIN);
      return say('insideCandidatesText', candidates.length, total, value.toFixed(2));
    },
  };
}

/**
 * NMS: each step keeps the best candidate that is left, and removes those that overlap it.
 *
 * @param {Stages} stages
 * @param {DrawCandidate} drawCandidate
 * @returns {Scene}
 */
function nmsScene({ outputs, thresholds, inputCanvas }, drawCandidate) {
  const candidates = decode(outputs, MODEL, thresholds);
  const kept = nms(candidates, MODEL, thresholds);
  const removed = removedBy(candidates, kept, thresholds); // by step
  return {
    title: say('insideNms'),
    background: inputCanvas,
    hint: say('insideNmsHint'),
    code: 'nms() in vision/pipeline.js',
    slider: { label: say('insideNmsStep'), least: 0, most: kept.length, step: 1, value: 0, digits: 0 },
    draw: (context, view, { value: step }) => {
      dim(context, view, FAINT);
      const gone = new Set(removed.slice(0, step).flat());
      const done = new Set(kept.slice(0, step));
      context.globalAlpha = 0.45;
      for (const each of candidates) if (!gone.has(each) && !done.has(each)) drawCandidate(context, each, view, THIN);
      context.globalAlpha = 1;
      for (const each of kept.slice(0, Math.max(step - 1, 0))) drawCandidate(context, each, view, THIN);
      const newest = kept[step - 1];
      if (!newest) return say('insideNmsStart', candidates.length);
      drawCandidate(context, newest, view, THICK);
      for (const each of removed[step - 1]) drawCandidate(context, each, view, DASHED);
      const name = MODEL.classNames[newest.classId];
      return say('insideNmsKept', step, name, newest.score.toFixed(2), removed[step - 1].length, thresholds.iou.toFixed(2));
    },
  };
}

/**
 * Return the candidates that each kept one removes. NMS decides it: of the two alone, it keeps one.
 *
 * @param {Candidate[]} candidates
 * @param {Candidate[]} kept best first
 * @param {Stages['thresholds']} thresholds
 */
function removedBy(candidates, kept, thresholds) {
  const left = new Set(candidates);
  for (const each of kept) left.delete(each);
  return kept.map((best) => {
    const removed = [...left].filter((other) => nms([best, other], MODEL, { ...thresholds, maxDetections: 2 }).length === 1);
    for (const each of removed) left.delete(each);
    return removed;
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {View} view
 * @param {string} style
 */
function dim(context, view, style) {
  context.fillStyle = style;
  context.fillRect(view.left, view.top, view.width, view.height);
}
