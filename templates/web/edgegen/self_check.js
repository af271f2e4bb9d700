// The self-check: compares every stage with the golden vectors on this device, and times the model.
import { MODEL } from '../vision/model.js';
import { rememberThreads, threadCounts } from './detector.js';
import { EdgegenError, fromMessage } from './errors.js';
import { RUNTIME } from './session.js';
import { startWorker } from './start_worker.js';

/** @typedef {import('./detector.js').Detector} Detector */
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
 * @param {Detector} detector
 * @param {object} [options]
 * @param {string} [options.vectorsUrl] ends with a slash
 * @param {number} [options.runs] timed runs; 0: no timing
 * @param {(line: string) => void} [options.onLine] gets each line as soon as it is known
 * @param {AbortSignal} [options.signal] ends the check with an AbortError
 * @returns {Promise<Checked>}
 */
export async function selfCheck(detector, { vectorsUrl = VECTORS, runs = 10, onLine = () => {}, signal } = {}) {
  const { threads = 1, note = '' } = detector.info ?? {};
  return detector.closeWhile(() => check({ vectorsUrl, runs, onLine, signal, threads, note }));
}

/**
 * @param {object} options
 * @param {string} options.vectorsUrl
 * @param {number} options.runs
 * @param {(line: string) => void} options.onLine
 * @param {AbortSignal} [options.signal]
 * @param {number} options.threads
 * @param {string} options.note on another backend; '': there is none
 * @returns {Promise<Checked>}
 */
async function check({ vectorsUrl, runs, onLine, signal, threads, note }) {
  /** @type {string[]} */
  const lines = [];
  /** @param {string} line */
  const say = (line) => {
    lines.push(line);
    onLine(line);
  };
  about().forEach(say);
  if (note) say(note);
  const { report } = await ask(threads, { type: 'compare', vectorsUrl }, signal);
  report.lines.forEach(say);
  /** @type {Checked['times']} */
  const times = [];
  if (runs) say(`median of ${runs}, ms: input, model, result, together`);
  for (const count of runs ? threadCounts() : []) {
    const answer = await ask(count, { type: 'time', vectorsUrl, runs }, signal);
    if (answer.threads !== count) continue; // the runtime rejected this count
    times.push({ threads: count, ...answer.times });
    say(timesText(count, answer.times));
  }
  const fastest = times.toSorted((a, b) => together(a) - together(b)).at(0);
  if (fastest && crossOriginIsolated) rememberThreads(fastest.threads);
  return { ...report, lines, times, threads: fastest?.threads ?? threads };
}

/**
 * Start a worker, ask it one thing, and end it.
 *
 * @param {number} threads
 * @param {import('./check_worker.js').Question} question
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
async function ask(threads, question, signal) {
  signal?.throwIfAborted();
  const create = () => new Worker(new URL('check_worker.js', import.meta.url), { type: 'module' });
  const { worker, threads: started } = await startWorker(create, threads, {}, () => {});
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) =>
        data.error ? reject(fromMessage(data.error)) : resolve({ ...data, threads: started });
      worker.onerror = ({ message }) => reject(new EdgegenError('run', message));
      signal?.addEventListener('abort', () => reject(signal.reason));
      signal?.throwIfAborted();
      worker.postMessage(question);
    });
  } finally {
    worker.terminate();
  }
}

/** Return which model, runtime and device this is. */
function about() {
  const { appName, edgegenVersion, name, task, precision, inputWidth, inputHeight, classNames, sha256 } = MODEL;
  const classes = task === 'depth' ? '' : classNames.length === 1 ? ', 1 class' : `, ${classNames.length} classes`;
  return [
    `app: ${appName}, made by edgegen ${edgegenVersion}`,
    `model: ${name}, ${task}, ${precision}, ${inputWidth} x ${inputHeight}${classes}`,
    `sha256: ${sha256}`,
    `runtime: ONNX Runtime Web ${RUNTIME}, WebAssembly; cross-origin isolated: ${crossOriginIsolated ? 'yes' : 'no'}`,
    `device: ${navigator.userAgent}, ${navigator.hardwareConcurrency} cores`,
  ];
}

/** @param {Times} times */
function together({ input, model, result }) {
  return input + model + result;
}

/**
 * @param {number} threads
 * @param {Times} times
 */
function timesText(threads, times) {
  const numbers = [times.input, times.model, times.result, together(times)].map((value) => value.toFixed(1));
  return `${threads} ${threads === 1 ? 'thread' : 'threads'}: ${numbers.join(', ')}`;
}
