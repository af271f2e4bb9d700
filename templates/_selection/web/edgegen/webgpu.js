// WebGPU: tried on this device, and used if it gives PyTorch's results faster than WebAssembly, which runs the model until then.
import { MODEL } from '../vision/model.js';
import { EdgegenError, fromMessage, toEdgegenError } from './errors.js';
import { recall, remember } from './offline.js';
import { RUNTIME, WASM } from './session.js';

/** @typedef {import('./detector.js').Detector} Detector */
/** @typedef {import('./webgpu_worker.js').Proof} Proof */

/**
 * What is known of WebGPU on this device.
 *
 * @typedef {object} Verdict
 * @property {'trying' | 'chosen' | 'slower' | 'wrong' | 'failed' | 'crashed' | 'missing' | 'ios' | 'off'} outcome
 * @property {string} [problem] of `wrong` and `failed`
 * @property {number} [pictures] that were compared
 * @property {number} [milliseconds] of the model with WebGPU, the median
 * @property {number} [wasmMilliseconds]
 */

/**
 * A verdict as it is stored, for the same device, browser, runtime and model.
 *
 * @typedef {object} Record
 * @property {string} key what it is for
 * @property {number} crashes in a row
 * @property {Verdict | null} verdict null: there was no trial to its end
 */

/** @type {import('./session.js').Backend} */
export const WEBGPU = {
  name: 'WebGPU',
  script: 'ort.webgpu.min.mjs',
  wasm: 'ort-wasm-simd-threaded.asyncify.wasm',
  provider: 'webgpu',
};

const VECTORS = new URL('../vectors/', import.meta.url).href;
/** Runs that are compared and timed. */
const RUNS = 10;
/** How many times slower than WebAssembly is too slow for more runs. */
const MUCH_SLOWER = 3;
/** Crashes in a row after which WebGPU is not tried again. Compiling the shaders may crash once. */
const CRASHES_UNTIL_OUT = 2;
/** Milliseconds after which WebGPU counts as hanging. */
const LIMIT = 120_000;
/** Errors of the network: WebGPU is tried again at the next start. */
const LATER = ['runtime-missing', 'model-missing', 'vectors'];
/** Names of stored values: the record, and the marker of a page that runs WebGPU for the first time. */
const RECORD = 'webgpu';
const MARKER = 'webgpu-runs';

/** Decides whether WebGPU runs a detector's model. */
export class WebGpu {
  /** @type {Verdict} */
  verdict = { outcome: 'trying' };
  #detector;
  #startWorker;
  /** @type {Worker | null} of the trial */
  #worker = null;
  #isLeft = false;
  /** @type {Record} */
  #record = { key: '', crashes: 0, verdict: null };

