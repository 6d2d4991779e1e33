/**
 * The ids of the messages that were deleted last. A message stays in the history until the turn is stored, and two
 * deletions may be proposed before either settles: the second one finds nothing.
 */

/** More than are deleted in a turn, or while a change settles. */
const MAX_REMEMBERED = 1000;

export class DeletedIds {
  readonly #ids = new Set<number>();

  get isEmpty(): boolean {
    return this.#ids.size === 0;
  }

  has(id: number): boolean {
    return this.#ids.has(id);
  }

  hasAll(first: number, count: number): boolean {
    for (let id = first; id < first + count; id++) if (!this.#ids.has(id)) return false;
    return true;
  }

  /** Returns how to undo it. */
  add(first: number, count: number): () => void {
    for (let id = first; id < first + count; id++) this.#ids.add(id);
    for (const oldest of this.#ids) {
      if (this.#ids.size <= MAX_REMEMBERED) break;
      this.#ids.delete(oldest);
    }
    return () => {
      for (let id = first; id < first + count; id++) this.#ids.delete(id);
    };
  }
}
