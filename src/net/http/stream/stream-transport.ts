/** The body of an HTTP response that goes on, as a transport. Its output is written to the socket, without Node's HTTP. */
import type { Socket } from 'node:net';
import type { Bytes, Output, Transport, TransportHandler } from '../../../core/ports.js';
import type { CloseReason } from '../../../core/reasons.js';
import { noop } from '../../../util/noop.js';
import type { Peer } from '../../peer.js';
import { SocketTransport } from '../../socket-transport.js';

export class StreamTransport extends SocketTransport implements Transport {
  readonly #end: Bytes | null;
  #isClosed = false;

  /** `end` is what ends the body; null for one that ends with its connection. */
  constructor(socket: Socket, peer: Peer, end: Bytes | null) {
    super(socket, peer);
    this.#end = end;
  }

  write(output: Output): boolean {
    return this.#isClosed || this.writeToSocket(output);
  }

  // The request is read: what else the client sends is not.

  pause(): void {}

  resume(): void {}

  close(why?: CloseReason): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // The output of a slow reader may have been cut within a chunk: the body then has no end, which the client notices.
    if (this.#end === null || why === 'too-slow') this.socket.end();
    else this.socket.end(this.#end);
  }

  destroy(): void {
    this.#isClosed = true;
    this.socket.destroy();
  }

  attachHandler(handler: TransportHandler): void {
    const { socket } = this;
    // An error is always followed by 'close'.
    socket.on('error', noop);
    socket.on('drain', () => handler.onDrain());
    socket.on('end', () => handler.onEnd());
    socket.on('close', () => handler.onClose());
  }
}
