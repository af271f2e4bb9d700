// Pictures in: photos and videos that the user chooses, drops or pastes. Pictures out: for the ResultProcessor, shared or saved.
import { fittingCanvasOf, imageOf, newContext, shrinkOf } from '../edgegen/frames.js';
import { centre } from './canvas.js';
import { draw } from './draw.js';
import { element } from './page.js';
import { readPixels } from './pixels.js';
import { AppError, say } from './words.js';

/** @typedef {import('../vision/types.js').Picture} Picture */
/** @typedef {import('../edgegen/frames.js').Frame} Frame */

const SHORT_SIDE = 480; // pixels; in larger shared pictures, lines and text are larger
const QUALITY = 0.92; // of a shared JPEG

/**
 * @typedef {object} Photo
 * @property {Picture} picture its pixels
 * @property {Blob} shown its file, for the page; a PNG of its pixels, if browsers may show the file in another orientation
 * @property {string} note what the user should know about its pixels; "": nothing
 */

/**
 * Call a function with each file that the user opens, drops or pastes.
 *
 * @param {(file: File) => void} onFile
 */
export function listenForFiles(onFile) {
  const chooser = element('file', HTMLInputElement);
  chooser.addEventListener('change', () => {
    const file = chooser.files?.[0];
    chooser.value = ''; // so that the same file can be chosen again
    if (file) onFile(file);
  });
  addEventListener('paste', (event) => {
    const file = event.clipboardData?.files[0];
    if (file) onFile(file);
  });
  addEventListener('dragover', (event) => event.preventDefault()); // the browser would open the file instead of the app
  addEventListener('drop', (event) => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file) onFile(file);
  });
}

/**
 * Read a photo.
 *
 * @param {File} file
 * @returns {Promise<Photo>}
 * @throws {AppError} it cannot be read
 */
export async function readPhoto(file) {
  if (file.type && !file.type.startsWith('image/')) throw new AppError('notAPicture');
  const { picture, isExact, isTurned } = await readPixels(file);
  const toPng = async () => (await fittingCanvasOf(picture)).convertToBlob();
  const shown = isTurned ? await toPng().catch(() => null) : file;
  if (!shown) throw new AppError('pictureTooLarge');
  return { picture, shown, note: isExact ? '' : say('pictureAlpha') };
}

/**
 * Put a photo in the image element. The photo before it is given back.
 *
 * @param {Blob} file
 */
export async function placePhoto(file) {
  closePhoto();
  const image = element('photo', HTMLImageElement);
  image.src = URL.createObjectURL(file);
  await image.decode().catch(() => {}); // then it appears together with its boxes
}

/** Remove the photo from the page and give back its memory. */
export function closePhoto() {
  const image = element('photo', HTMLImageElement);
  if (image.src.startsWith('blob:')) URL.revokeObjectURL(image.src);
  image.removeAttribute('src');
}

/**
 * Play a video file in the video element, again and again, until `closeVideo` or another file.
 *
 * @param {File} file
 * @throws {AppError} the browser cannot play it
 */
export async function openVideo(file) {
  const video = element('video', HTMLVideoElement);
  closeVideo();
  video.loop = true;
  const url = URL.createObjectURL(file);
  video.src = url;
  try {
    await video.play();
    if (video.src === url && video.videoWidth === 0) throw new AppError('videoWithoutPicture');
  } catch (error) {
    if (video.src !== url) return; // closed meanwhile
    console.info('The video does not play:', error);
    closeVideo();
    if (error instanceof AppError) throw error;
    throw new AppError(error instanceof Error && error.name === 'NotAllowedError' ? 'videoBlocked' : 'videoUnreadable');
  }
}

/** Stop the video file and give back its memory. */
export function closeVideo() {
  const video = element('video', HTMLVideoElement);
  if (!video.src) return;
  video.pause();
  URL.revokeObjectURL(video.src);
  video.removeAttribute('src');
  video.load(); // releases the decoder
}

/**
 * The picture that a result belongs to, for the ResultProcessor: upright, and not mirrored. Use it while `process` runs:
 * afterwards its pixels are gone.
 */
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
    const context = newContext(width, height);
    if ('data' in this.#source) context.putImageData(imageOf(this.#source), -left, -top, left, top, width, height);
    else context.drawImage(this.#source, left, top, width, height, 0, 0, width, height);
    return context.canvas;
  }

  /** End its use. */
  close() {
    this.#source = null;
  }
}

/**
 * Return a picture with its result drawn over it, in the picture's own size.
 *
 * @param {HTMLImageElement | HTMLVideoElement} source
 * @param {import('../vision/types.js').Result} result
 * @param {'image/png' | 'image/jpeg'} type
 */
export async function annotate(source, result, type) {
  const shrink = shrinkOf(result);
  const [width, height] = [Math.round(result.width * shrink), Math.round(result.height * shrink)];
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (!context) throw new AppError('shareFailed');
  context.drawImage(source, 0, 0, width, height);
  const unit = Math.max(1, Math.min(width, height) / SHORT_SIDE); // pixels of a CSS pixel
  context.scale(unit, unit);
  const size = { width: width / unit, height: height / unit };
  draw(context, result, centre(result, size));
  return context.canvas.convertToBlob({ type, quality: QUALITY });
}

/**
 * Give a file to the system's share sheet, or download it where there is none. Return whether it was downloaded.
 *
 * @param {Blob} blob
 * @param {string} name
 */
export async function shareFile(blob, name) {
  const file = new File([blob], name, { type: blob.type });
  if (navigator.canShare?.({ files: [file] })) {
    try {
      await navigator.share({ files: [file] });
      return false;
    } catch (error) {
      const { name: problem } = /** @type {DOMException} */ (error);
      if (problem === 'AbortError' || problem === 'InvalidStateError') return false; // no app was chosen, or it is open
      console.info('The share sheet does not open, so the file is downloaded:', error);
    }
  }
  download(file, name);
  return true;
}

/**
 * Save a file in the browser's folder for downloads.
 *
 * @param {Blob} file
 * @param {string} name
 */
export function download(file, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // Safari reads it late
}
