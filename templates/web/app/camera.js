// The camera: permission, front and back, and what to do when it fails. The newest frame of a camera or video.
import { AppError } from './words.js';

const WINDOW = 1000; // milliseconds over which frames per second are counted
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
  /** @type {MediaDeviceInfo[]} the device's cameras */
  #devices = [];
  #deviceId = ''; // of the camera to start; "": the front or the back one
  #video;
  #onProblem;
  #onMute;

  /**
   * @param {HTMLVideoElement} video
   * @param {(problem: AppError) => void} onProblem of a running camera
   * @param {() => void} onMute the system has begun or ended a pause of the running camera: see `isMuted`
   */
  constructor(video, onProblem, onMute) {
    this.#video = video;
    this.#onProblem = onProblem;
    this.#onMute = onMute;
    this.isFront = false;
  }

  get hasSeveral() {
    return this.#devices.length > 1;
  }

  /** Whether the system gives no frames, for example during a call. The last one stays in the video element. */
  get isMuted() {
    return this.#track?.muted ?? false;
  }

  /** Whether the picture is shown as in a mirror. The frames are not mirrored. */
  get isMirrored() {
    const facing = this.#track?.getSettings().facingMode;
    return facing ? facing === 'user' : this.isFront;
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
    // A hidden page starts it again when it is shown.
    track.addEventListener('ended', () => document.hidden || this.#onProblem(new AppError('cameraEnded')));
    for (const event of ['mute', 'unmute']) track.addEventListener(event, () => track === this.#track && this.#onMute());
    this.#video.srcObject = stream;
    await this.#video.play().catch((error) => {
      if (error.name === 'AbortError') return; // stopped meanwhile
      this.stop();
      throw new AppError('cameraFailed');
    });
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    this.#devices = devices.filter(({ kind }) => kind === 'videoinput');
  }

  /**
   * Choose the camera of the next start: the other side of a phone, or the next camera of a computer.
   *
   * @returns {() => void} undoes it
   */
  chooseOther() {
    const { isFront } = this;
    const deviceId = this.#deviceId;
    const settings = this.#track?.getSettings();
    if (settings?.facingMode && this.#haveTwoSides()) {
      this.isFront = settings.facingMode !== 'user';
      this.#deviceId = '';
    } else if (settings) {
      const next = this.#devices.findIndex((device) => device.deviceId === settings.deviceId) + 1;
      this.#deviceId = this.#devices[next % this.#devices.length].deviceId;
    }
    return () => {
      this.isFront = isFront;
      this.#deviceId = deviceId;
    };
  }

  /** Return whether each camera is a front or a back one, and there are both. True if the browser does not tell. */
  #haveTwoSides() {
    if (!this.#devices.every((device) => 'getCapabilities' in device)) return true;
    const sides = this.#devices.map((device) => /** @type {InputDeviceInfo} */ (device).getCapabilities().facingMode?.[0]);
    return sides.includes('user') && sides.includes('environment') && !sides.includes(undefined);
  }

  /** Stop the picture while the page is hidden, without a new permission later. */
  pause() {
    if (this.#track) this.#track.enabled = false;
  }

  /**
   * Let the picture move again. Return whether the camera was started again for it.
   *
   * @throws {AppError} it cannot be used
   */
  async resume() {
    const track = this.#track;
    if (!track) return false;
    track.enabled = true;
    const hasEnded = track.readyState === 'ended'; // some phones end it in a hidden page
    if (hasEnded) await this.start();
    else await this.#video.play().catch(() => {});
    return hasEnded;
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

/** Calls a function for the newest frame, one at a time. Frames that arrive meanwhile are left out. */
export class FrameLoop {
  #video;
  #onFrame;
  #run = 0; // the number of the current run; a stopped run has an older one
  /** @type {number[]} */
  #ends = [];

  /**
   * @param {HTMLVideoElement} video
   * @param {() => Promise<void>} onFrame waits until the frame's result is shown
   */
  constructor(video, onFrame) {
    this.#video = video;
    this.#onFrame = onFrame;
  }

  start() {
    this.#run += 1;
    this.#ends = [];
    this.#wait(this.#run);
  }

  stop() {
    this.#run += 1;
  }

  /** Frames per second over the last second. 0: not known yet. */
  get framesPerSecond() {
    const [first, last] = [this.#ends[0], this.#ends.at(-1)];
    return first !== undefined && last !== undefined && last > first ? ((this.#ends.length - 1) * 1000) / (last - first) : 0;
  }

  /** @param {number} run */
  #wait(run) {
    if (run !== this.#run) return;
    const next = () => this.#step(run);
    if ('requestVideoFrameCallback' in this.#video) this.#video.requestVideoFrameCallback(next);
    else requestAnimationFrame(next);
  }

  /** @param {number} run */
  async #step(run) {
    if (run !== this.#run) return;
    if (this.#video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
      await this.#onFrame();
      const now = performance.now();
      this.#ends.push(now);
      this.#ends = this.#ends.filter((end) => now - end <= WINDOW || end === this.#ends.at(-2));
    }
    this.#wait(run);
  }
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
