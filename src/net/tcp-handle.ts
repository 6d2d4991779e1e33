/**
 * The handles of libuv's TCP streams, as Node gives them to its own `net`. They have no public API. Node 20 to 26 have
 * them in the same form; whether they behave as expected is checked at the start (handle-check.ts).
 */
import type { Server } from 'node:net';

/** One end of a connection, as `getpeername` and `getsockname` fill it in. */
export interface HandleAddress {
  address?: string;
  port?: number;
  family?: string;
}

/** The owner of a handle, so that all handles share their callbacks: a closure for each would cost memory. */
const OWNER = Symbol('owner');

export interface HandleOwner {
  /** Bytes were read, or reading failed. Without `memory`, they are in the buffer that was set. */
  onRead(memory: ArrayBuffer | undefined): void;
  /** A write that went on has ended; a negative status is an error. */
  onWritten(status: number): void;
  /** The sending side has ended. */
  onShutdown(): void;
  /** The handle is closed. Always the last call. */
  onHandleClosed(): void;
}

/** A write or a shutdown that was not finished at once. */
export interface HandleRequest {
  oncomplete?: (this: HandleRequest, status: number, handle: TcpHandle) => void;
  /** Keeps the bytes in memory until they are written. */
  bytes?: Uint8Array;
}

/** Methods return 0, or a negative error of libuv. */
export interface TcpHandle {
  [OWNER]?: HandleOwner | null;
  onread: (this: TcpHandle, memory?: ArrayBuffer) => void;
  /** Bytes that wait to be written. */
  readonly writeQueueSize: number;
  readStart(): number;
  readStop(): number;
  writeBuffer(request: HandleRequest, bytes: Uint8Array): number;
  /** Copies what is not written at once. */
  writeUtf8String(request: HandleRequest, text: string): number;
  /** Ends the sending side once everything is written. */
  shutdown(request: HandleRequest): number;
  /** Has all reads go into this memory. */
  useUserBuffer(memory: Uint8Array): void;
  close(onClosed: (this: TcpHandle) => void): void;
  setNoDelay(isOn: boolean): number;
  setKeepAlive(isOn: boolean, delaySeconds: number): number;
  getpeername(address: HandleAddress): number;
  getsockname(address: HandleAddress): number;
}

interface StreamBinding {
  readonly WriteWrap: new () => HandleRequest;
  readonly ShutdownWrap: new () => HandleRequest;
  /** The results of the last call, at the indexes that follow. */
  readonly streamBaseState: Int32Array;
  /** Bytes of a read, or a negative error. */
  readonly kReadBytesOrError: number;
  /** Where the bytes begin in the memory of a read. */
  readonly kArrayBufferOffset: number;
  /** Bytes of a write, written or not. */
  readonly kBytesWritten: number;
  /** Whether a write goes on. */
  readonly kLastWriteWasAsync: number;
}

export interface HandleBinding extends StreamBinding {
  /** The "error" of a read that tells that the peer has ended its side. */
  readonly endOfFile: number;
}

export function setOwner(handle: TcpHandle, owner: HandleOwner | null): void {
  handle[OWNER] = owner;
  handle.onread = onRead;
}

function onRead(this: TcpHandle, memory?: ArrayBuffer): void {
  this[OWNER]?.onRead(memory);
}

export function onWritten(this: HandleRequest, status: number, handle: TcpHandle): void {
  handle[OWNER]?.onWritten(status);
}

export function onShutdown(this: HandleRequest, _status: number, handle: TcpHandle): void {
  handle[OWNER]?.onShutdown();
}

export function onHandleClosed(this: TcpHandle): void {
  this[OWNER]?.onHandleClosed();
}

/** Null if this version of Node lacks something. */
export function handleBinding(): HandleBinding | null {
  const stream = binding('stream_wrap');
  const endOfFile: unknown = propertyOf(binding('uv'), 'UV_EOF');
  if (!isStreamBinding(stream) || typeof endOfFile !== 'number') return null;
  const { WriteWrap, ShutdownWrap, streamBaseState } = stream;
  const { kReadBytesOrError, kArrayBufferOffset, kBytesWritten, kLastWriteWasAsync } = stream;
  const indexes = { kReadBytesOrError, kArrayBufferOffset, kBytesWritten, kLastWriteWasAsync };
  return { WriteWrap, ShutdownWrap, streamBaseState, ...indexes, endOfFile };
}

/**
 * Has a listening server pass on handles in place of sockets. False if this version of Node lacks something. `prepare` is
 * called for each handle, or once for that of the listener where the system copies its options to what it accepts.
 */
export function acceptHandles(
  server: Server,
  prepare: (handle: TcpHandle) => void,
  onConnection: (handle: TcpHandle) => void,
): boolean {
  const listener: unknown = propertyOf(server, '_handle');
  const accept: unknown = propertyOf(listener, 'onconnection');
  if (!isTcpHandle(listener) || typeof accept !== 'function') return false;
  // A login costs four system calls less.
  const isInherited = process.platform === 'linux';
  if (isInherited) prepare(listener);
  return Reflect.set(listener, 'onconnection', function (this: unknown, error: number, handle: unknown) {
    // Node reports errors itself, as those of the server.
    if (error !== 0 || !isTcpHandle(handle)) {
      Reflect.apply(accept, this, [error, handle]);
      return;
    }
    if (!isInherited) prepare(handle);
    onConnection(handle);
  });
}

/** Deprecated in the documentation only (DEP0111): packages depend on it. */
function binding(name: string): unknown {
  const load: unknown = propertyOf(process, 'binding');
  try {
    return typeof load === 'function' ? Reflect.apply(load, process, [name]) : null;
  } catch {
    // Without it, or not permitted to this process (--permission).
    return null;
  }
}

function isStreamBinding(value: unknown): value is StreamBinding {
  const indexes = ['kReadBytesOrError', 'kArrayBufferOffset', 'kBytesWritten', 'kLastWriteWasAsync'];
  return (
    ['WriteWrap', 'ShutdownWrap'].every((name) => typeof propertyOf(value, name) === 'function') &&
    propertyOf(value, 'streamBaseState') instanceof Int32Array &&
    indexes.every((name) => typeof propertyOf(value, name) === 'number')
  );
}

const METHODS = [
  'readStart',
  'readStop',
  'writeBuffer',
  'writeUtf8String',
  'shutdown',
  'useUserBuffer',
  'close',
  'setNoDelay',
  'setKeepAlive',
  'getpeername',
  'getsockname',
];

/** All handles have the same prototype, so one is looked at. */
const prototypes = new WeakSet<object>();

function isTcpHandle(value: unknown): value is TcpHandle {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Reflect.getPrototypeOf(value);
  if (typeof prototype !== 'object' || prototype === null) return false;
  if (prototypes.has(prototype)) return true;
  const isComplete =
    METHODS.every((name) => typeof propertyOf(value, name) === 'function') &&
    typeof propertyOf(value, 'writeQueueSize') === 'number';
  if (isComplete) prototypes.add(prototype);
  return isComplete;
}

function propertyOf(value: unknown, name: string): unknown {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
    ? Reflect.get(value, name)
    : undefined;
}