  /**
   * @param {Detector} detector
   * @param {(create: () => Worker, threads: number, backend: import('./session.js').Backend) => Promise<{worker: Worker}>} startWorker
   */
  constructor(detector, startWorker) {
    this.#detector = detector;
    this.#startWorker = startWorker;
    addEventListener('pagehide', () => this.#leave());
  }

  /** The verdict as a sentence. */
  get note() {
    return inWords(this.verdict);
  }

  /** Find the verdict, and let WebGPU run the model if it is right and faster. Never fails: WebAssembly is there. */
  async decide() {
    try {
      const why = await whyNot();
      if (typeof why === 'string') return this.#show({ outcome: why });
      // Another tab may be trying. If it crashes, the browser gives back its lock, and its marker is still there.
      await navigator.locks.request(`edgegen ${VECTORS}`, async () => this.#show(await this.#decide(why.key)));
    } catch (error) {
      this.#show({ outcome: 'failed', problem: firstLine(String(error)) });
    }
  }

  /** The model failed. If WebGPU ran it, as when a device is lost, WebAssembly takes over. @param {string} detail */
  async onError(detail) {
    if (this.verdict.outcome !== 'chosen') return;
    this.#show({ outcome: 'failed', problem: firstLine(detail) });
    write({ ...this.#record, verdict: this.verdict });
    await this.#detector.useBackend(WASM);
  }

  /**
   * @param {string} key
   * @returns {Promise<Verdict>}
   */
  async #decide(key) {
    this.#record = read(key);
    const { crashes, verdict } = this.#record;
    if (recall(MARKER) === key) {
      remember(MARKER, null);
      write({ ...this.#record, crashes: crashes + 1 });
      return { outcome: 'crashed' };
    }
    if (crashes >= CRASHES_UNTIL_OUT) return { outcome: 'crashed' };
    if (verdict && verdict.outcome !== 'chosen') return verdict;
    // The end of a page in the background is not WebGPU's fault.
    const mark = () => remember(MARKER, document.hidden ? null : key);
    document.addEventListener('visibilitychange', mark);
    mark();
    try {
      const found = verdict ?? (await this.#try());
      if (found.outcome === 'chosen') await this.#use();
      write({ key, crashes: 0, verdict: found });
      return found;
    } catch (error) {
      const { code, message, detail } = toEdgegenError(error, 'run');
      const failed = /** @type {Verdict} */ ({ outcome: 'failed', problem: firstLine(detail || message) });
      if (!this.#isLeft && !LATER.includes(code)) write({ key, crashes: 0, verdict: failed });
      return failed;
    } finally {
      document.removeEventListener('visibilitychange', mark);
      remember(MARKER, null);
    }
  }

  /**
   * Compare WebGPU with the golden vectors, and time it next to WebAssembly. One wrong run rejects it.
   *
   * @returns {Promise<Verdict>}
   */
  async #try() {
    const create = () => new Worker(new URL('webgpu_worker.js', import.meta.url), { type: 'module' });
    const { worker } = await this.#startWorker(create, 1, WEBGPU);
    this.#worker = worker;
    try {
      let proof = await prove(worker); // the first runs compile the shaders
      const [least, wasmOnce] = [Math.min(...proof.milliseconds), await this.#run()];
      if (!proof.problem && least > MUCH_SLOWER * wasmOnce) {
        return { outcome: 'slower', pictures: proof.pictures, milliseconds: least, wasmMilliseconds: wasmOnce };
      }
      /** @type {number[]} */
      const times = [];
      /** @type {number[]} */
      const wasmTimes = [];
      while (!proof.problem && times.length < RUNS) {
        proof = await prove(worker);
        times.push(...proof.milliseconds);
        for (const _ of proof.milliseconds) wasmTimes.push(await this.#run());
      }
      const { problem, pictures } = proof;
      if (problem) return { outcome: 'wrong', problem, pictures };
      const [milliseconds, wasmMilliseconds] = [median(times), median(wasmTimes)];
      const outcome = milliseconds < wasmMilliseconds ? 'chosen' : 'slower';
      return { outcome, pictures, milliseconds, wasmMilliseconds };
    } finally {
      worker.terminate();
      this.#worker = null;
    }
  }

  /** Let WebGPU run the model. If it cannot, WebAssembly goes on. */
  async #use() {
    try {
      await this.#detector.useBackend(WEBGPU);
      await this.#run();
    } catch (error) {
      await this.#detector.useBackend(WASM);
      throw error;
    }
  }

  /**
   * Run the detector's model on an empty picture, and return its milliseconds.
   *
   * @returns {Promise<number>}
   */
  async #run() {
    const { inputWidth: width, inputHeight: height } = MODEL;
    return (await this.#detector.detect({ width, height, data: new Uint8Array(4 * width * height) })).times.model;
  }

  /** @param {Verdict} verdict */
  #show(verdict) {
    this.verdict = verdict;
    if (this.#detector.info) Object.assign(this.#detector.info, { webgpu: verdict, note: this.note });
  }

  #leave() {
    this.#isLeft = true;
    this.#worker?.terminate();
    remember(MARKER, null);
  }
}

/**
 * Return why WebGPU is not tried, or the key of its record.
 *
 * @returns {Promise<'off' | 'ios' | 'missing' | {key: string}>}
 */
async function whyNot() {
  const query = new URLSearchParams(location.search);
  if (query.has('threads') || query.get('backend') === 'wasm') return 'off'; // index.html?backend=wasm
  const { userAgent, platform, maxTouchPoints } = navigator;
  // iPads have the platform of a Mac. Other projects report that WebGPU ends pages of iPhones: github.com/microsoft/onnxruntime#26827.
  if (/iPhone|iPad|iPod/.test(userAgent) || (platform === 'MacIntel' && maxTouchPoints > 1)) return 'ios';
  const { gpu } = /** @type {any} */ (navigator);
  const adapter = await gpu?.requestAdapter().catch(() => null);
  if (!adapter) return 'missing';
  const { vendor, architecture, device, description } = adapter.info ?? {};
  const versions = [RUNTIME, MODEL.edgegenVersion, MODEL.sha256];
  return { key: [userAgent, vendor, architecture, device, description, ...versions].join(' ') };
}

/**
 * Return a worker's comparison and times of one run for each golden picture.
 *
 * @param {Worker} worker
 * @returns {Promise<Proof>}
 */
function prove(worker) {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new EdgegenError('run', 'it does not answer')), LIMIT);
    worker.onmessage = ({ data }) => {
      clearTimeout(limit);
      if (data.error) reject(fromMessage(data.error));
      else resolve(data.proof);
    };
    worker.onerror = ({ message }) => reject(new EdgegenError('run', message));
    worker.postMessage({ type: 'prove', vectorsUrl: VECTORS });
  });
}

/**
 * @param {string} key
 * @returns {Record}
 */
function read(key) {
  try {
    const stored = JSON.parse(recall(RECORD) ?? '');
    if (stored.key === key) return stored;
  } catch {
    // There is none yet.
  }
  return { key, crashes: 0, verdict: null };
}

/** @param {Record} record */
function write(record) {
  remember(RECORD, JSON.stringify(record));
}

/** @param {string} text */
function firstLine(text) {
  return text.split('\n')[0].slice(0, 200);
}

/** @param {number[]} values */
function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** @param {Verdict} verdict */
function inWords({ outcome, problem, pictures, milliseconds, wasmMilliseconds }) {
  const times = `${milliseconds?.toFixed(1)} ms; WebAssembly takes ${wasmMilliseconds?.toFixed(1)} ms`;
  return {
    trying: 'WebGPU is being tried.',
    chosen: `WebGPU gives the same results on ${pictures} golden pictures, in ${times}.`,
    slower: `WebGPU is not used: it gives the same results, but takes ${times}.`,
    wrong: `WebGPU is not used: it gives other results on this device (${problem}).`,
    failed: `WebGPU is not used: it fails on this device (${problem}).`,
    crashed: 'WebGPU is not used: the page was ended when it was tried.',
    missing: 'WebGPU is not used: this browser does not offer it here.',
    ios: 'WebGPU is not used on iPhones and iPads: it may end the page there.',
    off: 'WebGPU is not used: the address of the page says so.',
  }[outcome];
}
