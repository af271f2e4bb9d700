// Captures for `edgegen explain`: a picture and what the app made of it at every stage, in one tar archive of at most 10 MB.
// It does not have the picture's file name or location.
import { MODEL } from '../vision/model.js';
import { toRows } from '../vision/pipeline.js';
import { sha256 } from './digest.js';
import { DEEP_GREY, GREY, RGB, encodePng } from './png.js';
import { RUNTIME } from './session.js';
import { tarEnd, tarFile } from './tar.js';

/** @typedef {import('../vision/types.js').Picture} Picture */
/** @typedef {import('../vision/types.js').Result} Result */
/** @typedef {import('../vision/types.js').Thresholds} Thresholds */

/**
 * @typedef {object} Analysis of one picture
 * @property {import('./detector.js').Found} found with input and outputs
 * @property {Result} shown after the result processor
 */

const SCHEMA = 1;
const FRAME = 'frame.png';
const MAP = 'map.png';
const MOST_BYTES = 10_000_000;
const MOST_FRAME_BYTES = 6_000_000;
const MOST_MAP_BYTES = 2_000_000;
const SPARE_BYTES = 50_000; // for the rest of the JSON and the archive itself
const INPUT_SAMPLES = 50_000;
const METADATA_URL = new URL('../model/metadata.yaml', import.meta.url);

/**
 * Return a capture. A picture that is too large is halved, and the smaller one is analyzed.
 *
 * @param {Picture} picture
 * @param {(picture: Picture) => Promise<Analysis>} analyze
 * @param {Thresholds} thresholds
 * @returns {Promise<Blob>}
 */
export async function makeCapture(picture, analyze, thresholds) {
  const stored = await storePicture(picture);
  const { found, shown } = await analyze(stored.picture);
  const { input, outputs, result } = found;
  if (!input || !outputs) throw new Error('an analysis for a capture keeps input and outputs');
  const encoder = new TextEncoder();
  const metadata = encoder.encode(withoutTraining(await (await fetch(METADATA_URL)).text()));
  const map = await mapPng(result);
  const rows = { found: rowsOf(result), shown: rowsOf(shown) };
  const ofInput = await samplesOf('input.bin', input.tensor, inputStep(input.tensor.length));
  const used =
    stored.png.length + (map?.length ?? 0) + metadata.length + ofInput.bytes.length + SPARE_BYTES +
    encoder.encode(JSON.stringify(rows)).length;
  const count = outputs.reduce((sum, { data }) => sum + data.length, 0);
  const step = stepFor(count, Math.max(MOST_BYTES - used, 0) / Float32Array.BYTES_PER_ELEMENT);
  const ofOutputs = await Promise.all(outputs.map(({ data }, i) => samplesOf(`output${i}.bin`, data, step)));
  const about = {
    schema: SCHEMA,
    target: 'web',
    app: MODEL.appName,
    edgegen: MODEL.edgegenVersion,
    executorch: `none: ONNX Runtime Web ${RUNTIME}`,
    device: navigator.userAgent,
    model: { name: MODEL.name, sha256: MODEL.pteSha256 },
    frame: {
      file: FRAME,
      width: stored.picture.width,
      height: stored.picture.height,
      bytes_per_row: 4 * stored.picture.width,
      orientation: 1, // upright
      halvings: stored.halvings,
    },
    input: ofInput.about,
    outputs: ofOutputs.map((samples, i) => ({ ...samples.about, shape: MODEL.outputShapes[i] })),
    thresholds: {
      confidence: thresholds.confidence,
      iou: thresholds.iou,
      max_det: thresholds.maxDetections,
      agnostic: thresholds.agnostic,
      retina_masks: false,
    },
    classes: MODEL.keptClasses,
    width: result.width,
    height: result.height,
    map: map && MAP,
    ...rows,
  };
  return new Blob(
    /** @type {BlobPart[]} */ ([
      tarFile('capture.json', encoder.encode(JSON.stringify(about))),
      tarFile('metadata.yaml', metadata),
      tarFile(FRAME, stored.png),
      ...(map ? [tarFile(MAP, map)] : []),
      ...[ofInput, ...ofOutputs].map(({ about: { file }, bytes }) => tarFile(file, bytes)),
      tarEnd(),
    ]),
    { type: 'application/x-tar' },
  );
}

