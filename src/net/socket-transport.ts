/** The part that all transports over a socket share. */
import type { Socket } from 'node:net';
import type { Bytes } from '../core/ports.js';
import { peerName, plainAddress } from '../util/address.js';
import { unackedBytes } from './unacked-bytes.js';

export class SocketTransport {
  readonly address: string;
  protected readonly socket: Socket;
  readonly #port: number;

  /** @param outer the TCP connection, if `socket` is a TLS connection inside of it */
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

  /** False if the system has not taken all bytes. */
  protected writeToSocket(bytes: Bytes): boolean {
    // Node may ask for a pause although the system took everything at once. Then no 'drain' needs to be awaited.
    return this.socket.write(bytes) || this.socket.writableLength === 0;
  }
}
