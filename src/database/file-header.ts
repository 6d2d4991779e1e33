/**
 * Partyline's two entries in the header of its data file, in fields that SQLite leaves to programs: `application_id` has
 * the signature and the number of the last migration, `user_version` the number of transactions. Both are at fixed
 * offsets of the first page, so they can be read without SQLite, which modifies the files it opens.
 */
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
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

/**
 * Gives a copy a number of transactions of its own, as random as its 32 bits allow: a log of the original file does not
 * fit it. `file` is a descriptor; no program may have the copy open.
 */
export function renumber(file: number): void {
  writeSync(file, randomBytes(4), 0, 4, USER_VERSION_OFFSET);
}

export function hasSignature(firstPage: Buffer): boolean {
  return firstPage.readUInt16BE(APPLICATION_ID_OFFSET) === SIGNATURE;
}

/** How many transactions the first page `ahead` has more than `behind`. The 32-bit count may have wrapped around. */
export function transactionsBetween(ahead: Buffer, behind: Buffer): number {
  return (ahead.readInt32BE(USER_VERSION_OFFSET) - behind.readInt32BE(USER_VERSION_OFFSET)) | 0;
}
