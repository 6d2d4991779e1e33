/**
 * A TCP connection over the handle of its stream, without a socket of Node: an idle one takes half of the memory, and a
 * write or a login less time. It does what socket-connection.ts does with Node's public API.
 */
import { Socket } from 'node:net';
import type { Bytes, Output, TransportHandler } from '../core/ports.js';
import { peerName, plainAddress } from '../util/address.js';
import { noop } from '../util/noop.js';
import type { Peer } from './peer.js';
import { sharedBuffer, viewOf } from './shared-read.js';
import { NO_HANDLER, type TcpConnection } from './tcp-connection.js';
import {
  type HandleAddress,
  type HandleBinding,
  type HandleOwner,
  type HandleRequest,
  onHandleClosed,
  onShutdown,
  onWritten,
  setOwner,
  type TcpHandle,
} from './tcp-handle.js';
import { unackedBytes } from './unacked-bytes.js';

/** Bits of the state of a connection: one number takes less memory than a field for each. */
const READING = 1;
/** The peer has ended its side. */
const PEER_ENDED = 2;
/** The end of this side was requested: nothing more is written. */
const ENDING = 4;
/** This side has ended. */
const ENDED = 8;
/** Closed, or handed on as a socket. */
const GONE = 16;
/** Bytes are read into the shared buffer. */
const SHARED = 32;

/** Makes the connections of a process. */
export class HandleConnections {
  readonly binding: HandleBinding;
  /** For the next write: most are finished at once, and leave it unused. */
  #spareRequest: HandleRequest | null = null;
  #isChecked = false;

  constructor(binding: HandleBinding) {
    this.binding = binding;
  }

  open(handle: TcpHandle): HandleConnection {
    return new HandleConnection(this, handle);
  }

  /** The check has found that all is as expected. */
  onChecked(): void {
    this.#isChecked = true;
  }

  /** Null if all is written, else the request that goes on. A number is an error. */
  write(handle: TcpHandle, output: Output): HandleRequest | number | null {
    const { WriteWrap, streamBaseState, kLastWriteWasAsync } = this.binding;
    const request = this.#spareRequest ?? new WriteWrap();
    this.#spareRequest = null;
    const error =
      typeof output === 'string'
        ? handle.writeUtf8String(request, output)
        : handle.writeBuffer(request, output);
    if (error !== 0) return error;
    const goesOn = streamBaseState[kLastWriteWasAsync] !== 0;
    // To use a request again that goes on would end the process.
    if (!this.#isChecked && goesOn !== handle.writeQueueSize > 0)
      throw new Error('not as expected: whether a write goes on');
    if (goesOn) return request;
    this.#spareRequest = request;
    return null;
  }
}

export class HandleConnection implements TcpConnection, HandleOwner {
  handler: TransportHandler = NO_HANDLER;
  address: string;
  readonly stopsAtPause = true;
  isEncrypted = false;
  #port: number;
  readonly #all: HandleConnections;
  readonly #handle: TcpHandle;
  #state = 0;
  /** Writes that are not finished. */
  #writes = 0;

