/**
 * The messages of one read, in one buffer for all connections: one call tells of all of them. The end of a message is
 * the end of a line, so an empty message is an empty line.
 */
import { isUtf8 } from 'node:buffer';
import type { RawData } from 'ws';
import type { TransportHandler } from '../../core/ports.js';

/** What one read of a socket can hold, and a message that began before it. */
const GATHER_BYTES = 96 * 1024;
const LF = 10;

export class MessageBuffer {
  readonly #bytes = Buffer.allocUnsafeSlow(GATHER_BYTES);
  #filled = 0;

  /** A text message is UTF-8, or ws would have closed; what is not in a binary one becomes U+FFFD. */
  add(data: RawData, isBinary: boolean, handler: TransportHandler): void {
    // With ws's default `binaryType` it always is one.
    if (!Buffer.isBuffer(data)) return;
    // Here and not where lines are read: there a byte FF begins a telnet sequence, which may take the line's end with it.
    const message = isBinary && !isUtf8(data) ? Buffer.from(data.toString()) : data;
    const { length } = message;
    if (this.#filled + length + 1 > GATHER_BYTES) this.deliver(handler);
    this.#bytes.set(message, this.#filled);
    this.#filled += length;
    if (message[length - 1] !== LF) this.#bytes[this.#filled++] = LF;
  }

  get isEmpty(): boolean {
    return this.#filled === 0;
  }

  deliver(handler: TransportHandler): void {
    if (this.#filled === 0) return;
    const bytes = this.#bytes.subarray(0, this.#filled);
    this.#filled = 0;
    handler.onData(bytes);
  }
}
