/**
 * What Partyline writes into the header of its data file, in the two numbers that SQLite leaves to programs: whose file
 * it is and of which form (`application_id`), and how many transactions it has seen (`user_version`). They stand at
 * fixed places of the first page, so that they can be read without SQLite, which changes what it opens.
 */
import type { Database } from './sqlite.js';

/** `PA`, above the number of the last migration. */
const OURS = 0x5041;
const APPLICATION_ID_AT = 68;
const USER_VERSION_AT = 60;

/** The number of the last migration the file has seen; 0 for a new one. */
export function schemaVersion(database: Database): number {
  return Number(database.pragma('application_id', { simple: true })) & 0xffff;
}

export function setSchemaVersion(database: Database, version: number): void {
  database.pragma(`application_id = ${OURS * 0x10000 + version}`);
}

export const TRANSACTION_COUNT = 'PRAGMA user_version';

/** One more transaction. Every transaction counts itself, so that a log that was cut can be told from a whole one. */
export function countTransaction(database: Database, count: number): void {
  database.exec(`PRAGMA user_version = ${count | 0}`);
}

export function isOurs(firstPage: Buffer): boolean {
  return firstPage.readUInt16BE(APPLICATION_ID_AT) === OURS;
}

/** How many transactions the first of these pages is ahead of the second. The count may have begun anew. */
export function transactionsBetween(ahead: Buffer, behind: Buffer): number {
  return (ahead.readInt32BE(USER_VERSION_AT) - behind.readInt32BE(USER_VERSION_AT)) | 0;
}
