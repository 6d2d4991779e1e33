/** A TCP or TLS connection over Node's public API: a socket, whose events go to the handler. */
import type { Socket } from 'node:net';
import type { Bytes, Output, TransportHandler } from '../core/ports.js';
import { noop } from '../util/noop.js';
import type { Peer } from './peer.js';
import { readShared } from './shared-read.js';
import { SocketTransport } from './socket-transport.js';
import { NO_HANDLER, type TcpConnection } from './tcp-connection.js';

/** The connection of a socket, so that all sockets share their listeners: a closure for each would cost memory. */
const CONNECTION = Symbol('connection');

type OwnedSocket = Socket & { readonly [CONNECTION]: SocketConnection };

export class SocketConnection extends SocketTransport implements TcpConnection {
  handler: TransportHandler = NO_HANDLER;
  /** A socket of Node reads on into its own buffer, and tells an end although it is paused. */
  readonly stopsAtPause = false;
  #isClosed = false;

  constructor(socket: Socket, client?: Peer) {
    super(socket, client);
    Object.assign(socket, { [CONNECTION]: this });
    // An error is always followed by 'close'.
    socket.on('error', noop);
    socket.on('data', onData);
    socket.on('drain', onDrain);
    socket.on('end', onEnd);
    socket.on('close', onClose);
  }

  get hasEnded(): boolean {
    return this.socket.readableEnded;
  }

  get isDestroyed(): boolean {
    return this.socket.destroyed;
  }

  serve(handler: TransportHandler): void {
    this.handler = handler;
    // What was read while it was paused is still to come. Decrypted bytes already have a buffer of their own.
    const isRead = this.socket.readableLength > 0;
    if (!isRead && !('encrypted' in this.socket) && readShared(this.socket, onData))
      this.socket.off('data', onData);
  }

  write(output: Output): boolean {
    return this.#isClosed || this.writeToSocket(output);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  close(): void {
    this.#isClosed = true;
    this.socket.end();
  }

  end(last: Bytes): void {
    this.#isClosed = true;
    this.socket.end(last);
  }

  destroy(): void {
    this.#isClosed = true;
    this.socket.destroy();
  }

  toSocket(): Socket {
    const { socket } = this;
    socket.off('data', onData);
    socket.off('drain', onDrain);
    socket.off('end', onEnd);
    socket.off('close', onClose);
    this.handler = NO_HANDLER;
    return socket;
  }
}

function onData(this: OwnedSocket, bytes: Buffer): void {
  this[CONNECTION].handler.onData(bytes);
}

function onDrain(this: OwnedSocket): void {
  this[CONNECTION].handler.onDrain();
}

function onEnd(this: OwnedSocket): void {
  this[CONNECTION].handler.onEnd();
}

function onClose(this: OwnedSocket): void {
  this[CONNECTION].handler.onClose();
}
