// Semantic segmentation: a class for every pixel of the picture.

import { DenseMap } from './dense_map.js';

/** @import { ClassShare, Maps, Model, Plan, Result, Tensor } from './types.js' */

const IGNORED = 255; // a pixel of a class that is not shown

/**
 * Return the logits of each class, as the model gives them.
 *
 * @param {Tensor[]} outputs
 * @returns {Maps}
 */
export function classMaps([{ data, dims }]) {
  const [, count, height, width] = dims;
  return { count, width, height, values: data };
}

/**
 * Return the best class of every pixel of the picture, and the share of each class. Of equal logits, the lower class
 * wins; NaN is lowest. A model of one class gives 1 for a logit above 0, else 0.
 *
 * @param {Maps} maps
 * @param {Plan} plan
 * @param {Model} model
 * @returns {Result}
 */
export function semanticResult(maps, plan, model) {
  const { sourceWidth: width, sourceHeight: height, inputWidth, inputHeight } = plan;
  const isOneClass = maps.count === 1;
  const logits = new DenseMap({ ...maps, inputWidth, inputHeight, corners: false });
  logits.start(maps.values, plan);

  const classMap = new Uint8Array(width * height); // class 0
  const best = new Float32Array(width);
  const others = new Float32Array(width);
  for (let y = 0; y < height; y += 1) {
    const classes = classMap.subarray(y * width, (y + 1) * width);
    best.fill(isOneClass ? 0 : -Infinity);
    for (let classId = 0; classId < maps.count; classId += 1) {
      logits.row(classId, y, others);
      takeBetter(others, best, isOneClass ? 1 : classId, classes);
    }
  }
  if (!isOneClass && model.keptClasses.length > 0) hideOthers(classMap, model.keptClasses);
  return { width, height, classMap, classes: sharesOf(classMap) };
}

/**
 * Give a value to the pixels whose logit is better than the best one so far.
 *
 * @param {Float32Array} others
 * @param {Float32Array} best
 * @param {number} value
 * @param {Uint8Array} classes
 */
function takeBetter(others, best, value, classes) {
  for (let x = 0; x < best.length; x += 1) {
    if (others[x] > best[x]) {
      best[x] = others[x];
      classes[x] = value;
    }
  }
}

/**
 * Set pixels of other classes to IGNORED.
 *
 * @param {Uint8Array} classMap
 * @param {readonly number[]} keptClasses
 */
function hideOthers(classMap, keptClasses) {
  const valueOf = new Uint8Array(256).fill(IGNORED);
  for (const classId of keptClasses) valueOf[classId] = classId;
  for (let i = 0; i < classMap.length; i += 1) classMap[i] = valueOf[classMap[i]];
}

/**
 * Return the shares of the values in the map, the largest first.
 *
 * @param {Uint8Array} classMap
 * @returns {ClassShare[]}
 */
function sharesOf(classMap) {
  const pixels = new Uint32Array(256);
  for (const value of classMap) pixels[value] += 1;
  pixels[IGNORED] = 0;
  return [...pixels]
    .map((count, value) => ({ value, pixels: count, share: count / classMap.length }))
    .filter((each) => each.pixels > 0)
    .sort((one, other) => other.pixels - one.pixels);
}

/**
 * Return the class names of the values in `classMap`; "" is no class.
 *
 * @param {readonly string[]} names
 */
export function namesOfValues(names) {
  return names.length === 1 ? ['', ...names] : names;
}

/**
 * Return the result as a row of JSON.
 *
 * @param {Result} result
 * @param {Model} model
 */
export function semanticRows({ width, height, classMap, classes }, model) {
  const names = namesOfValues(model.classNames);
  return [
    {
      classes: classes.map(({ value, share }) => ({ class_id: value, class_name: names[value], share })),
      map: { size: [height, width], ...runsOf(classMap) },
    },
  ];
}

/**
 * Return the lengths of runs of equal values, row by row, and these values.
 *
 * @param {Uint8Array} classMap
 */
function runsOf(classMap) {
  const runs = [];
  const values = [];
  let first = 0; // of the run
  for (let i = 1; i <= classMap.length; i += 1) {
    if (i < classMap.length && classMap[i] === classMap[first]) continue;
    runs.push(i - first);
    values.push(classMap[first]);
    first = i;
  }
  return { runs, values };
}

/**
 * Return the names of the classes in the picture, the largest first: `road, sky, car`.
 *
 * @param {Result} result
 * @param {readonly string[]} names
 */
export function classesInWords({ classes }, names) {
  const ofValues = namesOfValues(names);
  return classes.map(({ value }) => ofValues[value]).filter((name) => name !== '').join(', ');
}
