/** The lines that were shown, and which of them are visible: the last ones, or earlier ones after page up. */
import { wrap } from './wrap.js';

const MAX_LINES = 10_000;

export class Scrollback {
  #lines: string[] = [];
  /** How many rows are below the visible ones. */
  #below = 0;

  get isAtEnd(): boolean {
    return this.#below === 0;
  }

  /** Adds lines. If the user has scrolled up, the visible rows stay where they are. */
  add(lines: readonly string[], columns: number): void {
    this.#lines.push(...lines);
    if (this.#lines.length > MAX_LINES) this.#lines.splice(0, this.#lines.length - MAX_LINES);
    if (this.#below === 0) return;
    for (const line of lines) this.#below += wrap(line, columns).length;
  }

  clear(): void {
    this.#lines = [];
    this.#below = 0;
  }

  /** Moves up by this many rows, or down if negative. */
  scroll(rows: number, columns: number, height: number): void {
    const below = Math.max(0, this.#below + rows);
    const available = this.#lastRows(below + height, columns).length - height;
    this.#below = Math.max(0, Math.min(below, available));
  }

  scrollToEnd(): void {
    this.#below = 0;
  }

  /** The visible rows; fewer than `height` if there are no more. */
  visible(columns: number, height: number): readonly string[] {
    const rows = this.#lastRows(this.#below + height, columns);
    return rows.slice(Math.max(0, rows.length - this.#below - height), rows.length - this.#below);
  }

  #lastRows(count: number, columns: number): readonly string[] {
    const groups: (readonly string[])[] = [];
    for (let index = this.#lines.length - 1, total = 0; index >= 0 && total < count; index--) {
      const rows = wrap(this.#lines[index] ?? '', columns);
      groups.push(rows);
      total += rows.length;
    }
    return groups.reverse().flat().slice(-count);
  }
}
