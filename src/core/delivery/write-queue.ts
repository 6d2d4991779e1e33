/**
 * Output that one client has not taken yet. The turn bounds it by its `bytes`. The memory in use stays within a chunk of
 * that, because small pieces are copied into chunks instead of each pinning a buffer of its own.
 */
import type { Bytes } from '../ports.js';

/** Smaller pieces are copied into chunks; larger ones are shared with the other readers. */
const GATHER_BELOW = 4096;
const CHUNK_BYTES = 16 * 1024;
/** Bytes handed over at a time once the client is behind, so that progress can be seen. */
export const HAND_OVER_BYTES = 64 * 1024;

export class WriteQueue {
  #pieces: Bytes[] = [];
  /** Bytes of the first piece that are handed over already. */
  #offset = 0;
  /** The last piece, if it is a chunk with room left; `#filled` bytes of it are used. */
  #chunk: Uint8Array | null = null;
  #filled = 0;
  #bytes = 0;

  /** Bytes in the queue. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the last piece was handed over in part: other output after it would land in the middle of a line. */
  get isMidPiece(): boolean {
    return this.#offset > 0;
  }

  push(piece: Bytes): void {
    this.#bytes += piece.length;
    if (piece.length >= GATHER_BELOW) {
      this.#seal();
      this.#pieces.push(piece);
      return;
    }
    if (this.#chunk === null || this.#filled + piece.length > CHUNK_BYTES) {
      this.#seal();
      this.#chunk = new Uint8Array(CHUNK_BYTES);
    }
    this.#chunk.set(piece, this.#filled);
    this.#filled += piece.length;
  }

  /** Takes the next bytes to hand over; null if there are none. */
  take(): Bytes | null {
    if (this.#pieces.length === 0) this.#seal();
    const first = this.#pieces[0];
    if (first === undefined) return null;
    const rest = first.length - this.#offset;
    const part = first.subarray(this.#offset, this.#offset + HAND_OVER_BYTES);
    if (rest > HAND_OVER_BYTES) {
      this.#offset += HAND_OVER_BYTES;
    } else {
      this.#pieces.shift();
      this.#offset = 0;
    }
    this.#bytes -= part.length;
    return part;
  }

  #seal(): void {
    if (this.#chunk === null) return;
    // A chunk that is mostly empty is copied, so that it does not occupy its full size.
    const isWorthIt = this.#filled > CHUNK_BYTES / 2;
    this.#pieces.push(isWorthIt ? this.#chunk.subarray(0, this.#filled) : this.#chunk.slice(0, this.#filled));
    this.#chunk = null;
    this.#filled = 0;
  }
}
