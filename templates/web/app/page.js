// The page: its elements and messages, which buttons it shows, and what a screen reader says.
import { say } from './words.js';

const GAP = 12; // between labels and controls, in CSS pixels
const ANNOUNCE_AFTER = 1000; // milliseconds without a change

/**
 * Return the element with this id.
 *
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} type such as HTMLButtonElement
 * @returns {T}
 */
export function element(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`index.html has no ${type.name} with the id ${id}`);
  return found;
}

/**
 * Call a function when a button is pressed.
 *
 * @param {string} id
 * @param {() => void} press
 */
export function onPress(id, press) {
  element(id, HTMLButtonElement).addEventListener('click', press);
}

/**
 * Show a text in an element. An empty text hides the element.
 *
 * @param {string} id
 * @param {string} text
 */
export function showText(id, text) {
  const place = element(id, HTMLElement);
  if (place.textContent !== text) place.textContent = text;
  place.hidden = text === '';
}

/**
 * Show a card with a message and one button, or hide it.
 *
 * @param {string} text empty: no message
 * @param {string} [action] the button's text; empty: no button
 * @param {() => void} [press] called after the message is hidden
 */
export function showMessage(text, action = '', press = () => {}) {
  if (text) for (const dialog of document.querySelectorAll('dialog')) dialog.close(); // it would be above the card
  showText('message-text', text);
  element('message', HTMLElement).hidden = text === '';
  const button = element('message-action', HTMLButtonElement);
  button.hidden = action === '';
  button.textContent = action;
  button.onclick = () => {
    showMessage('');
    press();
  };
  if (text && action) button.focus({ preventScroll: true });
}

/**
 * Show a short text at the top for a few seconds.
 *
 * @param {string} text
 */
export function showNote(text) {
  showText('note', text);
  clearTimeout(noteTimer);
  noteTimer = setTimeout(() => showText('note', ''), 5000);
}

let noteTimer = 0;
let announceTimer = 0;

/**
 * Describe the picture for screen-reader users. A text that still changes is not read out.
 *
 * @param {string} text
 */
export function announce(text) {
  const overlay = element('overlay', HTMLCanvasElement);
  const label = text || say('noResult');
  if (overlay.ariaLabel === label) return;
  overlay.ariaLabel = label;
  clearTimeout(announceTimer);
  announceTimer = setTimeout(() => {
    element('summary', HTMLElement).textContent = text;
  }, ANNOUNCE_AFTER);
}

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
  pause.querySelector('use')?.setAttribute('href', isFrozen ? '#icon-play' : '#icon-pause');
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
