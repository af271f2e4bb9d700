// The worker of WebGPU's trial: runs the model on the golden pictures, compares each run with PyTorch, and times it.
import { MODEL } from '../vision/model.js';
import { toEdgegenError } from './errors.js';
import { readFrom } from './parity/golden_vectors.js';
import { compare } from './parity/parity.js';
import { openModel } from './session.js';

/**
 * @typedef {object} Proof one run for each golden picture
 * @property {string} problem the first difference; '': there is none
 * @property {number} pictures
 * @property {number[]} milliseconds of each run
 */

/** @type {import('./session.js').Session} */
let session;

addEventListener('message', async ({ data }) => {
  try {
    if (data.type === 'load') await load(data.backend);
    if (data.type === 'prove') postMessage({ type: 'proof', proof: await prove(data.vectorsUrl) });
  } catch (error) {
    postMessage({ type: data.type, error: toEdgegenError(error, data.type === 'load' ? 'start' : 'run').toJSON() });
  }
});

/** @param {import('./session.js').Backend} backend */
async function load(backend) {
  session = await openModel({ model: MODEL, threads: 1, backend });
  postMessage({ type: 'load', info: {}, urls: [] });
}

/**
 * @param {string} vectorsUrl
 * @returns {Promise<Proof>}
 */
async function prove(vectorsUrl) {
  /** @type {number[]} */
  const milliseconds = [];
  let hasNaN = false;
  const run = async (/** @type {Float32Array} */ values) => {
    const begin = performance.now();
    const outputs = await session.run(values);
    milliseconds.push(performance.now() - begin);
    hasNaN ||= outputs.some(({ data }) => data.some(Number.isNaN));
    return outputs;
  };
  const report = await compare(readFrom(vectorsUrl), run, { ...MODEL, ...MODEL.webgpu });
  const failed = report.stages.find((stage) => !stage.passed);
  let problem = '';
  if (failed) problem = [...report.problems, ...report.lines].find((line) => line.startsWith(`${failed.name}: `)) ?? '';
  if (hasNaN) problem = 'an output is not a number';
  if (!milliseconds.length) problem = 'there are no golden pictures';
  return { problem, pictures: report.images, milliseconds };
}
