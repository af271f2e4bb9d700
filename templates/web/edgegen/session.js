// The model in ONNX Runtime Web. Runs in a worker, or in Node.
import { EdgegenError, toEdgegenError } from './errors.js';

/** @typedef {import('../vision/types.js').Model} Model */
/** @typedef {import('../vision/types.js').Tensor} Tensor */

/** The runtime's release. In the address of its file, so that a cached older file is not used. */
export const RUNTIME = '1.30.0';

const MODEL_URL = new URL('../model/model.onnx', import.meta.url);
const ORT_URL = new URL('../ort/', import.meta.url);

/**
 * Where the model runs: the runtime's files for it, and its name there.
 *
 * @typedef {{name: string, script: string, wasm: string, provider: string}} Backend
 */

/** The CPU. @type {Backend} */
export const WASM = {
  name: 'WebAssembly',
  script: 'ort.wasm.min.mjs',
  wasm: 'ort-wasm-simd-threaded.wasm',
  provider: 'wasm',
};

/** A WebAssembly module with one SIMD instruction. */
const SIMD_MODULE = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
);

/** Pages of 64 KB that the runtime's memory may grow to: 4 GB, 1 GB, 512 MB. */
const MOST_PAGES = [65536, 16384, 8192];

/** The runtime's tensors that are not disposed. */
const open = new Set();

/** Return how many tensors this worker has open. */
export function openTensors() {
  return open.size;
}

/** A loaded model. Its memory is given back when the worker ends. */
export class Session {
  /** @type {any} an InferenceSession */
  #session;
  #ort;
  #model;

  /**
   * @param {any} ort
   * @param {any} session
   * @param {Model} model
   * @param {number} threads that the runtime uses
   */
  constructor(ort, session, model, threads) {
    this.#ort = ort;
    this.#session = session;
    this.#model = model;
    this.threads = threads;
  }

  /**
   * Run the model and return its outputs, in the model's order.
   *
   * @param {Float32Array} values the input tensor, 3 * inputHeight * inputWidth
   * @returns {Promise<Tensor[]>}
   */
  async run(values) {
    const { inputHeight, inputWidth } = this.#model;
    const input = new this.#ort.Tensor('float32', values, [1, 3, inputHeight, inputWidth]);
    /** @type {Record<string, any>} */
    let outputs = {};
    open.add(input);
    try {
      outputs = await this.#session.run({ [this.#session.inputNames[0]]: input });
      for (const tensor of Object.values(outputs)) open.add(tensor);
      return this.#session.outputNames.map((/** @type {string} */ name) => ({
        dims: [...outputs[name].dims],
        data: outputs[name].data,
      }));
    } finally {
      for (const tensor of [input, ...Object.values(outputs)]) {
        tensor.dispose();
        open.delete(tensor);
      }
    }
  }
}

/**
 * Load the model, check it, and start the runtime.
 *
 * @param {object} options
 * @param {Model} options.model
 * @param {number} options.threads more than 1 needs cross-origin isolation
 * @param {Backend} [options.backend]
 * @param {(url: URL) => Promise<Uint8Array>} [options.read]
 * @param {() => void} [options.onStart] after the downloads
 * @returns {Promise<Session>}
 */
export async function openModel({ model, threads, backend = WASM, read = download, onStart = () => {} }) {
  if (!hasSimd()) throw new EdgegenError('no-simd');
  const modelUrl = new URL(`?${model.sha256.slice(0, 12)}`, MODEL_URL);
  const bytes = await read(modelUrl).catch((error) => {
    throw toEdgegenError(error, 'model-missing');
  });
  await checkModel(bytes, model);
  const wasmUrl = new URL(`${backend.wasm}?${RUNTIME}`, ORT_URL);
  const wasm = await read(wasmUrl).catch((error) => {
    throw toEdgegenError(error, 'runtime-missing');
  });
  const ort = await import(new URL(backend.script, ORT_URL).href).catch((error) => {
    throw toEdgegenError(error, 'runtime-missing');
  });
  ort.env.wasm.wasmPaths = ORT_URL.href;
  ort.env.wasm.wasmBinary = wasm;
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = 'error';
  allowSmallerMemory();
  onStart();
  try {
    const session = await ort.InferenceSession.create(bytes, { executionProviders: [backend.provider] });
    return new Session(ort, session, model, threads);
  } catch (error) {
    throw toEdgegenError(error, 'start');
  } finally {
    ort.env.wasm.wasmBinary = undefined; // megabytes that the runtime has compiled
  }
}

/**
 * Let the runtime reserve less memory if the browser refuses 4 GB. The runtime asks for them whatever the model needs, and some
 * phones then throw `RangeError: Out of memory`.
 */
function allowSmallerMemory() {
  const { Memory } = WebAssembly;
  /** @param {WebAssembly.MemoryDescriptor} descriptor */
  function ReservedMemory(descriptor) {
    let refusal;
    for (const pages of MOST_PAGES) {
      try {
        return new Memory({ ...descriptor, maximum: Math.min(pages, descriptor.maximum ?? pages) });
      } catch (error) {
        refusal = error;
      }
    }
    throw refusal;
  }
  ReservedMemory.prototype = Memory.prototype; // for instanceof
  WebAssembly.Memory = /** @type {any} */ (ReservedMemory);
}

/** Return whether the browser has WebAssembly with SIMD, which the runtime needs. */
export function hasSimd() {
  return typeof WebAssembly === 'object' && WebAssembly.validate(SIMD_MODULE);
}

/**
 * Return the SHA-256 of the bytes in hexadecimal digits; "" on plain http, where browsers do not compute it.
 *
 * @param {ArrayBufferView} bytes
 */
export async function sha256(bytes) {
  const digest = await globalThis.crypto?.subtle?.digest('SHA-256', /** @type {ArrayBufferView<ArrayBuffer>} */ (bytes));
  return Array.from(new Uint8Array(digest ?? 0), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Compare model.onnx with the size and digest that the project was made with.
 *
 * @param {Uint8Array} bytes
 * @param {Model} model
 */
export async function checkModel(bytes, model) {
  if (bytes.length < model.size) throw new EdgegenError('model-cut', `${bytes.length} of ${model.size} bytes`);
  if (bytes.length > model.size) throw new EdgegenError('model-other', `${bytes.length} bytes, expected ${model.size}`);
  const digest = await sha256(bytes);
  if (digest && digest !== model.sha256) throw new EdgegenError('model-other', `its SHA-256 is ${digest}`);
}

/**
 * Return the content of a file.
 *
 * @param {URL} url
 */
async function download(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.pathname}: status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
