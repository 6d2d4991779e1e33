/** The part that all transports over a socket share. */
import type { Socket } from 'node:net';
import type { Bytes } from '../core/ports.js';
import { peerName } from '../util/address.js';
import { type Peer, peerOf } from './peer.js';
import { unackedBytes } from './unacked-bytes.js';

export class SocketTransport {
  readonly address: string;
  readonly isEncrypted: boolean;
  protected readonly socket: Socket;
  readonly #port: number;

  /** @param peer the client, if the socket is not connected to it directly */
  constructor(socket: Socket, peer: Peer = peerOf(socket)) {
    this.socket = socket;
    this.address = peer.address;
    this.isEncrypted = peer.isEncrypted;
    this.#port = peer.port;
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
