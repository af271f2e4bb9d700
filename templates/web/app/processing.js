// Runs your ResultProcessor. An error of it is shown, and the app goes on with the model's result.
import { MODEL } from '../vision/model.js';
import { showNote } from './page.js';
import { ResultPicture } from './pictures.js';
import { ResultProcessor } from './processor.js';
import { say } from './words.js';

/**
 * @typedef {import('../vision/types.js').Picture} Picture
 * @typedef {import('../vision/types.js').Result} Result
 * @typedef {import('../edgegen/frames.js').Frame} Frame
 */

export class Processing {
  /** @type {ResultProcessor | null} of the camera or the video; null: its first frame makes one */
  #moving = null;

  /** A camera or a video starts. */
  restart() {
    this.#moving = null;
  }

  /**
   * Give a result to the ResultProcessor, and what it returns to `use`. If one of them throws, `use` gets the model's
   * result.
   *
   * @template T
   * @param {Result} result
   * @param {Picture | Frame} source the picture that it was found in
   * @param {boolean} isStill it does not move: it has a ResultProcessor of its own, because it may be drawn again
   * @param {(result: Result, text: string) => T} use
   * @returns {T}
   */
  run(result, source, isStill, use) {
    const picture = new ResultPicture(source, result);
    try {
      const processor = isStill ? new ResultProcessor() : (this.#moving ??= new ResultProcessor());
      const processed = processor.process(copyOf(result), picture, [...MODEL.classNames]);
      if (!processed?.result) throw new Error('process() returned no result');
      check(processed.result, result);
      return use(processed.result, String(processed.text ?? ''));
    } catch (error) {
      const used = use(result, ''); // throws if the app itself fails
      console.error('The result processor fails:', error);
      showNote(say('processorFailed', error instanceof Error ? error.message : String(error)));
      return used;
    } finally {
      picture.close();
    }
  }
}

/**
 * Return a copy of a result: the ResultProcessor may change it in place. The pixels of masks and maps are shared.
 *
 * @param {Result} result
 * @returns {Result}
 */
function copyOf(result) {
  /** @type {any} */
  const copy = { ...result };
  for (const [name, value] of Object.entries(result)) {
    if (!Array.isArray(value)) continue;
    copy[name] = value.map((/** @type {any} */ each) => (each instanceof Float32Array ? each.slice() : { ...each }));
  }
  return copy;
}

/**
 * @param {Result} result of the ResultProcessor
 * @param {Result} original
 * @throws {Error} it has not the shape of the original, or an unknown class
 */
function check(result, original) {
  for (const name of Object.keys(original)) {
    if (!(name in result)) throw new Error(`process() returned a result without ${name}`);
  }
  if (!('boxes' in result)) return;
  for (const { classId } of /** @type {{classId: number}[]} */ (result.boxes)) {
    if (!(classId in MODEL.classNames)) throw new Error(`process() returned a box of the class ${classId}`);
  }
}
