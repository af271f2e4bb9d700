// The report: stages and their largest differences.

/** Whose numbers the vectors are: a web app has no int8 model. */
export const AUTHORITY = 'PyTorch';

/** The problems of a stage that a text shows. */
const PROBLEMS_SHOWN = 5;

/** One stage over all pictures. */
export class Stage {
  /** The largest difference. */
  worst = 0;
  /** Values that were compared. */
  compared = 0;
  /** What a difference cannot say. @type {string[]} */
  problems = [];

  /**
   * @param {string} name
   * @param {number} tolerance the largest difference that passes
   * @param {string} unit
   */
  constructor(name, tolerance, unit) {
    this.name = name;
    this.tolerance = tolerance;
    this.unit = unit;
  }

  get passed() {
    return this.problems.length === 0 && this.worst <= this.tolerance;
  }

  /** Whether nothing was compared: the vectors have nothing for this stage, or there was no model. */
  get isMissing() {
    return this.compared === 0 && this.problems.length === 0;
  }

  /**
   * Add one comparison. NaN counts as an infinite difference.
   *
   * @param {number} difference
   */
  add(difference) {
    this.compared++;
    this.worst = Math.max(this.worst, Number.isNaN(difference) ? Infinity : difference);
  }

  /** Return the stage as a line of text. */
  inWords() {
    if (this.isMissing) return `${this.name}: not compared`;
    const verdict = this.passed ? 'passed' : 'FAILED';
    const [worst, tolerance] = [this.worst, this.tolerance].map((value) => Number(value.toPrecision(3)));
    return `${this.name}: ${verdict}, worst difference ${worst} of ${tolerance} ${this.unit}`.trimEnd();
  }
}

/**
 * Return the JSON that edgegen's parity reports have on every platform, and the same in words.
 *
 * @param {Stage[]} stages in their order
 * @param {number} images
 * @param {number} detections of the vectors, over all pictures
 * @param {string} shows what they are: "boxes"
 */
export function reportOf(stages, images, detections, shows) {
  const missing = stages.filter((stage) => stage.isMissing).map((stage) => stage.name);
  const passed = missing.length < stages.length && stages.every((stage) => stage.passed);
  let verdict = `FAILED: not the same as ${AUTHORITY}`;
  if (passed) verdict = `PASSED: the same as ${AUTHORITY} on ${images === 1 ? '1 picture' : `${images} pictures`}`;
  if (passed && missing.length) verdict = `PASSED as far as was compared: not ${missing.join(', ')}`;
  const lines = stages.flatMap((stage) => {
    const shown = stage.problems.slice(0, PROBLEMS_SHOWN).map((problem) => `    ${problem}`);
    const more = stage.problems.length - shown.length;
    return [stage.inWords(), ...shown, ...(more > 0 ? [`    ... and ${more} more`] : [])];
  });
  return {
    passed,
    stages: stages.map(({ name, passed, worst, tolerance, unit, compared }) => ({
      name,
      passed,
      worst: Number.isFinite(worst) ? worst : null, // JSON has no infinity
      tolerance,
      unit,
      compared,
    })),
    images,
    detections,
    missing,
    problems: stages.flatMap(({ name, problems }) => problems.map((problem) => `${name}: ${problem}`)),
    comparedWith: AUTHORITY,
    verdict,
    lines: [...lines, `pictures: ${images}, ${shows}: ${detections}`, verdict],
  };
}
