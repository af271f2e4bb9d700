// The self-check: compares every stage with the golden vectors on this device, and times the model.
import { rememberThreads, threadCounts } from './detector.js';
import { EdgegenError, fromMessage } from './errors.js';
import { startWorker } from './start_worker.js';

/** @typedef {import('./worker.js').Times} Times */

/**
 * @typedef {object} Checked the JSON of every platform's parity test, with times
 * @property {boolean} passed
 * @property {object[]} stages
 * @property {number} images
 * @property {number} detections
 * @property {string[]} missing
 * @property {string[]} problems
 * @property {string} comparedWith whose numbers the vectors are
 * @property {string} verdict
 * @property {string[]} lines the report as text
 * @property {({threads: number} & Times)[]} times medians in milliseconds, for each number of threads
 * @property {number} threads the fastest number
 */

const VECTORS = new URL('../vectors/', import.meta.url).href;

/**
 * Close the detector, check the model in a worker of its own, and open the detector again.
 *
 * @param {import('./detector.js').Detector} detector
 * @param {object} [options]
 * @param {string} [options.vectorsUrl] ends with a slash
 * @param {number} [options.runs] timed runs; 0: no timing
 * @returns {Promise<Checked>}
 */
export function selfCheck(detector, { vectorsUrl = VECTORS, runs = 5 } = {}) {
  const { threads = 1 } = detector.info ?? {};
  return detector.closeWhile(async () => {
    const { report } = await ask(threads, { vectorsUrl, runs: 0 });
    /** @type {Checked['times']} */
    const times = [];
    for (const count of runs ? threadCounts() : []) {
      const answer = await ask(count, { vectorsUrl, runs });
      if (answer.threads === count) times.push({ threads: count, ...answer.times }); // else the runtime rejected it
    }
    const fastest = times.toSorted((a, b) => together(a) - together(b)).at(0);
    if (fastest && crossOriginIsolated) rememberThreads(fastest.threads);
    return { ...report, times, threads: fastest?.threads ?? threads };
  });
}

/**
 * Start a worker, ask it one thing, and end it.
 *
 * @param {number} threads
 * @param {import('./check.js').Question} question
 * @returns {Promise<any>}
 */
async function ask(threads, question) {
  const create = () => new Worker(new URL('worker.js', import.meta.url), { type: 'module' });
  const { worker, threads: started } = await startWorker(create, threads, {}, () => {});
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) =>
        data.error ? reject(fromMessage(data.error)) : resolve({ ...data, threads: started });
      worker.onerror = ({ message }) => reject(new EdgegenError('run', message));
      worker.postMessage({ type: 'check', ...question });
    });
  } finally {
    worker.terminate();
  }
}

/** @param {Times} times */
function together({ input, model, result }) {
  return input + model + result;
}
