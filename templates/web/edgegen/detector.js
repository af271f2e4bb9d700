// The page's side of the model: starts the worker, sends pictures, gets results.
import { MODEL } from '../vision/model.js';
import { EdgegenError, fromMessage } from './errors.js';
import { closeFrame, openCount } from './frames.js';
import { startWorker } from './start_worker.js';
import { recall, remember } from './store.js';

/** @typedef {import('../vision/types.js').Thresholds} Thresholds */
/** @typedef {import('../vision/types.js').Picture} Picture */
/** @typedef {import('../vision/types.js').Result} Result */
/** @typedef {import('./frames.js').Frame} Frame */
/** @typedef {import('./start_worker.js').State} State */

/**
 * @typedef {object} Found
 * @property {Result} result
 * @property {object[]} [rows] as in `--json`
 * @property {import('./worker.js').Times} times
 * @property {import('../vision/types.js').Input} [input]
 * @property {import('../vision/types.js').Tensor[]} [outputs]
 *
 * @typedef {object} Info
 * @property {string} backend
 * @property {number} threads
 * @property {'' | 'not-isolated' | 'was-ended' | 'threads-failed'} reason why there is only one thread; '': by choice
 * @property {boolean} isIsolated whether the page may use threads
 * @property {boolean} isExact whether a canvas gives back the bytes that were written
 * @property {number} milliseconds of the start
 */

const MOST_THREADS = 4;

/** Whether this tab's page before was ended while the camera ran. The next start uses one thread then. */
let wasEnded = recall('camera', 'sessionStorage') !== null;
cameraRuns(false);

/** Runs the model in a worker. One is alive at a time; a page that is left closes it. */
export class Detector {
  /** @type {Worker | null} */
  #worker = null;
  /** @type {Map<number, {resolve: (found: Found) => void, reject: (error: Error) => void}>} */
  #waiting = new Map();
  #lastId = 0;
  #openInWorker = 0;
  /** @type {Promise<unknown> | null} the end of `closeWhile` */
  #reopened = null;
  /** @type {(state: State) => void} */
  #onState;
  /** @type {Thresholds} */
  #thresholds = defaultThresholds();
  /** @type {string[]} the files that the worker has loaded */
  urls = [];
  /** @type {Info | null} null while closed */
  info = null;

  /**
   * Load the model.
   *
   * @param {(state: State) => void} [onState]
   * @returns {Promise<Detector>}
   */
  static async open(onState = () => {}) {
    const detector = new Detector(onState);
    await detector.reopen();
    addEventListener('pagehide', () => detector.close());
    return detector;
  }

  /** @param {(state: State) => void} onState */
  constructor(onState) {
    this.#onState = onState;
  }

  /** Load the model again after `close`. */
  async reopen() {
    this.close();
    const { threads, reason } = chooseThreads();
    const create = () => new Worker(new URL('worker.js', import.meta.url), { type: 'module' });
    const started = await startWorker(create, threads, { thresholds: this.#thresholds }, this.#onState);
    if (started.hasFailedThreads) remember('threads', '1');
    this.#worker = started.worker;
    this.#worker.onmessage = ({ data }) => this.#receive(data);
    this.#worker.onerror = ({ message }) => this.#fail(new EdgegenError('run', message));
    this.#worker.postMessage({ type: 'settings', thresholds: this.#thresholds });
    this.urls = started.urls;
    this.info = {
      backend: 'WebAssembly',
      threads: started.threads,
      reason: started.hasFailedThreads ? 'threads-failed' : reason,
      isIsolated: crossOriginIsolated,
      ...started.info,
    };
  }

  /**
   * Close the model while other work needs its memory, and load it again. Pictures wait for that.
   *
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>} of the work
   */
  closeWhile(work) {
    this.close();
    const end = work().finally(() => this.reopen());
    this.#reopened = end.catch(() => {}); // its error is for the caller
    return end;
  }

  /**
   * Return the result of a picture. A frame is handed over: the worker closes it.
   *
   * @param {Picture | Frame} source
   * @param {{keep?: boolean, rows?: boolean}} [options] keep: return input and outputs too. rows: as in `--json`
   * @returns {Promise<Found>}
   */
  async detect(source, options = {}) {
    const id = ++this.#lastId;
    const frame = 'close' in source ? source : null;
    try {
      await this.#reopened;
      if (!this.#worker) throw new EdgegenError('closed');
      const message = { type: 'detect', id, ...options, ...(frame ? { frame } : { picture: source }) };
      this.#worker.postMessage(message, frame ? [frame] : []);
    } finally {
      closeFrame(frame);
    }
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /** @param {Partial<Thresholds>} thresholds */
  setThresholds(thresholds) {
    this.#thresholds = { ...this.#thresholds, ...thresholds };
    this.#worker?.postMessage({ type: 'settings', thresholds: this.#thresholds });
  }

  /** The thresholds of the next picture. */
  get thresholds() {
    return this.#thresholds;
  }

  /** Return how many frames are open here, and how many frames and tensors in the worker. */
  openCount() {
    return openCount() + this.#openInWorker;
  }

  /** End the worker, which gives back its memory. Pictures that are not finished fail with the code `closed`. */
  close() {
    if (!this.#worker) return;
    this.#worker.terminate();
    this.#worker = null;
    this.#openInWorker = 0;
    this.info = null;
    cameraRuns(false);
    this.#fail(new EdgegenError('closed'));
  }

  /** @param {any} data */
  #receive(data) {
    const waiting = this.#waiting.get(data.id);
    this.#waiting.delete(data.id);
    this.#openInWorker = data.open;
    if (data.error) waiting?.reject(fromMessage(data.error));
    else waiting?.resolve(data);
  }

  /** @param {Error} error */
  #fail(error) {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }
}

/**
 * Remember whether the camera's frames are analyzed. Some phones end a page that needs too much memory, and open it again.
 *
 * @param {boolean} isRunning
 */
export function cameraRuns(isRunning) {
  remember('camera', isRunning ? 'running' : null, 'sessionStorage');
}

/**
 * Remember the number of threads that the self-check found to be fastest.
 *
 * @param {number} threads
 */
export function rememberThreads(threads) {
  remember('threads', String(threads));
}

/** Return the numbers of threads that this device can use, in rising order. */
export function threadCounts() {
  if (!crossOriginIsolated) return [1];
  const cores = navigator.hardwareConcurrency || 1;
  return [1, 2, MOST_THREADS].filter((count) => count === 1 || count <= cores);
}

/** @returns {{threads: number, reason: Info['reason']}} */
function chooseThreads() {
  if (wasEnded) {
    wasEnded = false;
    remember('threads', '1');
    return { threads: 1, reason: 'was-ended' };
  }
  if (!crossOriginIsolated) return { threads: 1, reason: 'not-isolated' };
  const counts = threadCounts();
  const asked = Number(new URLSearchParams(location.search).get('threads')); // index.html?threads=1
  if (counts.includes(asked)) return { threads: asked, reason: '' };
  const remembered = Number(recall('threads'));
  if (counts.includes(remembered)) return { threads: remembered, reason: '' };
  const half = Math.ceil((navigator.hardwareConcurrency || 1) / 2);
  return { threads: Math.max(...counts.filter((count) => count <= Math.max(half, 1))), reason: '' };
}

/** @returns {Thresholds} */
function defaultThresholds() {
  const { confidence, iou, maxDetections } = MODEL;
  return { confidence, iou, maxDetections, agnostic: false };
}
