/** Counts texts, such as the skeletons of names: a text is in the tally while it was added more often than removed. */

export class Tally {
  readonly #counts = new Map<string, number>();

  add(text: string): void {
    this.#counts.set(text, (this.#counts.get(text) ?? 0) + 1);
  }

  remove(text: string): void {
    const count = this.#counts.get(text) ?? 0;
    if (count > 1) this.#counts.set(text, count - 1);
    else this.#counts.delete(text);
  }

  has(text: string): boolean {
    return this.#counts.has(text);
  }
}
