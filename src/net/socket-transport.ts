/** The part that all transports over a socket share. */
import type { Socket } from 'node:net';
import type { Bytes, Output } from '../core/ports.js';
import { peerName } from '../util/address.js';
import { type Peer, peerOf } from './peer.js';
import { unackedBytes } from './unacked-bytes.js';

/** One for all sockets: it is asked for right after a write, and each field of a socket takes memory. */
let lastTextBytes = 0;

export class SocketTransport {
  protected readonly socket: Socket;
  address = '';
  isEncrypted = false;
  #port = 0;

  /** @param client the client, if the socket is not connected to it directly */
  constructor(socket: Socket, client: Peer = peerOf(socket)) {
    this.socket = socket;
    this.client = client;
  }

  get client(): Peer {
    return { address: this.address, port: this.#port, isEncrypted: this.isEncrypted };
  }

  set client({ address, port, isEncrypted }: Peer) {
    this.address = address;
    this.#port = port;
    this.isEncrypted = isEncrypted;
  }

  get peer(): string {
    return peerName(this.address, this.#port);
  }

  get textBytes(): number {
    return lastTextBytes;
  }

  get unsentBytes(): number {
    return this.socket.writableLength;
  }

  unackedBytes(tell: (bytes: number | null) => void): void {
    void unackedBytes(this.socket).then(tell);
  }

  /** False if the system has not taken all of it. */
  protected writeToSocket(output: Output): boolean {
    // The socket would count the characters of a text as its bytes.
    const bytes = typeof output === 'string' ? encodedText(output) : output;
    // Node may ask for a pause although the system took everything at once. Then no 'drain' needs to be awaited.
    return this.socket.write(bytes) || this.socket.writableLength === 0;
  }
}

function encodedText(text: string): Bytes {
  const bytes = Buffer.from(text, 'utf8');
  lastTextBytes = bytes.length;
  return bytes;
}
