// The newest frame of a camera or video, one at a time. Frames that arrive while the model runs are left out.

const WINDOW = 1000; // milliseconds over which frames per second are counted

/** Calls a function for the newest frame, again and again. */
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
