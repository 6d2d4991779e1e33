/**
 * Reads from `partyline.db-wal` what SQLite would apply when it opens the file: all transactions up to the first wrong
 * checksum (https://www.sqlite.org/fileformat2.html#walformat). The log is never changed.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { codeOf } from '../util/error-code.js';

export interface WalState {
  /** The numbers of the pages in the log. */
  readonly pages: ReadonlySet<number>;
  /** The size of the data file in pages after the last transaction. */
  readonly pageCount: number;
  /** The data file's first page after the first and after the last transaction; null if the log has none. */
  readonly firstPage: { readonly first: Buffer; readonly last: Buffer } | null;
}

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x377f0682;

/** Null if there is no log, or no complete transaction in it. */
export function readWal(path: string): WalState | null {
  const file = openIfExists(path);
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
  let uncommitted: number[] = [];
  let newestFirstPage: Buffer | null = null;
  let first: Buffer | null = null;
  let last: Buffer | null = null;
  for (let offset = HEADER_BYTES; offset + frameBytes <= size; offset += frameBytes) {
    const frame = read(file, offset, frameBytes);
    if (frame.compare(header, 16, 24, 8, 16) !== 0) break; // another salt: left from before the log was restarted
    if (!checksum.add(frame, 0, 8).add(frame, FRAME_HEADER_BYTES, frameBytes).equals(frame, 16)) break;
    const page = frame.readUInt32BE(0);
    uncommitted.push(page);
    if (page === 1) newestFirstPage = frame.subarray(FRAME_HEADER_BYTES);
    const pageCountAfterCommit = frame.readUInt32BE(4); // 0 except in the last frame of a transaction
    if (pageCountAfterCommit === 0) continue;
    for (const number of uncommitted) pages.add(number);
    uncommitted = [];
    pageCount = pageCountAfterCommit;
    first ??= newestFirstPage;
    last = newestFirstPage;
  }
  if (pageCount === 0) return null;
  return { pages, pageCount, firstPage: first === null || last === null ? null : { first, last } };
}

/** The cumulative checksum of the log's header and frames. */
class Checksum {
  #a = 0;
  #b = 0;
  readonly #littleEndian: boolean;

  constructor(littleEndian: boolean) {
    this.#littleEndian = littleEndian;
  }

  /** Adds a range whose length is a multiple of 8: the checksum is over pairs of 32-bit words. */
  add(bytes: Buffer, start: number, end: number): this {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    for (let offset = start; offset < end; offset += 8) {
      this.#a = (this.#a + view.getUint32(offset, this.#littleEndian) + this.#b) >>> 0;
      this.#b = (this.#b + view.getUint32(offset + 4, this.#littleEndian) + this.#a) >>> 0;
    }
    return this;
  }

  equals(bytes: Buffer, offset: number): boolean {
    return bytes.readUInt32BE(offset) === this.#a && bytes.readUInt32BE(offset + 4) === this.#b;
  }
}

function openIfExists(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function read(file: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, offset);
  return bytes;
}
