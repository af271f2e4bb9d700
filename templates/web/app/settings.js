// The sheet with the confidence slider, speed, the self-check, and the capture of a wrong result.
import { element, onPress, showText } from './page.js';
import { say } from './words.js';

/** @typedef {import('../edgegen/detector.js').Checked} Checked */

/**
 * What the sheet asks the app for.
 *
 * @typedef {object} Actions
 * @property {(thresholds: {confidence: number}) => void} setThresholds
 * @property {() => Promise<Checked>} selfCheck
 * @property {() => Promise<void>} saveCapture
 */

/** @type {Record<string, import('./words.js').Word>} why there is one thread */
const REASONS = { 'not-isolated': 'notIsolated', 'was-ended': 'afterCrash', 'threads-failed': 'threadsFailed' };

/** Shows the sheet and hands its choices to the app. */
export class Settings {
  #dialog = element('settings', HTMLDialogElement);
  #app;

  /** @param {Actions} app */
  constructor(app) {
    this.#app = app;
    closeOnPress(this.#dialog);
    onPress('self-check', () => this.#runSelfCheck());
    onPress('save-capture', () => app.saveCapture());
    this.#listenToSlider();
  }

  open() {
    showText('capture-state', '');
    this.#dialog.showModal();
  }

  /**
   * @param {import('../edgegen/detector.js').Info | null} info
   * @param {string} note what else the user should know; "": nothing
   */
  showInfo(info, note) {
    if (!info) return;
    const threads = info.threads === 1 ? say('backendOne', info.backend) : say('backend', info.backend, info.threads);
    const reason = info.reason ? say(REASONS[info.reason]) : '';
    showText('backend', [threads, reason, info.note, note].filter(Boolean).join(' '));
  }

  /** Only models with boxes have the slider. */
  #listenToSlider() {
    const slider = document.querySelector('#confidence');
    if (!(slider instanceof HTMLInputElement)) return;
    slider.addEventListener('input', () => {
      showText('confidence-value', Number(slider.value).toFixed(2));
      this.#app.setThresholds({ confidence: Number(slider.value) });
    });
  }

  async #runSelfCheck() {
    this.#showVerdict('', '', '');
    showText('self-check', say('selfCheckRunning'));
    try {
      this.#showChecked(await this.#app.selfCheck());
    } catch (error) {
      this.#showVerdict('failed', error instanceof Error ? error.message : String(error), '');
    } finally {
      showText('self-check', say('run'));
    }
  }

  /** @param {Checked} checked */
  #showChecked({ passed, missing, images, lines }) {
    const word = !passed ? 'verdictFailed' : missing.length > 0 ? 'verdictPartly' : 'verdictPassed';
    const failed = lines.filter((line) => line.includes(': FAILED'));
    this.#showVerdict(passed ? 'passed' : 'failed', say(word, images), failed.join('\n'));
  }

  /**
   * @param {'passed' | 'failed' | ''} icon
   * @param {string} text empty: hide it
   * @param {string} details
   */
  #showVerdict(icon, text, details) {
    showText('verdict-text', text);
    element('verdict', HTMLElement).hidden = text === '';
    element('verdict-icon', SVGElement).classList.toggle('failed', icon === 'failed');
    element('verdict-use', SVGElement).setAttribute('href', `#icon-${icon}`);
    showText('verdict-details', details);
  }
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
