// The worker that runs the model. Its messages: load, settings, detect, check (from the page), result (to the page).
// The page also gets `load` back: after the downloads, and with the start's end or its error.
import { MODEL } from '../vision/model.js';
import { letterbox, postprocess } from '../vision/pipeline.js';
import { toEdgegenError } from './errors.js';
import { FrameReader, canvasIsExact, closeFrame, countFrame, handOver, openCount } from './frames.js';
import { openModel, openTensors } from './session.js';

/** @typedef {import('../vision/types.js').Thresholds} Thresholds */
/** @typedef {import('../vision/types.js').Picture} Picture */
/** @typedef {import('../vision/types.js').Tensor} Tensor */

/**
 * @typedef {object} LoadMessage
 * @property {'load'} type
 * @property {number} threads
 * @property {import('./session.js').Backend} [backend]
 * @property {Thresholds} thresholds
 *
 * @typedef {object} SettingsMessage
 * @property {'settings'} type
 * @property {Thresholds} thresholds
 *
 * @typedef {object} DetectMessage
 * @property {'detect'} type
 * @property {number} id of the result that belongs to it
 * @property {import('./frames.js').Frame} [frame] the worker closes it, or returns it
 * @property {Picture} [picture] instead of a frame
 * @property {boolean} [returnFrame] send the frame back with its result; the page closes it
 * @property {boolean} [keep] send input and outputs too
 *
 * @typedef {object} CheckMessage
 * @property {'check'} type
 * @property {number} id of the report that belongs to it
 * @property {string} vectorsUrl ends with a slash
 * @property {Partial<import('../vision/types.js').Model>} [proof] tolerances and pictures, instead of the model's
 *
 * @typedef {object} Times of the stages, in milliseconds
 * @property {number} input
 * @property {number} model
 * @property {number} result
 */

const reader = new FrameReader();
/** @type {import('../vision/types.js').Input | undefined} of the last picture: the next one is written over it */
let input;
/** @type {import('./session.js').Session | null} */
let session = null;
/** @type {Thresholds} */
let thresholds;
/** One picture after the other: the runtime runs one at a time. */
let queue = Promise.resolve();

addEventListener('message', ({ data }) => {
  if (data.type === 'load') load(data);
  if (data.type === 'settings') thresholds = data.thresholds;
  if (data.type === 'detect') queue = queue.then(() => answer(data, detect));
  if (data.type === 'check') queue = queue.then(() => answer(data, check));
});

/** @param {LoadMessage} message */
async function load(message) {
  thresholds = message.thresholds;
  try {
    session = await openModel({
      model: MODEL,
      threads: message.threads,
      backend: message.backend,
      onStart: () => postMessage({ type: 'load' }),
    });
    const urls = performance.getEntriesByType('resource').map((entry) => entry.name);
    postMessage({ type: 'load', info: { threads: session.threads, isExact: canvasIsExact() }, urls });
  } catch (error) {
    postMessage({ type: 'load', error: toEdgegenError(error, 'start').toJSON() });
  }
}

/** @param {CheckMessage} message */
async function check({ vectorsUrl, proof }) {
  const { compare, readFrom } = await import('./parity/parity.js'); // only now: it has many modules
  return { report: await compare(readFrom(vectorsUrl), run, { ...MODEL, ...proof }) };
}

/** @param {Float32Array} values */
function run(values) {
  if (!session) throw new Error('there is no model yet');
  return session.run(values);
}

/**
 * Send the result of some work, or its error.
 *
 * @param {any} message
 * @param {(message: any) => Promise<object>} work
 */
async function answer(message, work) {
  let frame = message.returnFrame ? message.frame : undefined;
  let found;
  try {
    found = await work(message);
  } catch (error) {
    closeFrame(frame);
    frame = undefined;
    found = { error: toEdgegenError(error, 'run').toJSON() };
  }
  if (frame) handOver(frame);
  const open = openCount() + openTensors();
  postMessage({ type: 'result', id: message.id, ...found, frame, open }, { transfer: frame ? [frame] : [] });
}

/** @param {DetectMessage} message */
async function detect({ frame, picture, returnFrame, keep }) {
  const begin = performance.now();
  input = letterbox(await pictureOf(frame, picture, returnFrame), MODEL, input);
  const ready = performance.now();
  const outputs = await run(input.tensor);
  const ran = performance.now();
  const result = postprocess(outputs, input.plan, MODEL, thresholds);
  const end = performance.now();
  return {
    result,
    times: { input: ready - begin, model: ran - ready, result: end - ran },
    input: keep ? input : undefined,
    outputs: keep ? outputs : undefined,
  };
}

/**
 * Return the picture. A frame that is not sent back is closed as soon as it is read: cameras have few.
 *
 * @param {import('./frames.js').Frame} [frame]
 * @param {Picture} [picture]
 * @param {boolean} [returnFrame]
 */
async function pictureOf(frame, picture, returnFrame) {
  if (!frame) {
    if (!picture) throw new Error('there is no picture');
    return picture;
  }
  countFrame(frame);
  try {
    return await reader.read(frame);
  } catch (error) {
    throw toEdgegenError(error, 'frame');
  } finally {
    if (!returnFrame) closeFrame(frame);
  }
}
