// Arithmetic that the language lacks.

/**
 * Round to the nearest whole number, a half to the even one: as Python's `round` and OpenCV's `cvRound`.
 *
 * @param {number} value
 */
export function roundHalfEven(value) {
  const below = Math.floor(value);
  const isHalf = value - below === 0.5;
  return isHalf ? below + Math.abs(below % 2) : Math.round(value) + 0; // -0 + 0 is 0
}