/** Return a name for a capture of now. */
export function captureName() {
  return `capture-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.tar`;
}

/**
 * Return the picture, halved until its PNG fits into a capture.
 *
 * @param {Picture} picture
 */
async function storePicture(picture) {
  for (let halvings = 0, now = picture; ; halvings++, now = halved(now)) {
    const { width, height, data } = now;
    const png = await encodePng(width, height, RGB, MOST_FRAME_BYTES, (y, row) => {
      for (let x = 0, from = 4 * width * y; x < width; x++, from += 4) {
        row[3 * x] = data[from];
        row[3 * x + 1] = data[from + 1];
        row[3 * x + 2] = data[from + 2];
      }
    });
    if (png) return { picture: now, png, halvings };
  }
}

/**
 * Return the picture at half its size. Each pixel is the mean of four.
 *
 * @param {Picture} picture
 * @returns {Picture}
 */
function halved({ width, height, data }) {
  const half = { width: width >> 1, height: height >> 1 };
  const bytes = new Uint8Array(4 * half.width * half.height);
  for (let y = 0, to = 0; y < half.height; y++) {
    for (let x = 0; x < half.width; x++) {
      const from = 4 * (2 * y * width + 2 * x);
      for (let c = 0; c < 4; c++, to++) {
        const below = from + 4 * width;
        bytes[to] = (data[from + c] + data[from + 4 + c] + data[below + c] + data[below + 4 + c]) >> 2;
      }
    }
  }
  return { ...half, data: bytes };
}

/**
 * Return the PNG of a class map or depth map; null if there is none, or if it is too large.
 *
 * @param {Result} result
 */
async function mapPng(result) {
  const { width, height, classMap, depth, lowest, highest } =
    /** @type {{width: number, height: number, classMap?: Uint8Array, depth?: Float32Array, lowest?: number, highest?: number}} */ (
      result
    );
  if (classMap) {
    return encodePng(width, height, GREY, MOST_MAP_BYTES, (y, row) =>
      row.set(classMap.subarray(y * width, (y + 1) * width)),
    );
  }
  if (!depth) return null;
  // 0 is the lowest value, 65535 the highest.
  const [least, most] = [Number(lowest), Number(highest)];
  const gain = most > least ? 65535 / (most - least) : 0;
  return encodePng(width, height, DEEP_GREY, MOST_MAP_BYTES, (y, row) => {
    for (let x = 0; x < width; x++) {
      const value = Math.round((depth[y * width + x] - least) * gain);
      const grey = value >= 0 && value <= 65535 ? value : 0;
      row[2 * x] = grey >> 8;
      row[2 * x + 1] = grey & 255;
    }
  });
}

/**
 * Return the rows of `--json`. A map is in its own file.
 *
 * @param {Result} result
 */
function rowsOf(result) {
  return toRows(result, MODEL).map((row) => ({ ...row, map: undefined }));
}

/**
 * Return every step-th value as a file: little-endian float32, as browsers have them.
 *
 * @param {string} file
 * @param {Float32Array} values
 * @param {number} step
 */
async function samplesOf(file, values, step) {
  const samples = values.filter((_, i) => i % step === 0);
  const about = { file, values: values.length, step, sha256: await sha256(values) };
  return { about, bytes: new Uint8Array(samples.buffer) };
}

/**
 * Return the step between samples, for at most `room` of them.
 *
 * @param {number} values
 * @param {number} room
 */
function stepFor(values, room) {
  return Math.max(1, Math.ceil(values / Math.max(room, 1)));
}

/**
 * Return the step between samples of the input. It has no common divisor with the width: each column has samples.
 *
 * @param {number} values
 */
function inputStep(values) {
  /** @param {number} a @param {number} b @returns {number} */
  const divisor = (a, b) => (b === 0 ? a : divisor(b, a % b));
  let step = stepFor(values, INPUT_SAMPLES);
  while (divisor(step, MODEL.inputWidth) > 1) step++;
  return step;
}

/**
 * Remove what Ultralytics writes about the training, such as paths.
 *
 * @param {string} metadata
 */
function withoutTraining(metadata) {
  let isKept = true;
  return metadata
    .split('\n')
    .filter((line) => {
      if (/^[^ -]/.test(line)) isKept = !/^(description|args):/.test(line);
      return isKept;
    })
    .join('\n');
}
