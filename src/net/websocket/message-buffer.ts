/**
 * Collects the messages of one read, so that the handler is called once for all of them. A message ends with a line
 * end, so an empty message is an empty line.
 */
import { isUtf8 } from 'node:buffer';
import type { RawData } from 'ws';
import type { TransportHandler } from '../../core/ports.js';

/** Enough for one read of a socket, and a message that began before it. */
const BUFFER_BYTES = 96 * 1024;
const LF = 10;
const CR = 13;

export class MessageBuffer {
  readonly #bytes = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #filled = 0;

  /** A text message is valid UTF-8, or ws would have closed. Invalid UTF-8 in a binary one becomes U+FFFD. */
  add(data: RawData, isBinary: boolean, handler: TransportHandler): void {
    // Always true with the default `binaryType` of ws.
    if (!Buffer.isBuffer(data)) return;
    // Replaced here, because for the line framer a byte FF begins a telnet sequence, which may include the line end.
    this.#add(isBinary && !isUtf8(data) ? Buffer.from(data.toString()) : data, handler);
  }

  /** A message that is one line of IRC: what follows a line end in it is dropped. Its dialect checks the UTF-8. */
  addLine(data: RawData, handler: TransportHandler): void {
    if (!Buffer.isBuffer(data)) return;
    const end = data.findIndex((byte) => byte === LF || byte === CR);
    this.#add(end === -1 ? data : data.subarray(0, end), handler);
  }

  #add(message: Buffer, handler: TransportHandler): void {
    const { length } = message;
    if (this.#filled + length + 1 > BUFFER_BYTES) this.deliver(handler);
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
