// The page: its elements and messages, which buttons it shows, what a screen reader says, and the sheet with the settings.
import { say } from './words.js';

/** @typedef {import('../edgegen/detector.js').Checked} Checked */

const GAP = 12; // between labels and controls, in CSS pixels
const ANNOUNCE_AFTER = 1000; // milliseconds without a change
/** @type {Record<string, import('./words.js').Word>} why there is one thread */
const REASONS = { 'not-isolated': 'notIsolated', 'was-ended': 'afterCrash', 'ended-before': 'afterCrash', 'threads-failed': 'threadsFailed' };

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
 * Show a card with a message and one button, or hide it. The focus then returns to where it was.
 *
 * @param {string} text empty: no message
 * @param {string} [action] the button's text
 * @param {() => void} [press] called after the message is hidden
 */
export function showMessage(text, action = '', press = () => {}) {
  if (text) for (const dialog of document.querySelectorAll('dialog')) dialog.close(); // it would be above the card
  const card = element('message', HTMLElement);
  if (text && card.hidden) focusedBefore = document.activeElement;
  showText('message-text', text);
  card.hidden = text === '';
  showText('message-action', action);
  const button = element('message-action', HTMLButtonElement);
  button.onclick = () => {
    showMessage('');
    press();
  };
  if (text) button.focus({ preventScroll: true });
  else returnFocus();
}

/** Give the focus to the element that had it before the message, or to the first control, if nothing has it. */
function returnFocus() {
  const { activeElement } = document;
  if (activeElement !== document.body && activeElement?.checkVisibility()) return;
  const buttons = ['pause', 'open', 'start-camera'].map((id) => element(id, HTMLButtonElement));
  const next = [focusedBefore, ...buttons].find((each) => each !== document.body && each?.checkVisibility());
  if (next instanceof HTMLElement) next.focus({ preventScroll: true });
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

/** @type {Element | null} when the message appeared */
let focusedBefore = null;
let noteTimer = 0;
let isChecking = false; // the self-check runs
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
 * @param {{isFrozen: boolean, canPause: boolean, isMirrored: boolean, hasOtherCamera: boolean}} state
 */
export function showControls(source, { isFrozen, canPause, isMirrored, hasOtherCamera }) {
  const isMoving = source === 'camera' || source === 'video';
  /** @type {Record<string, boolean>} by the id of the element */
  const isVisible = {
    welcome: !source,
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
  video.ariaLabel = say(source === 'video' ? 'video' : 'camera');

  const pause = element('pause', HTMLButtonElement);
  pause.ariaPressed = String(isFrozen);
  pause.disabled = !canPause;
  pause.querySelector('use')?.setAttribute('href', isFrozen ? '#icon-play' : '#icon-pause');
}

/**
 * Return the part of the screen without controls. The open sheet hides them.
 *
 * @param {number} width of the screen, in CSS pixels
 * @param {number} height
 * @returns {import('./canvas.js').Area | undefined} undefined: all of it
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

/**
 * Let the sheet call the app: for the confidence slider, the self-check and a capture.
 *
 * @param {number} confidence where the slider begins
 * @param {object} app
 * @param {(thresholds: {confidence: number}) => void} app.setThresholds
 * @param {() => Promise<Checked>} app.selfCheck
 * @param {() => Promise<void>} app.saveCapture
 */
export function listenToSettings(confidence, app) {
  closeOnPress(element('settings', HTMLDialogElement));
  onPress('self-check', () => runSelfCheck(app));
  onPress('save-capture', () => app.saveCapture());
  const slider = document.querySelector('#confidence'); // only models with boxes have it
  if (!(slider instanceof HTMLInputElement)) return;
  const showValue = () => showText('confidence-value', Number(slider.value).toFixed(2));
  slider.defaultValue = String(confidence);
  slider.value = slider.defaultValue; // browsers restore another one
  showValue();
  slider.addEventListener('input', () => {
    showValue();
    app.setThresholds({ confidence: Number(slider.value) });
  });
}

export function openSettings() {
  showText('capture-state', '');
  element('settings', HTMLDialogElement).showModal();
}

/**
 * Show in the sheet what runs the model.
 *
 * @param {import('../edgegen/detector.js').Info | null} info
 * @param {string} note what else the user should know; "": nothing
 */
export function showInfo(info, note) {
  if (!info) return;
  element('self-check', HTMLButtonElement).disabled = isChecking;
  const threads = info.threads === 1 ? say('backendOne', info.backend) : say('backend', info.backend, info.threads);
  const reason = info.reason ? say(REASONS[info.reason]) : '';
  showText('backend', [threads, reason, info.note, note].filter(Boolean).join(' '));
}

/**
 * Show the milliseconds of each stage.
 *
 * @param {{input: number, model: number, result: number}} times
 * @param {number} rate frames per second; 0: not known, or the picture does not move
 */
export function showTimes({ input, model, result }, rate) {
  const whole = (input + model + result).toFixed(1);
  showText('stats', rate > 0 ? say('statsCamera', rate.toFixed(1), whole) : say('statsPhoto', whole));
  showText('stages', say('stages', input.toFixed(1), model.toFixed(1), result.toFixed(1)));
}

/** @param {{selfCheck: () => Promise<Checked>}} app */
async function runSelfCheck(app) {
  const button = element('self-check', HTMLButtonElement);
  button.disabled = true;
  isChecking = true;
  showVerdict('', '');
  showText('self-check', say('selfCheckRunning'));
  try {
    const { passed, missing, images, lines } = await app.selfCheck();
    const word = !passed ? 'verdictFailed' : missing.length > 0 ? 'verdictPartly' : 'verdictPassed';
    showVerdict(passed ? 'passed' : 'failed', say(word, images), lines.filter((line) => line.includes(': FAILED')));
  } catch (error) {
    console.error(error);
    showVerdict('failed', error instanceof Error ? error.message : String(error));
  } finally {
    showText('self-check', say('run'));
    button.disabled = false;
    isChecking = false;
  }
}

/**
 * @param {'passed' | 'failed' | ''} icon
 * @param {string} text empty: hide it
 * @param {string[]} [details] lines
 */
function showVerdict(icon, text, details = []) {
  showText('verdict-text', text);
  element('verdict', HTMLElement).hidden = text === '';
  element('verdict-icon', SVGElement).classList.toggle('failed', icon === 'failed');
  element('verdict-use', SVGElement).setAttribute('href', `#icon-${icon}`);
  showText('verdict-details', details.join('\n'));
}

/**
 * Close a dialog with its button, or by a press beside it.
 *
 * @param {HTMLDialogElement} dialog
 */
export function closeOnPress(dialog) {
  dialog.querySelector('[data-closes]')?.addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => {
    const { left, top, right, bottom } = dialog.getBoundingClientRect();
    const { clientX: x, clientY: y, target } = event;
    const isBeside = x < left || x > right || y < top || y > bottom;
    if (target === dialog && isBeside && (x || y)) dialog.close(); // a key press is at 0, 0
  });
}
