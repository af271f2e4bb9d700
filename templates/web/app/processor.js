// Your code goes here. README.md has examples: "Your first change". Each start of the camera or a video has a new
// ResultProcessor. So has each drawing of a photo or a frozen picture, which may be drawn several times.

export class ResultProcessor {
  /**
   * Called with the result of every frame and photo, before drawing. Returns what to draw, and a text for the screen.
   *
   * @param {import('../vision/types.js').Result} result in pixels of the upright picture
   * @param {import('./pictures.js').ResultPicture} picture that the result belongs to: width, height, and crop(box),
   *   which returns a part of it as a canvas; valid until `process` returns
   * @param {string[]} names of the classes, by number
   */
  process(result, picture, names) {
    return { result, text: '' };
  }
}
