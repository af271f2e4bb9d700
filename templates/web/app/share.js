// The annotated picture, and how it leaves the app: the system's share sheet, or a download.
import { MOST_PIXELS } from '../edgegen/frames.js';
import { draw } from './draw.js';
import { centre } from './view.js';
import { AppError } from './words.js';

/** @typedef {import('../vision/types.js').Result} Result */

const SHORT_SIDE = 480; // pixels; in larger pictures, lines and text are larger
const QUALITY = 0.92;

/**
 * Return a picture with its result drawn over it, in the picture's own size.
 *
 * @param {HTMLImageElement | HTMLVideoElement} source
 * @param {Result} result
 * @param {'image/png' | 'image/jpeg'} type
 */
export async function annotate(source, result, type) {
  const shrink = Math.min(1, Math.sqrt(MOST_PIXELS / (result.width * result.height)));
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
