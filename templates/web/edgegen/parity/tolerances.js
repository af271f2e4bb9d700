// How far two sides may differ, stage by stage.

/** The tolerances of `index.json`, by name; those of the model's own program replace them. */
export class Tolerances {
  #values;

  /**
   * @param {Record<string, number>} ofVectors
   * @param {Record<string, number>} ofProgram {}: the program has float32 weights
   */
  constructor(ofVectors, ofProgram) {
    this.#values = { ...ofVectors, ...ofProgram };
    /** Whether the program has a lower precision: NMS and the edges of masks may then decide otherwise. */
    this.isOfProgram = Object.keys(ofProgram).length > 0;
  }

  /** @param {string} name */
  of(name) {
    return this.#values[name];
  }
}
