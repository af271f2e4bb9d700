// Oriented boxes: decoded, and in the result.
import { BoxStages } from './box_stages.js';
import { Stage } from './report.js';

/** @typedef {import('../../vision/types.js').RotatedBox} RotatedBox */
/** @typedef {import('./golden_vectors.js').GoldenPicture} GoldenPicture */

/** Radians: the same arithmetic on the same numbers. */
const DECODED_ANGLE = 1e-4;
/** A rectangle that is turned by this has its sides in the same place. The corners show which side is which. */
const QUARTER_TURN = Math.PI / 2;
const NUMBERS = 5; // of the vectors: centre, width, height, angle
const CORNERS = 4;

/** The stages of oriented boxes. */
export class ObbStages extends BoxStages {
  corners = new Stage('corners', this.tolerances.rotated_corner, 'px');
  angles = new Stage('angles', this.tolerances.angle, 'rad');

  /** @override */
  get more() {
    return [this.corners, this.angles];
  }

  /** @override */
  extraTolerance() {
    return this.tolerances.angle;
  }

  /**
   * @override
   * @type {BoxStages['compareDecoded']}
   */
  compareDecoded(picture, _outputs, ours, their) {
    const difference = Math.abs(ours.box[4] - picture.floats('decode.angle')[their]);
    if (!(difference <= DECODED_ANGLE)) this.decode.problems.push(`${picture.name}: an angle is off by ${difference}`);
  }

  /**
   * @override
   * @type {BoxStages['apart']}
   */
  apart(picture, ours, our, their) {
    return distance(ours.rotated[our], golden(picture, their));
  }

  /**
   * @override
   * @type {BoxStages['compareShown']}
   */
  compareShown(picture, ours, pairs) {
    for (const [our, their] of pairs) {
      const mine = ours.rotated[our];
      const right = golden(picture, their);
      this.corners.add(distance(mine, right));
      const turn = Math.abs(mine.angle - right.angle) % QUARTER_TURN;
      this.angles.add(Math.min(turn, QUARTER_TURN - turn));
    }
  }
}

/**
 * @param {GoldenPicture} picture
 * @param {number} number
 * @returns {RotatedBox}
 */
function golden(picture, number) {
  const [cx, cy, width, height, angle] = picture.floats('boxes.rotated').subarray(NUMBERS * number);
  return { cx, cy, width, height, angle };
}

/**
 * Return the largest difference of two boxes' corners, in pixels. Any corner may be the first one.
 *
 * @param {RotatedBox} a
 * @param {RotatedBox} b
 */
function distance(a, b) {
  const ours = cornersOf(a);
  const theirs = cornersOf(b);
  const turns = ours.map((_, first) =>
    ours.reduce((worst, [x, y], i) => {
      const [otherX, otherY] = theirs[(first + i) % CORNERS];
      return Math.max(worst, Math.abs(x - otherX), Math.abs(y - otherY));
    }, 0),
  );
  return Math.min(...turns);
}

/**
 * Return the four corners as pairs of x and y, in order around the box.
 *
 * @param {RotatedBox} box
 */
function cornersOf({ cx, cy, width, height, angle }) {
  const [alongX, alongY] = [(width / 2) * Math.cos(angle), (width / 2) * Math.sin(angle)];
  const [acrossX, acrossY] = [(-height / 2) * Math.sin(angle), (height / 2) * Math.cos(angle)];
  return [
    [cx + alongX + acrossX, cy + alongY + acrossY],
    [cx + alongX - acrossX, cy + alongY - acrossY],
    [cx - alongX - acrossX, cy - alongY - acrossY],
    [cx - alongX + acrossX, cy - alongY + acrossY],
  ];
}
