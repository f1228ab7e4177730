/** How often the same image came in a row, and how far the arm was commanded meanwhile. */
export class ImageRun {
  /** For the newest request. */
  last = { count: 0, moved: 0 };
  #image: number | undefined;
  #count = 0;
  #positions: readonly number[] | undefined;

  /** @param positions commanded when the image was taken, rad; undefined when that is not known */
  note(image: number | undefined, positions: readonly number[] | undefined): void {
    if (image === undefined) {
      this.last = { count: 0, moved: 0 };
      return;
    }
    if (image !== this.#image) {
      this.#image = image;
      this.#count = 0;
      this.#positions = positions;
    }
    this.#count++;
    const from = this.#positions;
    const moved =
      from === undefined || positions === undefined
        ? 0
        : Math.max(...positions.map((value, joint) => Math.abs(value - (from[joint] ?? 0))));
    this.last = { count: this.#count, moved };
  }

  /** The robot was not where it was commanded, so nothing before this counts. */
  forget(): void {
    this.#count = 0;
    this.#positions = undefined;
  }
}
