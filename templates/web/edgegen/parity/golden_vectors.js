// The golden vectors: PyTorch's numbers for a few pictures, stage by stage. vectors/README.md describes the files.
import { EdgegenError } from '../errors.js';

/** @typedef {(name: string) => Promise<Uint8Array>} Read returns a file of the folder `vectors` */
/** @typedef {import('../../vision/types.js').Thresholds} Thresholds */

const INDEX = 'index.json';

/** Return an error of vectors that cannot be used. @param {string} detail */
export function vectorsError(detail) {
  return new EdgegenError('vectors', detail);
}

/**
 * Return a function that reads files of a folder.
 *
 * @param {string} url of the folder, ends with a slash
 * @returns {Read}
 */
export function readFrom(url) {
  return async (name) => {
    const response = await fetch(new URL(name, url)).catch((error) => {
      throw vectorsError(`${name}: ${error.message}`);
    });
    if (!response.ok) throw vectorsError(`${name}: status ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  };
}

/**
 * Return the content of the index.
 *
 * @param {Read} read
 * @returns {Promise<any>}
 */
export async function readIndex(read) {
  const text = new TextDecoder().decode(await read(INDEX));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw vectorsError(`${INDEX}: ${error}`);
  }
}

/** One picture, with its arrays. */
export class GoldenPicture {
  #entry;
  #data;

  /**
   * @param {any} index
   * @param {any} entry of the index
   * @param {Uint8Array} data
   */
  constructor(index, entry, data) {
    this.#entry = entry;
    this.#data = data;
    /** @type {number} */
    this.rowConfidence = index.row_confidence ?? 0;
    /** @type {string} */
    this.name = entry.name;
    /** @type {{resized: [number, number], left: number, top: number, sha256: string}} */
    this.letterbox = entry.letterbox;
    /** @type {string} */
    this.tensorSha256 = entry.tensor.sha256;
    /** @type {number} */
    this.width = entry.width;
    /** @type {number} */
    this.height = entry.height;
    const { confidence, iou, max_det: maxDetections, agnostic } = entry;
    /** @type {Thresholds} PyTorch was run with these */
    this.thresholds = { confidence: Math.fround(confidence), iou, maxDetections, agnostic };
  }

  /** @param {string} array */
  has(array) {
    return array in this.#entry.arrays;
  }

  /** @param {string} array */
  bytes(array) {
    return new Uint8Array(this.#find(array, 1));
  }

  /** @param {string} array */
  integers(array) {
    return new Uint32Array(this.#find(array, 4));
  }

  /** @param {string} array */
  floats(array) {
    return new Float32Array(this.#find(array, 4));
  }

  /**
   * Return the pixels as the app reads them.
   *
   * @returns {import('../../vision/types.js').Picture}
   */
  picture() {
    const { width, height } = this;
    const rgb = this.bytes('picture');
    const data = new Uint8ClampedArray(4 * width * height).fill(255);
    for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) data.set(rgb.subarray(from, from + 3), to);
    return { width, height, data };
  }

  /**
   * Return the bytes of an array. Browsers are little-endian, as the files are.
   *
   * @param {string} array
   * @param {number} size of a value, in bytes
   */
  #find(array, size) {
    const place = this.#entry.arrays[array];
    if (!place) throw vectorsError(`${this.#entry.file} has no array ${array}`);
    const count = place.shape.reduce((/** @type {number} */ all, /** @type {number} */ side) => all * side, 1);
    const first = this.#data.byteOffset + place.offset;
    if (place.offset + count * size > this.#data.length) throw vectorsError(`${this.#entry.file} is cut short`);
    return this.#data.buffer.slice(first, first + count * size);
  }
}