  constructor(all: HandleConnections, handle: TcpHandle) {
    const { address, port = 0 } = addressFrom((out) => handle.getpeername(out));
    this.address = plainAddress(address);
    this.#port = port;
    this.#all = all;
    this.#handle = handle;
    setOwner(handle, this);
    this.resume();
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

  get hasEnded(): boolean {
    return this.#is(PEER_ENDED);
  }

  get isDestroyed(): boolean {
    return this.#is(GONE);
  }

  get textBytes(): number {
    const { streamBaseState, kBytesWritten } = this.#all.binding;
    return streamBaseState[kBytesWritten] ?? 0;
  }

  get unsentBytes(): number {
    return this.#writes === 0 || this.#is(GONE) ? 0 : this.#handle.writeQueueSize;
  }

  serve(handler: TransportHandler): void {
    this.handler = handler;
    if (this.#is(SHARED | GONE)) return;
    this.#state |= SHARED;
    this.#handle.useUserBuffer(sharedBuffer);
  }

  write(output: Output): boolean {
    if (this.#is(ENDING) || output.length === 0) return true;
    const result = this.#all.write(this.#handle, output);
    if (result === null) return true;
    if (typeof result === 'number') {
      this.destroy();
      return true;
    }
    result.oncomplete = onWritten;
    if (typeof output !== 'string') result.bytes = output;
    this.#writes++;
    return false;
  }

  pause(): void {
    if (!this.#is(READING)) return;
    this.#state &= ~READING;
    this.#handle.readStop();
  }

  resume(): void {
    if (this.#is(READING | PEER_ENDED | GONE)) return;
    this.#state |= READING;
    if (this.#handle.readStart() !== 0) this.destroy();
  }

  close(): void {
    if (this.#is(ENDING)) return;
    this.#state |= ENDING;
    const request = new this.#all.binding.ShutdownWrap();
    request.oncomplete = onShutdown;
    const error = this.#handle.shutdown(request);
    // 1: it is done already. The peer may have reset the connection: then there is nothing to end.
    if (error !== 0) this.#onEnded();
  }

  end(last: Bytes): void {
    this.write(last);
    this.close();
  }

  destroy(): void {
    if (this.#is(GONE)) return;
    this.#state = (this.#state | GONE | ENDING) & ~READING;
    this.#handle.close(onHandleClosed);
  }

  unackedBytes(tell: (bytes: number | null) => void): void {
    if (this.#is(GONE)) {
      tell(null);
      return;
    }
    const local = addressFrom((out) => this.#handle.getsockname(out));
    const remote = addressFrom((out) => this.#handle.getpeername(out));
    const addresses = {
      localAddress: local.address,
      localPort: local.port,
      remoteAddress: remote.address,
      remotePort: remote.port,
      remoteFamily: remote.family,
    };
    void unackedBytes(addresses).then(tell);
  }

  toSocket(): Socket {
    this.pause();
    this.#state |= GONE | ENDING;
    this.handler = NO_HANDLER;
    setOwner(this.#handle, null);
    // `handle` is the option with which Node makes the sockets of a server.
    const options = { handle: this.#handle, allowHalfOpen: true };
    return new Socket(options).on('error', noop);
  }

  // Called by the handle.

  onRead(memory: ArrayBuffer | undefined): void {
    const { streamBaseState, kReadBytesOrError, kArrayBufferOffset, endOfFile } = this.#all.binding;
    const length = streamBaseState[kReadBytesOrError] ?? 0;
    if (length > 0) {
      // What was read before the shared buffer was set has memory of its own.
      const offset = streamBaseState[kArrayBufferOffset];
      this.handler.onData(memory === undefined ? viewOf(length) : Buffer.from(memory, offset, length));
    } else if (length === endOfFile) this.#onPeerEnd();
    else if (length < 0) this.destroy();
  }

  onWritten(status: number): void {
    this.#writes--;
    if (this.#is(GONE)) return;
    if (status < 0) this.destroy();
    else if (this.#writes === 0 && !this.#is(ENDING)) this.handler.onDrain();
  }

  onShutdown(): void {
    this.#onEnded();
  }

  onHandleClosed(): void {
    this.handler.onClose();
  }

  #onPeerEnd(): void {
    if (this.#is(PEER_ENDED | GONE)) return;
    this.#state = (this.#state | PEER_ENDED) & ~READING;
    this.handler.onEnd();
    if (this.#is(ENDED)) this.destroy();
  }

  /** This side has ended; the connection closes when both have. */
  #onEnded(): void {
    this.#state |= ENDED;
    if (this.#is(PEER_ENDED)) this.destroy();
  }

  /** Whether any of the bits is set. */
  #is(bits: number): boolean {
    return (this.#state & bits) !== 0;
  }
}

/** Empty if the connection is gone. */
function addressFrom(fill: (out: HandleAddress) => number): HandleAddress {
  const address: HandleAddress = {};
  return fill(address) === 0 ? address : {};
}
