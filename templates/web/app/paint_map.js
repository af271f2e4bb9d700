// A colour for every pixel of the picture.
import { newPainting } from './painting.js';

const MOST_PIXELS = 2_000_000; // of a painted map

/**
 * Paint a map of the picture's size. In large pictures it skips rows and columns.
 *
 * @param {number} width
 * @param {number} height
 * @param {(pixel: number) => number[] | null} colorOf red, green, blue and opacity of a pixel, row by row; null: transparent
 * @returns {import('./painting.js').Painting}
 */
export function paintMap(width, height, colorOf) {
  const step = Math.max(1, Math.ceil(Math.sqrt((width * height) / MOST_PIXELS)));
  const [columns, rows] = [Math.ceil(width / step), Math.ceil(height / step)];
  const painting = newPainting(columns, rows, (pixels) => {
    for (let y = 0, at = 0; y < rows; y += 1) {
      for (let x = 0; x < columns; x += 1, at += 4) {
        const color = colorOf(y * step * width + x * step);
        if (color) pixels.set(color, at);
      }
    }
  });
  return { ...painting, width: width / step, height: height / step };
}
