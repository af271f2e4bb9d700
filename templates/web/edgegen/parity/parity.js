// Compares this app with PyTorch: every stage with the golden vectors, from the constants to the result of the whole chain.
import { GoldenVectors } from './golden_vectors.js';
import { compareConstants, compareInput } from './input_stages.js';
import { Report, Stage } from './report.js';
import { SHOWS, TaskStages } from './task_stages.js';
import { Tolerances } from './tolerances.js';

/** @typedef {import('../../vision/types.js').Model} Model */
/** @typedef {(values: Float32Array) => Promise<import('../../vision/types.js').Tensor[]>} Run the model */

/**
 * Return the report of all stages over all pictures.
 *
 * @param {import('./golden_vectors.js').Read} read
 * @param {Run | null} run null: the stages that need the model compare nothing
 * @param {Model} model
 * @returns {Promise<Report>}
 */
export async function compare(read, run, model) {
  const vectors = await GoldenVectors.open(read);
  const { tolerances: ofProgram, pictures: proving } = model;
  const tolerances = new Tolerances(vectors.index.tolerances, ofProgram);
  const constants = new Stage('constants', 0, 'differences');
  const letterbox = new Stage('letterbox', tolerances.of('letterbox'), 'of 255');
  const tensor = new Stage('tensor', tolerances.of('tensor'), '');
  compareConstants(model, vectors, constants);
  const ofAllClasses = { ...model, keptClasses: [] }; // as PyTorch was run
  const task = new TaskStages(ofAllClasses, tolerances);
  let images = 0;
  for (let number = 0; number < vectors.size; number++) {
    const picture = await vectors.picture(number);
    if (proving.length && !proving.includes(picture.name)) continue;
    images++;
    await task.compare(picture, await compareInput(model, picture, letterbox, tensor), run);
  }
  return new Report([constants, letterbox, tensor, ...task.stages], images, task.shown, SHOWS);
}
