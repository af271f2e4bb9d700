// The golden vectors: PyTorch's numbers for a few pictures, stage by stage. vectors/README.md describes the files.
import { EdgegenError } from '../errors.js';

/** @typedef {(name: string) => Promise<Uint8Array>} Read returns a file of the folder `vectors` */
/** @typedef {import('../../vision/types.js').Thresholds} Thresholds */

const SCHEMA = 1;
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

/** Golden vectors. Pictures are read one by one. */
export class GoldenVectors {
  #read;

  /**
   * Read the index.
   *
   * @param {Read} read
   * @returns {Promise<GoldenVectors>}
   */
  static async open(read) {
    let index;
    try {
      index = JSON.parse(new TextDecoder().decode(await read(INDEX)));
    } catch (error) {
      throw error instanceof EdgegenError ? error : vectorsError(`${INDEX}: ${error}`);
    }
    if (index.schema !== SCHEMA) throw vectorsError(`the vectors are of schema ${index.schema}, expected ${SCHEMA}`);
    return new GoldenVectors(read, index);
  }

  /**
   * @param {Read} read
   * @param {any} index
   */
  constructor(read, index) {
    this.#read = read;
    this.index = index;
  }

  get size() {
    return this.index.pictures.length;
  }

  /**
   * Return a picture.
   *
   * @param {number} number
   * @returns {Promise<GoldenPicture>}
   */
  async picture(number) {
    const entry = this.index.pictures[number];
    try {
      return new GoldenPicture(entry, this.index.row_confidence ?? 0, await this.#read(entry.file));
    } catch (error) {
      throw error instanceof EdgegenError ? error : vectorsError(`picture ${number} of ${INDEX}: ${error}`);
    }
  }
}

/** One picture, with its arrays. */
export class GoldenPicture {
  #entry;
  #data;

  /**
   * @param {any} entry of index.json
   * @param {number} rowConfidence
   * @param {Uint8Array} data
   */
  constructor(entry, rowConfidence, data) {
    this.#entry = entry;
    this.#data = data;
    this.rowConfidence = rowConfidence;
    /** @type {string} */
    this.name = entry.name;
    /** @type {number} */
    this.width = entry.width;
    /** @type {number} */
    this.height = entry.height;
    /** @type {{resized: [number, number], left: number, top: number, sha256: string}} */
    this.letterbox = entry.letterbox;
    /** @type {string} */
    this.tensorSha256 = entry.tensor.sha256;
    /** @type {Thresholds} PyTorch was run with these */
    this.thresholds = {
      confidence: Math.fround(entry.confidence),
      iou: entry.iou,
      maxDetections: entry.max_det,
      agnostic: entry.agnostic,
    };
  }

  /** @param {string} array */
  has(array) {
    return array in this.#entry.arrays;
  }

  /** @param {string} array */
  bytes(array) {
    return new Uint8Array(this.#find(array, 'u8', 1));
  }

  /** @param {string} array */
  integers(array) {
    return new Uint32Array(this.#find(array, 'u32', 4));
  }

  /** @param {string} array */
  floats(array) {
    return new Float32Array(this.#find(array, 'f32', 4));
  }

  /**
   * Return the pixels as the app reads them.
   *
   * @returns {import('../../vision/types.js').Picture}
   */
  picture() {
    const rgb = this.bytes('picture');
    const count = this.width * this.height;
    if (rgb.length !== 3 * count) throw vectorsError(`the picture ${this.name} does not have ${count} pixels`);
    const data = new Uint8ClampedArray(4 * count).fill(255);
    for (let i = 0; i < count; i++) {
      for (let c = 0; c < 3; c++) data[4 * i + c] = rgb[3 * i + c];
    }
    return { width: this.width, height: this.height, data };
  }

  /**
   * Return the bytes of an array. Browsers are little-endian, as the files are.
   *
   * @param {string} array
   * @param {string} dtype
   * @param {number} size of a value, in bytes
   */
  #find(array, dtype, size) {
    const place = this.#entry.arrays[array];
    if (!place) throw vectorsError(`${this.#entry.file} has no array ${array}`);
    if (place.dtype !== dtype) throw vectorsError(`${this.#entry.file}: the array ${array} is not of type ${dtype}`);
    const count = place.shape.reduce((/** @type {number} */ all, /** @type {number} */ side) => all * side, 1);
    const end = place.offset + count * size;
    if (end > this.#data.length) throw vectorsError(`${this.#entry.file} is cut short: the array ${array} ends after it`);
    const first = this.#data.byteOffset + place.offset;
    return this.#data.buffer.slice(first, first + count * size);
  }
}
