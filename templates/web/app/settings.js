// The sheet with the confidence slider, speed, the self-check, and the capture of a wrong result.
import { element, onPress, oneDigit, showText } from './page.js';
import { say } from './words.js';

/** @typedef {import('../edgegen/self_check.js').Checked} Checked */

/**
 * What the sheet asks the app for.
 *
 * @typedef {object} Actions
 * @property {(thresholds: {confidence: number}) => void} setThresholds
 * @property {(url?: string, options?: {onLine: (line: string) => void, signal: AbortSignal}) => Promise<Checked>} selfCheck
 * @property {() => Promise<void>} saveCapture
 */

/** @type {Record<string, import('./words.js').Word>} why there is one thread */
const REASONS = { 'not-isolated': 'notIsolated', 'was-ended': 'afterCrash', 'threads-failed': 'threadsFailed' };

/** Shows the sheet and hands its choices to the app. */
export class Settings {
  #dialog = element('settings', HTMLDialogElement);
  #app;
  /** @type {AbortController | null} null: no self-check runs */
  #check = null;

  /** @param {Actions} app */
  constructor(app) {
    this.#app = app;
    closeOnPress(this.#dialog);
    this.#dialog.addEventListener('close', () => this.#check?.abort());
    onPress('self-check', () => (this.#check ? this.#check.abort() : this.#runSelfCheck()));
    onPress('save-capture', () => app.saveCapture());
    this.#listenToSlider();
  }

  open() {
    this.showCapture('');
    this.#dialog.showModal();
  }

  /** @param {{input: number, model: number, result: number}} times in milliseconds */
  showTimes({ input, model, result }) {
    showText('stages', say('stages', oneDigit(input), oneDigit(model), oneDigit(result)));
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

  /** @param {string} text what became of a capture */
  showCapture(text) {
    showText('capture-state', text);
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
    this.#check = new AbortController();
    this.#showVerdict('', say('selfCheckRunning'), '');
    showText('self-check', say('stop'));
    try {
      const onLine = (/** @type {string} */ line) => showText('verdict-details', line);
      this.#showChecked(await this.#app.selfCheck(undefined, { onLine, signal: this.#check.signal }));
    } catch (error) {
      if (this.#check.signal.aborted) this.#showVerdict('', '', '');
      else this.#showVerdict('failed', error instanceof Error ? error.message : String(error), '');
    } finally {
      this.#check = null;
      showText('self-check', say('run'));
    }
  }

  /** @param {Checked} checked */
  #showChecked({ passed, missing, images, lines, times, threads }) {
    const word = !passed ? 'verdictFailed' : missing.length > 0 ? 'verdictPartly' : 'verdictPassed';
    const fastest = times.find((each) => each.threads === threads);
    const milliseconds = fastest ? oneDigit(fastest.input + fastest.model + fastest.result) : '';
    const speed = threads === 1 ? say('verdictSpeedOne', milliseconds) : say('verdictSpeed', milliseconds, threads);
    const failed = lines.filter((line) => line.includes(': FAILED'));
    const details = fastest ? [...failed, speed] : failed;
    this.#showVerdict(passed ? 'passed' : 'failed', say(word, images), details.join('\n'));
  }

  /**
   * @param {'passed' | 'failed' | ''} icon
   * @param {string} text empty: hide it
   * @param {string} details
   */
  #showVerdict(icon, text, details) {
    showText('verdict-text', text);
    element('verdict', HTMLElement).hidden = text === '';
    showText('verdict-details', details);
    for (const each of ['passed', 'failed']) {
      element(`verdict-${each}`, SVGElement).toggleAttribute('hidden', each !== icon);
    }
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
