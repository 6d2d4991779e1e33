/**
 * Reads into one buffer for all sockets, instead of one that Node allocates for each read. `net` has this as `onread`,
 * for sockets that one connects oneself; for those a server accepts it has no door, so this goes through the window: the
 * same fields that `onread` sets, found by their names. Measured on loopback: 15 % of the CPU of a short line.
 *
 * Where a Node has no such fields this does nothing and says so, and the caller listens for 'data'.
 */
import type { Socket } from 'node:net';

/** As much as libuv reads at once. */
const BUFFER_BYTES = 64 * 1024;

/** Longer reads are rare, and pay for their view themselves. */
const MAX_KEPT_VIEW = 2048;

const shared = Buffer.allocUnsafeSlow(BUFFER_BYTES);
/** The buffer's beginnings, by length: to make such a view costs as much as to read a short line in it. */
const beginnings = new Array<Buffer | undefined>(MAX_KEPT_VIEW + 1).fill(undefined);

/** Whether `heard` will be called with what comes. The bytes hold until it returns; the next read overwrites them. */
export function readShared(socket: Socket, heard: (bytes: Buffer) => void): boolean {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return false;
  const lend: unknown = Reflect.get(handle, 'useUserBuffer');
  fields ??= fieldsOf(socket);
  if (typeof lend !== 'function' || fields === 'none') return false;
  Reflect.set(socket, fields.buffer, shared);
  Reflect.set(socket, fields.callback, (length: number) => {
    heard(beginningOf(length));
    return true;
  });
  Reflect.apply(lend, handle, [shared]);
  return true;
}

function beginningOf(length: number): Buffer {
  if (length > MAX_KEPT_VIEW) return shared.subarray(0, length);
  const view = beginnings[length] ?? shared.subarray(0, length);
  beginnings[length] = view;
  return view;
}

interface Fields {
  readonly buffer: symbol;
  readonly callback: symbol;
}

let fields: Fields | 'none' | undefined;

function fieldsOf(socket: Socket): Fields | 'none' {
  const named = (name: string) =>
    Object.getOwnPropertySymbols(socket).find(({ description }) => description === name);
  const buffer = named('kBuffer');
  const callback = named('kBufferCb');
  return buffer === undefined || callback === undefined ? 'none' : { buffer, callback };
}
