// The worker of the self-check: its own session, compared with the golden vectors and timed.
import { MODEL } from '../vision/model.js';
import { letterbox, postprocess } from '../vision/pipeline.js';
import { toEdgegenError } from './errors.js';
import { canvasIsExact } from './frames.js';
import { GoldenVectors, readFrom } from './parity/golden_vectors.js';
import { compare } from './parity/parity.js';
import { openModel } from './session.js';

/**
 * @typedef {import('./worker.js').Times} Times
 * @typedef {{type: 'compare' | 'time', vectorsUrl: string, runs?: number}} Question
 */

/** @type {import('./session.js').Session} */
let session;

addEventListener('message', async ({ data }) => {
  try {
    if (data.type === 'load') await load(data.threads);
    if (data.type === 'compare') postMessage({ type: 'report', report: await compare(readFrom(data.vectorsUrl), run, MODEL) });
    if (data.type === 'time') postMessage({ type: 'times', times: await time(data.vectorsUrl, data.runs) });
  } catch (error) {
    postMessage({ type: data.type, error: toEdgegenError(error, data.type === 'load' ? 'start' : 'run').toJSON() });
  }
});

/** @param {number} threads */
async function load(threads) {
  const begin = performance.now();
  session = await openModel({
    model: MODEL,
    threads,
    onProgress: (part, loaded, total) => postMessage({ type: 'load', part, loaded, total }),
    onStart: () => postMessage({ type: 'load', part: 'start' }),
  });
  const info = { milliseconds: performance.now() - begin, isExact: canvasIsExact() };
  postMessage({ type: 'load', info, urls: [] });
}

/** @param {Float32Array} values */
function run(values) {
  return session.run(values);
}

/**
 * Return the median times of the stages on the first picture, in milliseconds.
 *
 * @param {string} vectorsUrl
 * @param {number} runs
 * @returns {Promise<Times>}
 */
async function time(vectorsUrl, runs) {
  const vectors = await GoldenVectors.open(readFrom(vectorsUrl));
  const picture = (await vectors.picture(0)).picture();
  const { confidence, iou, maxDetections } = MODEL;
  const thresholds = { confidence, iou, maxDetections, agnostic: false };
  /** @type {import('../vision/types.js').Input | undefined} */
  let input;
  const once = async () => {
    const begin = performance.now();
    input = letterbox(picture, MODEL, input);
    const ready = performance.now();
    const outputs = await session.run(input.tensor);
    const ran = performance.now();
    postprocess(outputs, input.plan, MODEL, thresholds);
    return { input: ready - begin, model: ran - ready, result: performance.now() - ran };
  };
  await once(); // the first one takes longer
  /** @type {Times[]} */
  const all = [];
  for (let run = 0; run < runs; run++) all.push(await once());
  /** @param {keyof Times} stage */
  const median = (stage) => all.map((times) => times[stage]).sort((a, b) => a - b)[Math.floor(all.length / 2)];
  return { input: median('input'), model: median('model'), result: median('result') };
}
