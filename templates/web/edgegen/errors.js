// Errors of this folder. Each has a code, a sentence for the user, and often a detail for the console.

/** The sentences, by code. */
const SENTENCES = {
  'no-simd': 'This browser is too old for the model: it has no WebAssembly SIMD. Update the browser.',
  'model-missing': 'The model cannot be loaded. Check the network and reload the page.',
  'model-cut': 'The file model.onnx is cut short. Copy the project to the server again.',
  'model-other': 'The file model.onnx is damaged or of another project. Reload the page, or copy the project again.',
  'runtime-missing': 'The folder ort is incomplete. Copy the project to the server again.',
  'no-memory': 'This device does not have enough memory for the model. Close other tabs and reload the page.',
  'start': 'The model does not start in this browser.',
  'run': 'The model failed on this picture.',
  'vision': 'The code in vision/ fails. The browser\'s console (F12) names the line.',
  'frame': 'This picture cannot be read.',
  'closed': 'The model was closed.',
  'no-worker': 'The model\'s worker does not start. Update the browser. If you edited a file, the browser\'s console (F12) names the line.',
  'insecure': 'A browser makes a capture only on https:// or on localhost.',
  'metadata': 'The file model/metadata.yaml cannot be read. Copy the project to the server again.',
  'vectors': 'The self-check needs the network, and the golden vectors: serve the folder vectors with the project.',
  'vectors-other': 'The project on the server has changed. Reload the page.',
};

/** @typedef {keyof typeof SENTENCES} ErrorCode */

/** An error with a code. The message is a sentence for the user. */
export class EdgegenError extends Error {
  /**
   * @param {ErrorCode} code
   * @param {string} [detail] for the console
   * @param {unknown} [cause] whose stack the console shows, too
   */
  constructor(code, detail = '', cause) {
    super(SENTENCES[code], { cause });
    this.name = 'EdgegenError';
    this.code = code;
    this.detail = detail;
  }

  /** Return what a message can carry. */
  toJSON() {
    return { code: this.code, detail: this.detail };
  }
}

/**
 * Return the error as an EdgegenError. Memory errors of any source get the code `no-memory`.
 *
 * @param {unknown} error
 * @param {ErrorCode} code of an error that is not known yet
 * @returns {EdgegenError}
 */
export function toEdgegenError(error, code) {
  if (error instanceof EdgegenError) return error;
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const isMemory = /out of memory|bad_alloc|allocation failed/i.test(detail);
  return new EdgegenError(isMemory ? 'no-memory' : code, detail, error);
}

/**
 * Return the error of a worker's message.
 *
 * @param {{code: ErrorCode, detail: string}} message
 */
export function fromMessage({ code, detail }) {
  return new EdgegenError(code, detail);
}
