/**
 * Partyline's two entries in the header of its data file, in fields that SQLite leaves to programs: `application_id` has
 * the signature and the number of the last migration, `user_version` a count that each transaction increases.
 * Both are at fixed offsets of the first page, so they can be read without SQLite, which modifies the files it opens.
 */
import { randomInt } from 'node:crypto';
import { readSync, writeSync } from 'node:fs';
import type { Database } from './sqlite.js';

/** `PA`, the upper half of `application_id`; the lower half is the number of the last migration. */
const SIGNATURE = 0x5041;
const APPLICATION_ID_OFFSET = 68;
const USER_VERSION_OFFSET = 60;

/** The number of the last migration that was applied to the file; 0 for a new one. */
export function schemaVersion(database: Database): number {
  return Number(database.pragma('application_id')) & 0xffff;
}

export function setSchemaVersion(database: Database, version: number): void {
  database.pragma(`application_id = ${SIGNATURE * 0x10000 + version}`);
}

export const TRANSACTION_COUNT = 'PRAGMA user_version';

/** Sets the number of transactions. Each transaction increases it, so that a truncated log can be detected. */
export function setTransactionCount(database: Database, count: number): void {
  database.exec(`PRAGMA user_version = ${count | 0}`);
}

/** More transactions than can be lost with the end of a log. */
export const MAX_LOST = 2 ** 24;

/**
 * Moves the count of a copy far away from that of the original, whose log does not fit it then. `file` is a descriptor; no
 * program may have the copy open.
 */
export function renumber(file: number): void {
  const count = Buffer.alloc(4);
  readSync(file, count, 0, 4, USER_VERSION_OFFSET);
  count.writeInt32BE((count.readInt32BE() + randomInt(2 * MAX_LOST, 2 ** 31)) | 0);
  writeSync(file, count, 0, 4, USER_VERSION_OFFSET);
}

export function hasSignature(firstPage: Buffer): boolean {
  return firstPage.readUInt16BE(APPLICATION_ID_OFFSET) === SIGNATURE;
}

/** How many transactions the first page `ahead` has more than `behind`. The 32-bit count may have wrapped around. */
export function transactionsBetween(ahead: Buffer, behind: Buffer): number {
  return (ahead.readInt32BE(USER_VERSION_OFFSET) - behind.readInt32BE(USER_VERSION_OFFSET)) | 0;
}
