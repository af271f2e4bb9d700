// The picture that a result belongs to, for the ResultProcessor.
import { imageOf } from '../edgegen/frames.js';

/** @typedef {import('../vision/types.js').Picture} Picture */
/** @typedef {import('../edgegen/frames.js').Frame} Frame */

/** A picture, upright, and not mirrored. Use it while `process` runs: afterwards its pixels are gone. */
export class ResultPicture {
  /** @type {Picture | Frame | null} null: closed */
  #source;

  /**
   * @param {Picture | Frame} source
   * @param {{width: number, height: number}} size in pixels
   */
  constructor(source, { width, height }) {
    this.#source = source;
    this.width = width;
    this.height = height;
  }

  /**
   * Return a part of the picture as a canvas, to draw it, to read it (`getImageData`) or to save it (`convertToBlob`). It is
   * yours to keep. Only these pixels are copied.
   *
   * @param {{x1: number, y1: number, x2: number, y2: number}} box in pixels of the picture, for example one of `result.boxes`
   * @returns {OffscreenCanvas | null} cut to the picture; null: no pixel of it is in the box
   */
  crop({ x1, y1, x2, y2 }) {
    if (!this.#source) throw new Error('crop() is called after process() has returned');
    const left = Math.max(Math.floor(x1), 0);
    const top = Math.max(Math.floor(y1), 0);
    const width = Math.min(Math.ceil(x2), this.width) - left;
    const height = Math.min(Math.ceil(y2), this.height) - top;
    if (!(x1 < x2 && y1 < y2 && width > 0 && height > 0)) return null;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('no canvas');
    if ('data' in this.#source) context.putImageData(imageOf(this.#source), -left, -top, left, top, width, height);
    else context.drawImage(this.#source, left, top, width, height, 0, 0, width, height);
    return canvas;
  }

  /** End its use. */
  close() {
    this.#source = null;
  }
}
