/** What every transport over a socket knows of it, whatever it carries. */
import type { Socket } from 'node:net';
import type { Bytes } from '../core/ports.js';
import { peerName, plainAddress } from '../util/address.js';
import { unackedBytes } from './unacked-bytes.js';

export class SocketTransport {
  readonly address: string;
  protected readonly socket: Socket;
  readonly #port: number;

  /** `outer` is the connection that carries it, if it is inside of one. */
  constructor(socket: Socket, outer: Socket = socket) {
    this.socket = socket;
    this.address = plainAddress(outer.remoteAddress);
    this.#port = outer.remotePort ?? 0;
  }

  get peer(): string {
    return peerName(this.address, this.#port);
  }

  get unsentBytes(): number {
    return this.socket.writableLength;
  }

  unackedBytes(tell: (bytes: number | null) => void): void {
    void unackedBytes(this.socket).then(tell);
  }

  /** False says that the system has not taken all. */
  protected handOver(bytes: Bytes): boolean {
    // Where the system took everything at once, Node may still ask for a pause: there is nothing to wait for.
    return this.socket.write(bytes) || this.socket.writableLength === 0;
  }
}
