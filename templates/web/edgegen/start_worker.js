// Starts a worker with the model. If threads do not start, a new worker gets one thread.
import { EdgegenError, fromMessage, toEdgegenError } from './errors.js';

/**
 * @typedef {object} Started
 * @property {Worker} worker
 * @property {number} threads
 * @property {boolean} hasFailedThreads whether one thread is used because more did not start
 * @property {{isExact: boolean}} info
 * @property {string[]} urls the files that the worker has loaded
 */

/** Threads that start at all do so within this many milliseconds after the downloads. */
const THREADS_LIMIT = 20_000;

/** Errors that one thread would have too. */
const FINAL = ['no-simd', 'model-missing', 'model-cut', 'model-other', 'runtime-missing', 'no-worker'];

/**
 * Start a worker and load the model in it.
 *
 * @param {() => Worker} create
 * @param {number} threads
 * @param {object} settings more members of the message `load`
 * @returns {Promise<Started>}
 */
export async function startWorker(create, threads, settings) {
  try {
    return { ...(await startOnce(create, threads, settings)), threads, hasFailedThreads: false };
  } catch (error) {
    const known = toEdgegenError(error, 'start');
    if (threads === 1 || FINAL.includes(known.code)) throw known;
    console.warn(`The model does not start with ${threads} threads (${known.detail}). One thread is used.`);
    return { ...(await startOnce(create, 1, settings)), threads: 1, hasFailedThreads: true };
  }
}

/**
 * @param {() => Worker} create
 * @param {number} threads
 * @param {object} settings
 * @returns {Promise<{worker: Worker, info: Started['info'], urls: string[]}>}
 */
function startOnce(create, threads, settings) {
  return new Promise((resolve, reject) => {
    const worker = create();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let limit;
    /** @param {EdgegenError} error */
    const fail = (error) => {
      clearTimeout(limit);
      worker.terminate();
      reject(error);
    };
    worker.onerror = (event) => fail(new EdgegenError('no-worker', event.message ?? ''));
    worker.onmessage = ({ data }) => {
      if (data.type !== 'load') return;
      if (data.error) return fail(fromMessage(data.error));
      if (data.info) {
        clearTimeout(limit);
        worker.onerror = null;
        worker.onmessage = null;
        return resolve({ worker, info: data.info, urls: data.urls });
      }
      const hang = () => fail(new EdgegenError('start', 'the threads do not answer'));
      if (threads > 1) limit = setTimeout(hang, THREADS_LIMIT);
    };
    worker.postMessage({ type: 'load', threads, ...settings });
  });
}
