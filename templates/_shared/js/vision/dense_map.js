// The model's values for each pixel of its input, brought to the picture's size as PyTorch does it: to the input's size
// first, then, without the letterbox border, to the picture's size. Each time along x before y.

import { makeTaps, mixRows, resizeRow } from './bilinear.js';

/** @import { Plan } from './types.js' */

/** Some maps at the picture's size, row by row: the whole maps at that size would need too much memory. */
export class DenseMap {
  /**
   * @param {object} options
   * @param {number} options.count the number of maps
   * @param {number} options.width of a map
   * @param {number} options.height
   * @param {number} options.inputWidth of the model's input
   * @param {number} options.inputHeight
   * @param {boolean} options.corners whether the first and the last pixels stay in place, as in makeTaps
   */
  constructor({ count, width, height, inputWidth, inputHeight, corners }) {
    this.count = count;
    this.width = width;
    this.height = height;
    this.corners = corners;
    /** @type {Float32Array} */
    this.maps = new Float32Array(0);
    // To the input's size.
    this.hasInputSize = !corners && width === inputWidth && height === inputHeight;
    this.inputColumns = makeTaps(width, inputWidth, corners);
    this.inputRows = makeTaps(height, inputHeight, corners);
    this.inputLines = new Lines(count, inputWidth);
    this.inputLine = new Float32Array(inputWidth);
    // To the picture's size.
    this.hasPictureSize = true;
    this.left = 0;
    this.top = 0;
    this.columns = this.inputColumns;
    this.rows = this.inputRows;
    this.lines = new Lines(count, 0);
  }

  /**
   * Set the values and the picture.
   *
   * @param {Float32Array} maps [count, height, width]
   * @param {Plan} plan
   */
  start(maps, plan) {
    const { resizedWidth, resizedHeight, sourceWidth, sourceHeight } = plan;
    this.maps = maps;
    this.inputLines = new Lines(this.count, this.inputLine.length);
    this.hasPictureSize = !this.corners && resizedWidth === sourceWidth && resizedHeight === sourceHeight;
    this.left = plan.left;
    this.top = plan.top;
    this.columns = makeTaps(resizedWidth, sourceWidth, this.corners);
    this.rows = makeTaps(resizedHeight, sourceHeight, this.corners);
    this.lines = new Lines(this.count, sourceWidth);
  }

  /**
   * Write a row of a map. Rows are asked for from top to bottom.
   *
   * @param {number} map
   * @param {number} y in the picture
   * @param {Float32Array} out as wide as the picture
   */
  row(map, y, out) {
    if (this.hasPictureSize) {
      const { values, start } = this.inputRow(map, this.top + y);
      out.set(values.subarray(start + this.left, start + this.left + out.length));
      return;
    }
    const upper = this.line(map, this.rows.lower[y]);
    const lower = this.line(map, this.rows.upper[y]);
    mixRows(upper, lower, this.rows.weight[y], out, out.length);
  }

  /**
   * Return a row of the part of the input that shows the picture, as wide as the picture.
   *
   * @param {number} map
   * @param {number} y
   */
  line(map, y) {
    return this.lines.get(map, y, (line) => {
      const { values, start } = this.inputRow(map, this.top + y);
      resizeRow(values, start + this.left, this.columns, line);
    });
  }

  /**
   * Return a row of the input: it begins at `start` of `values`.
   *
   * @param {number} map
   * @param {number} y
   */
  inputRow(map, y) {
    if (this.hasInputSize) return { values: this.maps, start: (map * this.height + y) * this.width };
    const upper = this.modelLine(map, this.inputRows.lower[y]);
    const lower = this.modelLine(map, this.inputRows.upper[y]);
    mixRows(upper, lower, this.inputRows.weight[y], this.inputLine, this.inputLine.length);
    return { values: this.inputLine, start: 0 };
  }

  /**
   * Return a row of the model's values, as wide as the input.
   *
   * @param {number} map
   * @param {number} y
   */
  modelLine(map, y) {
    return this.inputLines.get(map, y, (line) => {
      resizeRow(this.maps, (map * this.height + y) * this.width, this.inputColumns, line);
    });
  }
}

/** Of each map, the two rows around a position: neighbours, or the same one twice. */
class Lines {
  /**
   * @param {number} count the number of maps
   * @param {number} width
   */
  constructor(count, width) {
    this.lines = Array.from({ length: 2 * count }, () => new Float32Array(width));
    this.rows = new Int32Array(2 * count).fill(-1); // the row in each line
  }

  /**
   * Return a row. It is computed if it is not there.
   *
   * @param {number} map
   * @param {number} y
   * @param {(line: Float32Array) => void} compute
   */
  get(map, y, compute) {
    const slot = 2 * map + (y % 2);
    if (this.rows[slot] !== y) compute(this.lines[slot]);
    this.rows[slot] = y;
    return this.lines[slot];
  }
}
