// The app: the source (photo, camera or video), from a picture to its result, and the buttons.
import { captureName, makeCapture } from '../edgegen/capture.js';
import { Detector, cameraRuns } from '../edgegen/detector.js';
import { EdgegenError } from '../edgegen/errors.js';
import { closeFrame, openFrame, pixelsOf } from '../edgegen/frames.js';
import { registerOffline, storeForOffline } from '../edgegen/offline.js';
import { MODEL } from '../vision/model.js';
import { postprocess, toRows } from '../vision/pipeline.js';
import { Camera, FrameLoop, WakeLock } from './camera.js';
import { centre, clear } from './canvas.js';
import { describe, draw } from './draw.js';
import { Inside } from './inside.js';
import {
  announce,
  element,
  freeArea,
  listenToSettings,
  onPress,
  openSettings,
  showControls,
  showInfo,
  showMessage,
  showNote,
  showText,
  showTimes,
} from './page.js';
import {
  annotate,
  closePhoto,
  closeVideo,
  listenForFiles,
  openVideo,
  placePhoto,
  readPhoto,
  shareFile,
} from './pictures.js';
import { Processing } from './processing.js';
import { AppError, say } from './words.js';

/**
 * @typedef {import('../vision/types.js').Picture} Picture
 * @typedef {import('../vision/types.js').Result} Result
 * @typedef {import('../edgegen/detector.js').Found} Found
 * @typedef {import('../edgegen/detector.js').Kept} Kept
 * @typedef {import('../edgegen/frames.js').Frame} Frame
 * @typedef {'photo' | 'camera' | 'video'} Source
 */

/**
 * What is on the screen.
 *
 * @typedef {object} Shown
 * @property {Source} source
 * @property {string} name of the file; "": the camera
 * @property {Result} result after the ResultProcessor
 * @property {object[]} rows the result as JSON
 * @property {string} text of the ResultProcessor
 * @property {{input: number, model: number, result: number}} times in milliseconds
 */

/**
 * A picture that does not move, with the numbers of every stage: for See inside, captures and the slider.
 *
 * @typedef {object} Still
 * @property {Picture} picture
 * @property {Kept} found
 */

const TIMES_EVERY = 500; // milliseconds

