// See inside: one picture at each stage, from the model's input to the result. It calls the app's own functions.
import { canvasOf } from '../edgegen/frames.js';
import { MODEL } from '../vision/model.js';
import { postprocess } from '../vision/pipeline.js';
import { describe, draw } from './draw.js';
import { scenesOfTask } from './inside_stages.js';
import { element, showText } from './page.js';
import { newPainting } from './painting.js';
import { closeOnPress } from './settings.js';
import { centre } from './view.js';
import { say } from './words.js';

/**
 * The numbers of one picture.
 *
 * @typedef {object} Stages
 * @property {import('../vision/types.js').Picture} picture
 * @property {import('../vision/types.js').Input} input
 * @property {import('../vision/types.js').Tensor[]} outputs
 * @property {import('../vision/types.js').Thresholds} thresholds
 * @property {OffscreenCanvas} inputCanvas the input's pixels
 *
 * One stage to look at.
 *
 * @typedef {object} Scene
 * @property {string} title
 * @property {OffscreenCanvas} background
 * @property {string} hint
 * @property {string} code the functions that compute it
 * @property {{label: string, names: string[], first: number}} [choice] first: the one that is shown first
 * @property {{label: string, least: number, most: number, step: number, value: number, digits: number}} [slider]
 * @property {(context: CanvasRenderingContext2D, view: import('./view.js').View, state: State) => string} draw
 *   draws over the background and returns the text
 *
 * @typedef {{choice: number, value: number}} State what the user chose
 */

export class Inside {
  #dialog = element('inside', HTMLDialogElement);
  #canvas = element('inside-canvas', HTMLCanvasElement);
  #slider = element('inside-slider', HTMLInputElement);
  /** @type {Scene[]} */
  #scenes = [];
  #scene = 0;
  #choice = 0;

  constructor() {
    closeOnPress(this.#dialog);
    this.#slider.addEventListener('input', () => this.#draw());
    new ResizeObserver(() => this.#draw()).observe(element('inside-picture', HTMLElement));
  }

  /**
   * Show the stages of a picture until the user closes the view.
   *
   * @param {import('./main.js').Still} still
   * @param {import('../vision/types.js').Thresholds} thresholds
   */
  async open({ picture, found: { input, outputs } }, thresholds) {
    if (!input || !outputs) throw new Error('the picture was analyzed without keep');
    const inputCanvas = paintInput(input.pixels, MODEL.inputWidth, MODEL.inputHeight);
    const stages = { picture, input, outputs, thresholds, inputCanvas };
    this.#scenes = [inputScene(stages), ...scenesOfTask(stages), resultScene(stages)];
    const titles = this.#scenes.map(({ title }) => title);
    fillChoices('inside-stages', titles, 0, (scene) => this.#show(scene));
    this.#dialog.showModal();
    this.#show(0);
    await new Promise((resolve) => this.#dialog.addEventListener('close', resolve, { once: true }));
    this.#scenes = []; // large
  }

  /** @param {number} number of the scene */
  #show(number) {
    this.#scene = number;
    const { hint, code, choice, slider } = this.#scenes[number];
    showText('inside-hint', hint);
    showText('inside-source', say('insideSource', code));
    this.#choice = choice?.first ?? 0;
    const choices = element('inside-choice', HTMLElement);
    choices.hidden = !choice;
    if (choice) {
      showText('inside-choice-label', choice.label);
      fillChoices('inside-choice', choice.names, choice.first, (chosen) => {
        this.#choice = chosen;
        this.#draw();
      });
    }
    element('inside-step', HTMLElement).hidden = !slider;
    if (slider) {
      showText('inside-slider-label', slider.label);
      this.#slider.min = String(slider.least);
      this.#slider.max = String(slider.most);
      this.#slider.step = String(slider.step);
      this.#slider.value = String(slider.value);
    }
    this.#draw();
  }

  #draw() {
    const scene = this.#scenes[this.#scene];
    const context = this.#canvas.getContext('2d');
    if (!scene || !context) return;
    const { width, height } = scene.background;
    const size = fit(width, height, element('inside-picture', HTMLElement));
    const ratio = globalThis.devicePixelRatio;
    this.#canvas.width = Math.round(size.width * ratio);
    this.#canvas.height = Math.round(size.height * ratio);
    this.#canvas.style.inlineSize = `${size.width}px`;
    this.#canvas.style.blockSize = `${size.height}px`;
    context.scale(ratio, ratio);
    context.imageSmoothingQuality = 'high';
    context.drawImage(scene.background, 0, 0, size.width, size.height);
    const value = Number(this.#slider.value);
    if (scene.slider) showText('inside-slider-value', value.toFixed(scene.slider.digits));
    const view = centre({ width, height }, size);
    showText('inside-text', scene.draw(context, view, { choice: this.#choice, value }));
  }
}

/**
 * The model's input.
 *
 * @param {Stages} stages
 * @returns {Scene}
 */
function inputScene({ input: { plan }, inputCanvas }) {
  const { sourceWidth, sourceHeight, inputWidth, inputHeight, resizedWidth, resizedHeight } = plan;
  return {
    title: say('insideInput'),
    background: inputCanvas,
    hint: say('insideInputHint', resizedWidth, resizedHeight),
    code: 'letterbox() in vision/pipeline.js',
    draw: () => say('insideInputText', sourceWidth, sourceHeight, inputWidth, inputHeight),
  };
}

/**
 * The result on the picture.
 *
 * @param {Stages} stages
 * @returns {Scene}
 */
function resultScene({ picture, input, outputs, thresholds }) {
  const result = postprocess(outputs, input.plan, MODEL, thresholds);
  return {
    title: say('insideResult'),
    background: canvasOf(picture),
    hint: say('insideResultHint'),
    code: 'toResult() in vision/pipeline.js, draw() in app/draw.js',
    draw: (context, view) => {
      draw(context, result, view);
      return describe(result) || say('nothingFound');
    },
  };
}

/**
 * Return the pixels of the model's input as a canvas.
 *
 * @param {Uint8Array} pixels [height, width, 3] in the input's channel order
 * @param {number} width
 * @param {number} height
 */
function paintInput(pixels, width, height) {
  const [red, blue] = MODEL.rgb ? [0, 2] : [2, 0];
  return newPainting(width, height, (rgba) => {
    for (let from = 0, to = 0; from < pixels.length; from += 3, to += 4) {
      rgba.set([pixels[from + red], pixels[from + 1], pixels[from + blue], 255], to);
    }
  }).canvas;
}

/**
 * Return the largest size of this shape inside an element, in CSS pixels.
 *
 * @param {number} width
 * @param {number} height
 * @param {HTMLElement} place
 */
function fit(width, height, place) {
  const style = getComputedStyle(place);
  const across = place.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const down = place.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
  const scale = Math.max(Math.min(across / width, down / height), 1 / Math.max(width, height));
  return { width: width * scale, height: height * scale };
}

/**
 * Fill a fieldset with one radio button for each name.
 *
 * @param {string} id
 * @param {string[]} names
 * @param {number} first the chosen one
 * @param {(chosen: number) => void} onChoice
 */
function fillChoices(id, names, first, onChoice) {
  const fieldset = element(id, HTMLFieldSetElement);
  for (const label of fieldset.querySelectorAll('label')) label.remove();
  for (const [i, name] of names.entries()) {
    const label = document.createElement('label');
    const radio = document.createElement('input');
    radio.type = 'radio';
    radio.name = id;
    radio.checked = i === first;
    radio.addEventListener('change', () => onChoice(i));
    label.append(radio, name);
    fieldset.append(label);
  }
}
