// The camera: permission, front and back, and what to do when it fails.
import { AppError } from './words.js';

const IDEAL = { width: { ideal: 1280 }, height: { ideal: 960 } };

/** @type {Record<string, import('./words.js').Word>} by the name of the browser's error */
const PROBLEMS = {
  NotAllowedError: 'cameraDenied',
  SecurityError: 'cameraDenied',
  NotFoundError: 'noCamera',
  DevicesNotFoundError: 'noCamera',
  NotReadableError: 'cameraInUse',
  TrackStartError: 'cameraInUse',
};

/** Shows a camera in a video element. */
export class Camera {
  /** @type {MediaStream | null} */
  #stream = null;
  #video;
  #onProblem;

  /**
   * @param {HTMLVideoElement} video
   * @param {(problem: AppError | null) => void} onProblem of a running camera; null: it continues
   */
  constructor(video, onProblem) {
    this.#video = video;
    this.#onProblem = onProblem;
    this.isFront = false;
    this.hasSeveral = false;
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
   * Start the front or the back camera. A device with one camera shows that one.
   *
   * @throws {AppError} it cannot be used
   */
  async start() {
    this.stop();
    if (!navigator.mediaDevices?.getUserMedia) {
      throw new AppError(globalThis.isSecureContext ? 'cameraUnsupported' : 'cameraInsecure');
    }
    try {
      const facingMode = this.isFront ? 'user' : 'environment';
      this.#stream = await navigator.mediaDevices.getUserMedia({ video: { ...IDEAL, facingMode }, audio: false });
    } catch (error) {
      console.info('The camera does not start:', error);
      throw new AppError(PROBLEMS[error instanceof Error ? error.name : ''] ?? 'cameraFailed');
    }
    const track = this.#track;
    if (!track) throw new AppError('noCamera');
    track.addEventListener('ended', () => this.#onProblem(new AppError('cameraEnded')));
    track.addEventListener('mute', () => this.#onProblem(new AppError('cameraMuted')));
    track.addEventListener('unmute', () => this.#onProblem(null));
    this.#video.srcObject = this.#stream;
    await this.#video.play().catch((error) => {
      if (error.name !== 'AbortError') throw new AppError('cameraFailed'); // AbortError: stopped meanwhile
    });
    const devices = await navigator.mediaDevices.enumerateDevices();
    this.hasSeveral = devices.filter((device) => device.kind === 'videoinput').length > 1;
  }

  /** Show the other camera. */
  async switch() {
    this.isFront = !this.isFront;
    await this.start();
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
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    if (this.#stream) this.#video.srcObject = null;
    this.#stream = null;
  }
}

/** Keeps the screen on while a camera or video runs. Browsers without it let the screen go dark. */
export class WakeLock {
  /** @type {WakeLockSentinel | null} */
  #lock = null;

  /** @param {boolean} isOn */
  async set(isOn) {
    try {
      if (!isOn) await this.#lock?.release();
      else if (!this.#lock || this.#lock.released) this.#lock = await navigator.wakeLock?.request('screen');
    } catch (error) {
      console.info('The screen may go dark:', error); // the battery is low, or the page is hidden
    }
  }
}
