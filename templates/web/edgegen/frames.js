// Frames of a camera or video: opened on the page, read and closed in the worker. Every open frame is counted.

/** @typedef {import('../vision/types.js').Picture} Picture */
/** @typedef {VideoFrame | ImageBitmap} Frame */

/** The frames that this page or worker has open. */
const open = new Set();

/** Return how many frames this page or worker has open. */
export function openCount() {
  return open.size;
}

/**
 * Return the picture that a video element shows now. Give it to `Detector.detect`, or to `closeFrame`.
 *
 * @param {HTMLVideoElement} video with a current frame
 * @returns {Promise<Frame>}
 */
export async function openFrame(video) {
  if (typeof VideoFrame === 'function') {
    const frame = new VideoFrame(video);
    if (frame.displayWidth === video.videoWidth && frame.displayHeight === video.videoHeight) return countFrame(frame);
    frame.close(); // a phone's frame that is not upright
  }
  return countFrame(await createImageBitmap(video));
}

/**
 * Count a frame that arrived from elsewhere, and return it.
 *
 * @template {Frame} T
 * @param {T} frame
 * @returns {T}
 */
export function countFrame(frame) {
  open.add(frame);
  return frame;
}

/**
 * Stop counting a frame that is transferred: its new owner counts it.
 *
 * @param {Frame} frame
 */
export function handOver(frame) {
  open.delete(frame);
}

/**
 * Close a frame and stop counting it. A frame that was transferred is closed there, and only no longer counted here.
 *
 * @param {Frame | null | undefined} frame
 */
export function closeFrame(frame) {
  if (!frame) return;
  frame.close();
  open.delete(frame);
}

/** Reads frames as pictures, again and again into the same memory. */
export class FrameReader {
  #bytes = new Uint8Array(0);
  #context = newContext(1, 1);

  /**
   * Return the frame's pixels, upright. They are valid until the next call.
   *
   * @param {Frame} frame
   * @returns {Promise<Picture>}
   */
  async read(frame) {
    if (isPlain(frame)) {
      try {
        return await this.#copy(frame);
      } catch (error) {
        // Some browsers cannot convert to RGBA. They throw before they read.
        if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
      }
    }
    return this.#draw(frame);
  }

  /** @param {VideoFrame} frame */
  async #copy(frame) {
    const { displayWidth: width, displayHeight: height } = frame;
    const size = 4 * width * height;
    if (this.#bytes.length !== size) this.#bytes = new Uint8Array(size);
    const layout = [{ offset: 0, stride: 4 * width }];
    await frame.copyTo(this.#bytes, /** @type {VideoFrameCopyToOptions} */ ({ format: 'RGBA', layout }));
    return { width, height, data: this.#bytes };
  }

  /** @param {Frame} frame */
  #draw(frame) {
    const isVideoFrame = 'displayWidth' in frame;
    const [width, height] = isVideoFrame ? [frame.displayWidth, frame.displayHeight] : [frame.width, frame.height];
    const { canvas } = this.#context;
    if (canvas.width !== width || canvas.height !== height) this.#context = newContext(width, height);
    this.#context.drawImage(frame, 0, 0);
    return { width, height, data: this.#context.getImageData(0, 0, width, height).data };
  }
}

/**
 * Return whether the stored pixels are the shown ones: a VideoFrame that is neither turned, mirrored nor scaled.
 *
 * @param {Frame} frame
 * @returns {frame is VideoFrame}
 */
function isPlain(frame) {
  if (!('copyTo' in frame)) return false;
  const { visibleRect, displayWidth, displayHeight } = frame;
  const turned = /** @type {{rotation?: number, flip?: boolean}} */ (frame);
  return visibleRect?.width === displayWidth && visibleRect.height === displayHeight && !turned.rotation && !turned.flip;
}

/**
 * Return whether a canvas gives back the bytes that were written. Browsers that hide their fingerprint
 * (`privacy.resistFingerprinting`) change them, and the results with them.
 */
export function canvasIsExact() {
  const side = 16;
  const context = newContext(side, side);
  const written = new ImageData(side, side);
  for (let i = 0; i < written.data.length; i++) written.data[i] = i % 4 === 3 ? 255 : (i * 37) % 256;
  context.putImageData(written, 0, 0);
  const read = context.getImageData(0, 0, side, side).data;
  return written.data.every((value, i) => value === read[i]);
}

/**
 * Return the context of a new canvas, whose pixels will be read.
 *
 * @param {number} width
 * @param {number} height
 */
export function newContext(width, height) {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('no canvas');
  return context;
}

/** The largest canvas of phones, in pixels. */
export const MOST_PIXELS = 16_000_000;

/**
 * Return a canvas with a picture's pixels. Opaque ones are not changed.
 *
 * @param {Picture} picture
 */
export function canvasOf(picture) {
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext('2d')?.putImageData(imageOf(picture), 0, 0);
  return canvas;
}

/**
 * Return a picture in another size.
 *
 * @param {Picture} picture
 * @param {number} width
 * @param {number} height
 * @returns {Promise<Picture>}
 */
export async function resized(picture, width, height) {
  const bitmap = await createImageBitmap(imageOf(picture), { resizeWidth: width, resizeHeight: height, resizeQuality: 'high' });
  const smaller = pixelsOf(bitmap, width, height);
  bitmap.close();
  return smaller;
}

/**
 * Return how much a picture must shrink for a canvas of phones; 1: not at all.
 *
 * @param {{width: number, height: number}} picture
 */
export function shrinkOf({ width, height }) {
  return Math.min(1, Math.sqrt(MOST_PIXELS / (width * height)));
}

/**
 * Return a canvas with a picture's pixels. A picture that is too large for a canvas of phones becomes smaller.
 *
 * @param {Picture} picture
 */
export async function fittingCanvasOf(picture) {
  const shrink = shrinkOf(picture);
  const { width, height } = picture;
  return canvasOf(shrink < 1 ? await resized(picture, Math.round(width * shrink), Math.round(height * shrink)) : picture);
}

/**
 * Return the pixels of a video's or bitmap's picture.
 *
 * @param {HTMLVideoElement | ImageBitmap} source
 * @param {number} width
 * @param {number} height
 * @returns {Picture}
 */
export function pixelsOf(source, width, height) {
  const context = newContext(width, height);
  context.drawImage(source, 0, 0);
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}

/** Return the pixels for a canvas, without a copy. @param {Picture} picture */
export function imageOf({ width, height, data }) {
  return new ImageData(new Uint8ClampedArray(/** @type {ArrayBuffer} */ (data.buffer), data.byteOffset, data.length), width, height);
}
