// Which buttons and elements the page shows.
import { element } from './page.js';
import { say } from './words.js';

const GAP = 12; // between labels and controls, in CSS pixels

/**
 * Show the elements that belong to what is on the screen.
 *
 * @param {import('./main.js').Source | null} source null: the first screen
 * @param {{isFrozen: boolean, isMirrored: boolean, hasOtherCamera: boolean}} state
 */
export function showControls(source, { isFrozen, isMirrored, hasOtherCamera }) {
  const isMoving = source === 'camera' || source === 'video';
  /** @type {Record<string, boolean>} by the id of the element */
  const isVisible = {
    welcome: !source && element('message', HTMLElement).hidden,
    bar: source !== null,
    video: isMoving,
    photo: source === 'photo',
    close: source !== null,
    pause: isMoving,
    camera: source !== 'camera',
    switch: hasOtherCamera,
  };
  for (const [id, value] of Object.entries(isVisible)) element(id, Element).toggleAttribute('hidden', !value);

  const video = element('video', HTMLVideoElement);
  video.classList.toggle('fills', source === 'camera');
  video.classList.toggle('mirrored', isMirrored);

  const pause = element('pause', HTMLButtonElement);
  pause.ariaPressed = String(isFrozen);
  pause.title = say(isFrozen ? 'goOn' : 'freeze');
  pause.querySelector('use')?.setAttribute('href', isFrozen ? '#icon-play' : '#icon-pause');

  const close = element('close', HTMLButtonElement);
  close.title = say(source === 'photo' ? 'closePhoto' : source === 'video' ? 'closeVideo' : 'closeCamera');
  close.ariaLabel = close.title;
}

/**
 * Return the part of the screen without controls. The open sheet hides them.
 *
 * @param {number} width of the screen, in CSS pixels
 * @param {number} height
 * @returns {import('./view.js').Area | undefined} undefined: all of it
 */
export function freeArea(width, height) {
  if (element('settings', HTMLDialogElement).open) return undefined;
  const bar = element('bar', HTMLElement).getBoundingClientRect();
  const top = element('top', HTMLElement).getBoundingClientRect();
  const isAtSide = bar.height > bar.width;
  return {
    left: top.left,
    top: top.bottom + GAP / 2,
    right: isAtSide ? bar.left - GAP : width - top.left,
    bottom: isAtSide ? height - GAP : bar.top - GAP,
  };
}
