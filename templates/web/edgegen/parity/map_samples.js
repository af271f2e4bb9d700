import { vectorsError } from './golden_vectors.js';

/**
 * Compare a map with its samples in the vectors.
 *
 * @param {import('./golden_vectors.js').GoldenPicture} picture
 * @param {string} name of the samples
 * @param {ArrayLike<number>} map
 * @param {import('./report.js').Stage} stage
 * @param {(ours: number, right: number) => number} [difference]
 */
export function compareSamples(picture, name, map, stage, difference = (ours, right) => Math.abs(ours - right)) {
  if (!picture.has(`${name}.value`)) return;
  const places = picture.integers(`${name}.index`);
  const values = picture.floats(`${name}.value`);
  for (let i = 0; i < values.length; i++) {
    if (!(places[i] < map.length)) throw vectorsError(`${name}.index of ${picture.name} is not of this map`);
    stage.add(difference(map[places[i]], values[i]));
  }
}
