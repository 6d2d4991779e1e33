/**
 * What SQLite will take out of `partyline.db-wal` when it opens the file: the transactions whose every checksum is
 * right, up to the first that is not (https://www.sqlite.org/fileformat2.html#walformat). Only read, never changed.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { codeOf } from '../util/error-code.js';

export interface WalState {
  /** The numbers of the pages that the log has. */
  readonly pages: ReadonlySet<number>;
  /** Pages of the whole file after the last transaction. */
  readonly pageCount: number;
  /** The first page as the first transaction left it, and as the last did. */
  readonly firstPage: { readonly first: Buffer; readonly last: Buffer } | null;
}

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x377f0682;

/** Null if there is no log, or no whole transaction in it. */
export function readWal(path: string): WalState | null {
  const file = openIfThere(path);
  if (file === null) return null;
  try {
    return readTransactions(file, fstatSync(file).size);
  } finally {
    closeSync(file);
  }
}

function readTransactions(file: number, size: number): WalState | null {
  if (size < HEADER_BYTES) return null;
  const header = read(file, 0, HEADER_BYTES);
  const magic = header.readUInt32BE(0);
  if (magic !== MAGIC && magic !== MAGIC + 1) return null;
  const checksum = new Checksum(magic === MAGIC);
  if (!checksum.add(header, 0, 24).equals(header, 24)) return null;

  const frameBytes = FRAME_HEADER_BYTES + header.readUInt32BE(8);
  const pages = new Set<number>();
  let pageCount = 0;
  let unfinished: number[] = [];
  let oldest: Buffer | null = null;
  let newest: Buffer | null = null;
  let latest: Buffer | null = null;
  for (let at = HEADER_BYTES; at + frameBytes <= size; at += frameBytes) {
    const frame = read(file, at, frameBytes);
    if (frame.compare(header, 16, 24, 8, 16) !== 0) break; // of an earlier round of the log
    if (!checksum.add(frame, 0, 8).add(frame, FRAME_HEADER_BYTES, frameBytes).equals(frame, 16)) break;
    const page = frame.readUInt32BE(0);
    unfinished.push(page);
    if (page === 1) newest = frame.subarray(FRAME_HEADER_BYTES);
    const countAfterCommit = frame.readUInt32BE(4);
    if (countAfterCommit === 0) continue;
    for (const each of unfinished) pages.add(each);
    unfinished = [];
    pageCount = countAfterCommit;
    oldest ??= newest;
    latest = newest;
  }
  if (pageCount === 0) return null;
  const firstPage = oldest === null || latest === null ? null : { first: oldest, last: latest };
  return { pages, pageCount, firstPage };
}

/** The log's own sum, which goes on from frame to frame. */
class Checksum {
  #a = 0;
  #b = 0;
  readonly #littleEndian: boolean;

  constructor(littleEndian: boolean) {
    this.#littleEndian = littleEndian;
  }

  /** Of whole pairs of 32-bit words. */
  add(bytes: Buffer, start: number, end: number): this {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    for (let at = start; at < end; at += 8) {
      this.#a = (this.#a + view.getUint32(at, this.#littleEndian) + this.#b) >>> 0;
      this.#b = (this.#b + view.getUint32(at + 4, this.#littleEndian) + this.#a) >>> 0;
    }
    return this;
  }

  equals(bytes: Buffer, at: number): boolean {
    return bytes.readUInt32BE(at) === this.#a && bytes.readUInt32BE(at + 4) === this.#b;
  }
}

function openIfThere(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function read(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, at);
  return bytes;
}