class App {
  #video = element('video', HTMLVideoElement);
  #overlay = element('overlay', HTMLCanvasElement);
  #processing = new Processing();
  #camera = new Camera(
    this.#video,
    (problem) => this.#cameraProblem(problem),
    () => this.#onMute(),
  );
  #loop = new FrameLoop(this.#video, () => this.#onFrame());
  #wakeLock = new WakeLock();
  #inside = new Inside();
  /** @type {Detector | null} */
  #detector = null;
  /** @type {Source | null} null: the first screen */
  #source = null;
  #name = '';
  #isFrozen = false;
  /** @type {Promise<Still> | null} null: the picture moves */
  #still = null;
  #request = 0; // the number of the user's last request to open or close: older ones are dropped
  #opening = 0; // the number of the current source: results of older ones are not drawn
  #hasChooser = false; // the user has opened the chooser of files, which a reload would close
  #worksOn = 0; // the `#opening` that is shared, saved or looked into; 0: none
  /** @type {Partial<import('../vision/types.js').Thresholds>} the user's */
  #thresholds = {};
  #offlineNote = '';
  #nextTimesAt = 0;
  /** @type {Shown | null} */
  shown = null;

  constructor() {
    this.#listen();
    /** Resolves when the model is ready. */
    this.ready = this.#start();
    this.ready.catch(() => {}); // #start has shown it
  }

  // --- for verify, and for the browser's console ---

  /** @param {Picture} picture */
  async detect(picture) {
    const { result } = await this.#model().detect(picture);
    return { result, rows: toRows(result, MODEL) };
  }

  /**
   * Show a photo or a video, as if the user had opened it. Return its result; of a video, that of its first analyzed
   * frame.
   *
   * @param {File} file
   * @returns {Promise<Shown>}
   */
  async showFile(file) {
    const isCurrent = this.#begin(this.#detector ? 'pictureOpening' : 'modelLoading');
    try {
      await this.ready;
      if (isCurrent()) await (file.type.startsWith('video/') ? this.#openVideo(file, isCurrent) : this.#openPhoto(file, isCurrent));
    } catch (error) {
      const isBlocked = error instanceof AppError && error.word === 'videoBlocked';
      if (isCurrent() && isBlocked) this.#fail(error, 'play', () => this.showFile(file).catch(() => {}));
      else if (isCurrent()) this.#fail(error);
      throw error;
    }
    if (!this.shown) await new Promise((resolve) => addEventListener('edgegen-shown', resolve, { once: true }));
    return /** @type {Shown} */ (/** @type {unknown} */ (this.shown));
  }

  /**
   * Decode a picture that does not move again, without another run of the model. A moving one changes with its next frame.
   *
   * @param {Partial<import('../vision/types.js').Thresholds>} thresholds
   */
  setThresholds(thresholds) {
    this.#thresholds = { ...this.#thresholds, ...thresholds };
    this.#detector?.setThresholds(thresholds);
    const still = this.#still?.then(({ picture, found }) => {
      const result = postprocess(found.outputs, found.input.plan, MODEL, this.#model().thresholds);
      return { picture, found: { ...found, result } };
    });
    if (still) this.#try(this.#showStill(still));
  }

  /**
   * Compare this device with the golden vectors.
   *
   * @param {string} [vectorsUrl]
   */
  async selfCheck(vectorsUrl) {
    return this.#model().check(vectorsUrl);
  }

  /** Return how many frames and tensors are open: it must not grow. */
  openCount() {
    return this.#detector?.openCount() ?? 0;
  }

  /**
   * Return the picture with its result drawn over it, in its own size.
   *
   * @param {'image/png' | 'image/jpeg'} [type]
   */
  annotated(type = 'image/png') {
    if (!this.shown) throw new AppError('noResult');
    const source = this.#source === 'photo' ? element('photo', HTMLImageElement) : this.#video;
    return annotate(source, this.shown.result, type);
  }

  get info() {
    return this.#detector?.info ?? null;
  }

  // --- the model ---

  async #start() {
    try {
      await registerOffline(() => this.#request === 0 && !this.#hasChooser && !document.querySelector('dialog[open]'));
      this.#detector = await Detector.open();
      this.#detector.setThresholds(this.#thresholds);
    } catch (error) {
      this.#fail(error, 'tryAgain', () => location.reload());
      throw error;
    }
    element('loading', HTMLElement).hidden = true;
    const { reason, isExact } = this.#detector.info ?? {};
    if (reason === 'was-ended') showNote(say('afterCrash'));
    if (isExact === false) {
      showMessage(say('pictureHidden'), say('ok'));
      showText('warning', say('resultsWrong'));
    }
    showInfo(this.info, '');
    /** Resolves to `ready` when the app works without a network. */
    this.offline = storeForOffline(this.#detector.urls);
    this.offline.then((state) => {
      if (state === 'incomplete') this.#offlineNote = say('offlineIncomplete');
      showInfo(this.info, this.#offlineNote);
    });
  }

  #model() {
    if (!this.#detector) throw new AppError('modelLoading');
    return this.#detector;
  }

  // --- photos ---

  /**
   * @param {File} file
   * @param {() => boolean} isCurrent
   */
  async #openPhoto(file, isCurrent) {
    const { picture, shown, note } = await readPhoto(file);
    if (!isCurrent()) return;
    this.#leave();
    await placePhoto(shown);
    if (!isCurrent()) return;
    this.#enter('photo', file.name);
    if (note) showNote(note);
    await this.#showStill(this.#analyze(picture));
  }

  // --- the camera and videos ---

  /** Start the other camera. If it cannot be used, start the one before again. */
  async #switchCamera() {
    const undo = this.#camera.chooseOther();
    try {
      await this.#startCamera();
    } catch (error) {
      undo();
      const request = this.#request + 1;
      await this.#startCamera().catch(() => {});
      if (request === this.#request) throw error;
    }
  }

  async #startCamera() {
    const isCurrent = this.#begin('cameraStarting');
    if (this.#source !== 'photo') this.#leave(); // they share the video element
    try {
      await this.#camera.start();
    } catch (error) {
      if (isCurrent()) throw error;
    }
    if (!isCurrent()) return;
    this.#leave({ keepsCamera: true });
    this.#enter('camera', '');
    await this.#run();
  }

  /**
   * @param {File} file
   * @param {() => boolean} isCurrent
   */
  async #openVideo(file, isCurrent) {
    this.#leave();
    await openVideo(file);
    if (!isCurrent()) return;
    this.#enter('video', file.name);
    await this.#run();
  }

  /**
   * Begin to open something, and give up what is still opening. Return a function that tells whether this is still what
   * the user opened last. If it is not, it must not be shown, and its errors neither.
   *
   * @param {import('./words.js').Word} word
   */
  #begin(word) {
    showMessage(say(word), say('cancel'), () => this.#giveUp());
    const request = this.#giveUp();
    return () => request === this.#request;
  }

  /** Give up what is still opening. Return the number of the next request. */
  #giveUp() {
    if (this.#source !== 'camera') this.#camera.stop();
    if (this.#source !== 'video') closeVideo();
    if (this.#source !== 'photo') closePhoto();
    return ++this.#request;
  }

  /** Let the camera's or the video's picture move, and analyze its frames. */
  async #run() {
    const opening = this.#opening;
    this.#isFrozen = false;
    this.#still = null;
    let hadEnded = false;
    try {
      if (this.#source === 'camera') hadEnded = await this.#camera.resume();
      else await this.#video.play().catch(() => {}); // paused or closed meanwhile
    } catch (error) {
      if (opening === this.#opening) this.#cameraProblem(error);
      return;
    }
    if (opening !== this.#opening) return;
    if (hadEnded) showMessage(''); // it said so
    if (this.#isFrozen) return this.#video.pause();
    if (document.hidden) return this.#onVisibility();
    this.#loop.start();
    this.#wakeLock.set(true);
    this.#showControls();
    if (this.#camera.isMuted) this.#onMute();
    if (this.#detector) return;
    showText('stats', say('modelLoading'));
    this.ready.catch((error) => {
      if (opening !== this.#opening) return;
      showText('stats', '');
      this.#fail(error, 'tryAgain', () => location.reload());
    });
  }

  #halt() {
    this.#loop.stop();
    this.#wakeLock.set(false);
    cameraRuns(false);
  }

  /** Analyze the newest frame. The model's worker has it until the result is there. */
  async #onFrame() {
    const opening = this.#opening;
    /** @type {Frame | undefined} */
    let frame;
    if (!this.#detector || this.#camera.isMuted) return;
    if (this.#source === 'camera') cameraRuns(true);
    try {
      const found = await this.#detector.detect(await openFrame(this.#video), { returnFrame: true });
      frame = found.frame;
      const isCurrent = opening === this.#opening && !this.#isFrozen && !this.#camera.isMuted;
      // With another width, the phone was just turned.
      if (frame && isCurrent && found.result.width === this.#video.videoWidth) this.#show(found, frame);
    } catch (error) {
      if (opening !== this.#opening || !this.#detector.info) return; // closed meanwhile
      this.#halt();
      this.#fail(error, 'tryAgain', () => this.#try(this.#run()));
    } finally {
      closeFrame(frame);
    }
  }

  /** Stop the camera's or video's picture, and analyze it. Return it with the numbers of every stage. */
  async #freeze() {
    if (this.#still) return this.#still;
    if (!this.#video.videoWidth) throw new AppError('cameraStarting'); // again, after a hidden page
    this.#video.pause();
    this.#halt();
    this.#isFrozen = true;
    this.#showControls();
    return this.#showStill(this.#analyze(pixelsOf(this.#video, this.#video.videoWidth, this.#video.videoHeight)));
  }

  /**
   * Do something with a picture that does not move. A running camera or video continues afterwards. A second press does
   * nothing until the first one has ended.
   *
   * @param {(still: Still) => Promise<void>} work
   */
  async #withStill(work) {
    const opening = this.#opening;
    if (!this.#source || this.#worksOn === opening) return;
    this.#worksOn = opening;
    this.#showControls();
    const wasRunning = this.#source !== 'photo' && !this.#isFrozen;
    try {
      const still = await this.#freeze();
      if (opening === this.#opening) await work(still);
    } finally {
      if (this.#worksOn === opening) this.#worksOn = 0;
      this.#showControls();
      if (wasRunning && opening === this.#opening) await this.#run();
    }
  }

  /** @param {unknown} problem */
  #cameraProblem(problem) {
    if (this.#source !== 'camera') return;
    this.#halt();
    this.#fail(problem, 'tryAgain', () => this.#try(this.#startCamera()));
  }

  /** Say that the camera gives no frames, without boxes over its last one. The next frame's result replaces it. */
  #onMute() {
    if (this.#source !== 'camera' || this.#isFrozen) return;
    this.shown = null;
    this.#draw();
    const text = this.#camera.isMuted ? say('cameraMuted') : '';
    showText('text', text);
    announce(text);
  }

  async #onVisibility() {
    if (!this.#source || this.#source === 'photo') return;
    if (document.hidden) {
      this.#halt();
      this.#camera.pause();
    } else if (!this.#isFrozen) {
      await this.#run();
    }
  }

  // --- results ---

  /**
   * @param {Picture} picture
   * @returns {Promise<Still>}
   */
  async #analyze(picture) {
    await this.ready;
    return { picture, found: /** @type {Kept} */ (await this.#model().detect(picture, { keep: true })) };
  }

  /**
   * Show the result of a picture that does not move, unless another one replaces it meanwhile.
   *
   * @param {Promise<Still>} still
   */
  async #showStill(still) {
    this.#still = still;
    const { found, picture } = await still;
    if (still === this.#still) this.#show(found, picture);
    return still;
  }

  /**
   * @param {Found} found
   * @param {Picture | Frame} picture that it was found in
   */
  #show(found, picture) {
    if (!this.#source) return;
    const source = this.#source;
    const now = performance.now();
    if (this.#still || now >= this.#nextTimesAt) {
      this.#nextTimesAt = now + TIMES_EVERY;
      showTimes(found.times, this.#still ? 0 : this.#loop.framesPerSecond);
    }
    this.#processing.run(found.result, picture, this.#still !== null, (result, text) => {
      this.shown = {
        source,
        name: this.#name,
        result,
        get rows() {
          return toRows(result, MODEL);
        },
        text,
        times: found.times,
      };
      const description = describe(result);
      showText('text', text || (this.#still && !description ? say('nothingFound') : ''));
      announce([text, description || say('nothingFound')].filter(Boolean).join('. '));
      this.#draw(); // after the texts: labels are beside them
    });
    dispatchEvent(new Event('edgegen-shown'));
  }

  /** Draw the result. The camera's picture fills the screen, a photo or a video fits in. */
  #draw() {
    const { clientWidth: width, clientHeight: height } = element('stage', HTMLElement);
    const context = clear(this.#overlay, { width, height });
    if (!context || !this.shown) return;
    const isCamera = this.#source === 'camera';
    const options = { fills: isCamera, isMirrored: isCamera && this.#camera.isMirrored, free: freeArea(width, height) };
    draw(context, this.shown.result, centre(this.shown.result, { width, height }, options));
  }

  // --- the screen ---

  /** Close the current source. */
  #leave({ keepsCamera = false } = {}) {
    this.#halt();
    if (!keepsCamera) this.#camera.stop();
    closeVideo();
    closePhoto();
    this.#source = null;
    this.#still = null;
    this.#isFrozen = false;
    this.shown = null;
    this.#opening += 1;
    this.#showControls();
    this.#draw();
    for (const id of ['stats', 'text', 'note']) showText(id, '');
    announce('');
  }

  /** Close the current source, also one that is opening, and show the first screen. */
  #close() {
    this.#request += 1;
    this.#leave();
    showMessage('');
    element('start-camera', HTMLButtonElement).focus({ preventScroll: true });
  }

  /**
   * @param {Source} source
   * @param {string} name
   */
  #enter(source, name) {
    this.#processing.restart();
    this.#source = source;
    this.#name = name;
    this.#showControls();
    showMessage(''); // after the controls are there: one of them gets the focus
  }

  #showControls() {
    const isCamera = this.#source === 'camera';
    showControls(this.#source, {
      isFrozen: this.#isFrozen,
      canPause: this.#worksOn !== this.#opening, // otherwise the picture would change while it is shared
      isMirrored: isCamera && this.#camera.isMirrored,
      hasOtherCamera: isCamera && this.#camera.hasSeveral,
    });
  }

  #listen() {
    listenToSettings(MODEL.confidence, this);
    for (const id of ['start-camera', 'camera']) onPress(id, () => this.#try(this.#startCamera()));
    for (const id of ['start-photo', 'open']) {
      onPress(id, () => {
        this.#hasChooser = true;
        element('file', HTMLInputElement).click();
      });
    }
    onPress('switch', () => this.#try(this.#switchCamera()));
    onPress('pause', () => this.#try(this.#isFrozen ? this.#run() : this.#freeze()));
    onPress('close', () => this.#close());
    onPress('share', () => this.#try(this.#share(), 'shareFailed'));
    onPress('adjust', () => {
      showInfo(this.info, this.#offlineNote);
      openSettings();
    });
    onPress('see-inside', () => {
      this.#try(this.#withStill((still) => this.#inside.open(still, this.#model().thresholds)));
    });
    listenForFiles((file) => this.showFile(file).catch(() => {})); // it has shown why
    document.addEventListener('visibilitychange', () => this.#try(this.#onVisibility()));
    new ResizeObserver(() => this.#draw()).observe(element('stage', HTMLElement));
    element('settings', HTMLDialogElement).addEventListener('close', () => this.#draw()); // the buttons are back
    this.#video.addEventListener('error', () => {
      if (this.#source !== 'video') return; // openVideo reports it
      this.#leave();
      this.#fail(new AppError('videoUnreadable'));
    });
    this.#video.addEventListener('resize', () => this.#draw()); // a phone was turned
    addEventListener('pageshow', (event) => event.persisted && location.reload()); // the model was closed meanwhile
    element('no-start', HTMLElement).hidden = true;
  }

  #share() {
    return this.#withStill(async () => {
      const wasSaved = await shareFile(await this.annotated('image/jpeg'), `${MODEL.name}.jpg`);
      if (wasSaved) showNote(say('saved', `${MODEL.name}.jpg`));
    });
  }

  /** Save what the app made of the picture at every stage, for `edgegen explain`. */
  saveCapture() {
    return this.#try(
      this.#withStill(async ({ picture }) => {
        const analyze = async (/** @type {Picture} */ stored) => {
          const { found } = await this.#analyze(stored); // the picture may be halved
          return { found, shown: this.#processing.run(found.result, stored, true, (shown) => shown) };
        };
        const name = captureName();
        const wasSaved = await shareFile(await makeCapture(picture, analyze, this.#model().thresholds), name);
        showText('capture-state', wasSaved ? say('saved', name) : '');
      }),
      'captureFailed',
    );
  }

  /**
   * Show the user why something failed.
   *
   * @param {Promise<unknown>} work
   * @param {import('./words.js').Word} [failure] said of errors without a text for the user
   */
  async #try(work, failure) {
    try {
      await work;
    } catch (error) {
      this.#fail(error, 'ok', () => {}, failure);
    }
  }

  /**
   * @param {unknown} error
   * @param {import('./words.js').Word} [action]
   * @param {() => void} [press]
   * @param {import('./words.js').Word} [failure] said of errors without a text for the user
   */
  #fail(error, action = 'ok', press = () => {}, failure = 'appFailed') {
    const isForUser = error instanceof AppError || error instanceof EdgegenError;
    if (error instanceof AppError) console.info(error.message);
    else console.error(error);
    showMessage(isForUser ? error.message : say(failure), say(action), press);
  }
}

/** @type {{edgegen?: App}} */ (globalThis).edgegen = new App();
