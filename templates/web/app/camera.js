// The camera: permission, front and back, and what to do when it fails.
import { AppError } from './words.js';

const IDEAL = { width: { ideal: 1280 }, height: { ideal: 960 } };

/** @type {Record<string, import('./words.js').Word>} by the name of the browser's error */
const PROBLEMS = {
  NotAllowedError: 'cameraDenied',
  SecurityError: 'cameraDenied',
  NotFoundError: 'noCamera',
  NotReadableError: 'cameraInUse',
};

/** Shows a camera in a video element. */
export class Camera {
  /** @type {MediaStream | null} */
  #stream = null;
  #run = 0; // the number of the last start or stop: an older start is given up
  /** @type {string[]} of the device's cameras */
  #deviceIds = [];
  #deviceId = ''; // of the camera to start; "": the front or the back one
  #video;
  #onProblem;

  /**
   * @param {HTMLVideoElement} video
   * @param {(problem: AppError) => void} onProblem of a running camera
   */
  constructor(video, onProblem) {
    this.#video = video;
    this.#onProblem = onProblem;
    this.isFront = false;
  }

  get hasSeveral() {
    return this.#deviceIds.length > 1;
  }

  /** Whether the picture is shown as in a mirror. The frames are not mirrored. */
  get isMirrored() {
    const facing = this.#track?.getSettings().facingMode;
    return facing ? facing === 'user' : this.isFront;
  }

  get isRunning() {
    return this.#track?.readyState === 'live';
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0];
  }

  /**
   * Start the front or the back camera. A device with one camera shows that one. If `stop` or `start` is called meanwhile,
   * this start is given up.
   *
   * @throws {AppError} it cannot be used
   */
  async start() {
    this.stop();
    const run = this.#run;
    if (!navigator.mediaDevices?.getUserMedia) {
      throw new AppError(globalThis.isSecureContext ? 'cameraUnsupported' : 'cameraInsecure');
    }
    let stream;
    try {
      const which = this.#deviceId ? { deviceId: this.#deviceId } : { facingMode: this.isFront ? 'user' : 'environment' };
      stream = await navigator.mediaDevices.getUserMedia({ video: { ...IDEAL, ...which }, audio: false });
    } catch (error) {
      console.info('The camera does not start:', error);
      throw new AppError(PROBLEMS[error instanceof Error ? error.name : ''] ?? 'cameraFailed');
    }
    if (run !== this.#run) return stopTracks(stream);
    this.#stream = stream;
    const track = this.#track;
    if (!track) throw new AppError('noCamera');
    track.addEventListener('ended', () => this.#onProblem(new AppError('cameraEnded')));
    this.#video.srcObject = stream;
    await this.#video.play().catch((error) => {
      if (error.name !== 'AbortError') throw new AppError('cameraFailed'); // AbortError: stopped meanwhile
    });
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    this.#deviceIds = devices.filter(({ kind }) => kind === 'videoinput').map(({ deviceId }) => deviceId);
  }

  /** Choose the camera of the next start: the other side of a phone, or the next camera of a computer. */
  chooseOther() {
    const settings = this.#track?.getSettings();
    if (!settings) return;
    const next = this.#deviceIds.indexOf(settings.deviceId ?? '') + 1;
    if (settings.facingMode) this.isFront = settings.facingMode !== 'user';
    else this.#deviceId = this.#deviceIds[next % this.#deviceIds.length];
  }

  /**
   * Stop the picture while the page is hidden, without a new permission later.
   *
   * @param {boolean} isHidden
   */
  async hide(isHidden) {
    const track = this.#track;
    if (!track) return;
    track.enabled = !isHidden;
    if (isHidden) return;
    if (track.readyState === 'ended') await this.start(); // some phones end it
    else await this.#video.play().catch(() => {});
  }

  stop() {
    this.#run += 1;
    if (!this.#stream) return;
    stopTracks(this.#stream);
    this.#video.srcObject = null;
    this.#stream = null;
  }
}

/** @param {MediaStream} stream */
function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** Keeps the screen on while a camera or video runs. Browsers without it let the screen go dark. */
export class WakeLock {
  /** @type {WakeLockSentinel | null} */
  #lock = null;
  #isWanted = false;

  /** @param {boolean} isOn */
  async set(isOn) {
    this.#isWanted = isOn;
    try {
      const lock = isOn ? await navigator.wakeLock?.request('screen') : null;
      await this.#lock?.release();
      this.#lock = lock;
      if (!this.#isWanted) await lock?.release(); // turned off meanwhile
    } catch (error) {
      console.info('The screen may go dark:', error); // the battery is low, or the page is hidden
    }
  }
}
