/**
 * The ids of the messages that were deleted last. A message stays in the history until the turn is stored, and two
 * deletions may be proposed before either settles: the second one finds nothing.
 */

/** Those that are not stored yet are kept as well. */
const MAX_REMEMBERED = 1000;

export class DeletedIds {
  readonly #ids = new Set<number>();

  has(id: number): boolean {
    return this.#ids.has(id);
  }

  hasAll(first: number, count: number): boolean {
    for (let id = first; id < first + count; id++) if (!this.#ids.has(id)) return false;
    return true;
  }

  /** Messages with ids up to `storedId` are stored. Returns how to undo it. */
  add(first: number, count: number, storedId: number): () => void {
    const added: number[] = [];
    for (let id = first; id < first + count; id++) {
      if (!this.#ids.has(id)) added.push(id);
      this.#ids.add(id);
    }
    for (const oldest of this.#ids) {
      if (this.#ids.size <= MAX_REMEMBERED || oldest > storedId) break;
      this.#ids.delete(oldest);
    }
    return () => {
      for (const id of added) this.#ids.delete(id);
    };
  }
}
