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
   * @param {boolean} [needsModel] without the model, the stage compares nothing
   */
  constructor(name, tolerance, unit, needsModel = false) {
    this.name = name;
    this.tolerance = tolerance;
    this.unit = unit;
    this.needsModel = needsModel;
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

  /**
   * Add values that a digest shows to be equal.
   *
   * @param {number} count
   */
  addEqual(count) {
    this.compared += count;
  }
}

/** The stages of a comparison, in their order. */
export class Report {
  /**
   * @param {Stage[]} stages
   * @param {number} images
   * @param {number} detections of the vectors, over all pictures
   * @param {string} shows what they are: "boxes"
   */
  constructor(stages, images, detections, shows) {
    this.stages = stages;
    this.images = images;
    this.detections = detections;
    this.shows = shows;
  }

  /** No stage failed, and at least one compared something. */
  get passed() {
    return this.stages.some((stage) => !stage.isMissing) && this.stages.every((stage) => stage.passed);
  }

  /** The names of the stages that compared nothing. */
  get missing() {
    return this.stages.filter((stage) => stage.isMissing).map((stage) => stage.name);
  }

  get problems() {
    return this.stages.flatMap((stage) => stage.problems.map((problem) => `${stage.name}: ${problem}`));
  }

  /** Return the JSON that edgegen's parity reports have on every platform. */
  toJSON() {
    return {
      passed: this.passed,
      stages: this.stages.map(({ name, passed, worst, tolerance, unit, compared }) => ({
        name,
        passed,
        worst: Number.isFinite(worst) ? worst : null, // JSON has no infinity
        tolerance,
        unit,
        compared,
      })),
      images: this.images,
      detections: this.detections,
      missing: this.missing,
      problems: this.problems,
      comparedWith: AUTHORITY,
    };
  }

  /** Return one line for each stage, with its problems, and the verdict. */
  inWords() {
    const lines = this.stages.flatMap((stage) => {
      const more = stage.problems.length - PROBLEMS_SHOWN;
      return [
        stageText(stage),
        ...stage.problems.slice(0, PROBLEMS_SHOWN).map((problem) => `    ${problem}`),
        ...(more > 0 ? [`    ... and ${more} more`] : []),
      ];
    });
    const { images, shows, detections } = this;
    return [...lines, `pictures: ${images}, ${shows}: ${detections}`, this.verdict()].join('\n');
  }

  /** Return the result as a sentence. */
  verdict() {
    if (!this.passed) return `FAILED: not the same as ${AUTHORITY}`;
    if (this.missing.length) return `PASSED as far as was compared: not ${this.missing.join(', ')}`;
    const pictures = this.images === 1 ? '1 picture' : `${this.images} pictures`;
    return `PASSED: the same as ${AUTHORITY} on ${pictures}`;
  }
}

/**
 * Return a stage as a line of text.
 *
 * @param {Stage} stage
 */
export function stageText(stage) {
  if (stage.isMissing) return `${stage.name}: not compared`;
  const verdict = stage.passed ? 'passed' : 'FAILED';
  const [worst, tolerance] = [stage.worst, stage.tolerance].map((value) => Number(value.toPrecision(3)));
  return `${stage.name}: ${verdict}, worst difference ${worst} of ${tolerance} ${stage.unit}`.trimEnd();
}
