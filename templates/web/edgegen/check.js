// The self-check's part in the worker: the model is compared with the golden vectors, or timed.
import { MODEL } from '../vision/model.js';
import { letterbox, postprocess } from '../vision/pipeline.js';
import { GoldenVectors, readFrom } from './parity/golden_vectors.js';
import { compare } from './parity/parity.js';

/**
 * @typedef {import('./session.js').Session} Session
 * @typedef {import('./worker.js').Times} Times
 * @typedef {{vectorsUrl: string, runs: number}} Question runs to time; 0: compare
 */

/**
 * @param {Session} session
 * @param {Question} question
 */
export async function check(session, { vectorsUrl, runs }) {
  const read = readFrom(vectorsUrl);
  if (runs) return { times: await time(session, await GoldenVectors.open(read), runs) };
  return { report: await compare(read, (values) => session.run(values), MODEL) };
}

/**
 * Return the median times of the stages on the first picture, in milliseconds.
 *
 * @param {Session} session
 * @param {GoldenVectors} vectors
 * @param {number} runs
 * @returns {Promise<Times>}
 */
async function time(session, vectors, runs) {
  const picture = (await vectors.picture(0)).picture();
  const { confidence, iou, maxDetections } = MODEL;
  /** @type {import('../vision/types.js').Input | undefined} */
  let input;
  /** @type {Times[]} */
  const all = [];
  for (let run = 0; run <= runs; run++) {
    const begin = performance.now();
    input = letterbox(picture, MODEL, input);
    const ready = performance.now();
    const outputs = await session.run(input.tensor);
    const ran = performance.now();
    postprocess(outputs, input.plan, MODEL, { confidence, iou, maxDetections, agnostic: false });
    all.push({ input: ready - begin, model: ran - ready, result: performance.now() - ran });
  }
  all.shift(); // the first one takes longer
  /** @param {keyof Times} stage */
  const median = (stage) => all.map((times) => times[stage]).sort((a, b) => a - b)[Math.floor(runs / 2)];
  return { input: median('input'), model: median('model'), result: median('result') };
}
