/**
 * Checks the data file before SQLite opens it, and then its tables, without changing any data. SQLite trusts what it
 * finds: it would write into another program's database, use a truncated file until a missing page is needed, and apply
 * an old write-ahead log to newer pages.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { codeOf } from '../util/error-code.js';
import { DatabaseError, OTHER_FOLDER } from './database-error.js';
import { openSqlite } from './driver.js';
import { hasSignature, MAX_LOST, transactionsBetween } from './file-header.js';
import { type WalState, readWal } from './wal.js';

const HEADER_BYTES = 100;
const SQLITE_SIGNATURE = Buffer.from('SQLite format 3\0');

const NOT_OURS = 'not a Partyline database';
const TRUNCATED = 'the file is truncated';
const DAMAGED = 'the file is damaged';
const OTHER_LOG = 'it does not match the write-ahead log (-wal) beside it';

/**
 * Tables that grow with the history, and the query that is run in place of a check, which would take minutes. That of
 * `message_words` only opens the search index.
 */
const LARGE_TABLES = new Map([
  ['messages', 'SELECT id FROM messages ORDER BY id DESC LIMIT 1'],
  ['message_words', 'SELECT 1 FROM message_words LIMIT 0'],
]);

/** Whether a data file exists at `path`. @throws DatabaseError if it must not be opened. */
export function checkIntegrity(path: string): 'absent' | 'sound' {
  const log = readWal(`${path}-wal`);
  const isLogLost = hasIndexWithoutLog(path);
  if (!existsSync(path)) {
    if (log !== null) throw unusable(path, 'the file is missing, but its write-ahead log (-wal) exists');
    if (isLogLost) throw unusable(path, 'the file is missing, but the index of its log (-shm) exists');
    return 'absent';
  }
  const file = openSync(path, 'r');
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw unusable(path, 'not a regular file');
    if (stats.nlink > 1) {
      throw new DatabaseError(
        `partyline: cannot use ${path}: it has another name (a hard link), under which a program would not see its log; remove the other name, ${OTHER_FOLDER}`,
      );
    }
    if (isLogLost)
      throw unusable(path, 'its write-ahead log (-wal) is missing, but the index of the log (-shm) exists');
    const { size } = stats;
    const header = Buffer.alloc(HEADER_BYTES);
    readSync(file, header, 0, HEADER_BYTES, 0);
    checkHeader(path, header, size);
    checkLog(path, header, log);
    checkLength(path, header, size, log);
    return 'sound';
  } finally {
    closeSync(file);
  }
}

/**
 * An index alone shows that the log was deleted or not copied: SQLite creates it after the log, and removes it before. The
 * log is looked for on both sides, since a command of the command line may do either just now.
 */
function hasIndexWithoutLog(path: string): boolean {
  const isLogMissing = () => !existsSync(`${path}-wal`);
  return isLogMissing() && existsSync(`${path}-shm`) && isLogMissing();
}

function checkHeader(path: string, header: Buffer, size: number): void {
  const start = header.subarray(0, Math.min(size, SQLITE_SIGNATURE.length));
  if (!start.equals(SQLITE_SIGNATURE.subarray(0, start.length))) throw unusable(path, NOT_OURS);
  if (size < HEADER_BYTES) throw unusable(path, TRUNCATED);
  if (!hasSignature(header)) throw unusable(path, NOT_OURS);
}

/** Every page must be in the file or in the log: after a crash, the last pages may exist only in the log. */
function checkLength(path: string, header: Buffer, size: number, log: WalState | null): void {
  const pageBytes = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  const pageCount = log?.pageCount ?? header.readUInt32BE(28);
  for (let page = Math.floor(size / pageBytes) + 1; page <= pageCount; page++) {
    if (log?.pages.has(page) !== true) throw unusable(path, TRUNCATED);
  }
}

/**
 * The log must begin at the file's transaction count or earlier, and must not end before it. If another program was
 * reading during the last checkpoint, SQLite copied the log only in part and without the page that has the count;
 * truncation cannot be detected then.
 */
function checkLog(path: string, header: Buffer, log: WalState | null): void {
  if (log?.firstPage == null) return;
  const { first, last } = log.firstPage;
  const lost = transactionsBetween(header, last);
  if (lost > MAX_LOST || transactionsBetween(first, header) > 1) throw unusable(path, OTHER_LOG);
  if (lost > 0) throw unusable(path, 'the end of its write-ahead log (-wal) is missing');
}

/**
 * Checks all pages of all tables except the largest. Of those it reads the newest message, and opens the search index.
 * Without this check the first write would find the damage, and every message would be refused. @throws DatabaseError
 */
export function checkTables(path: string, busyTimeoutMs: number): void {
  // When a connection that may write is closed, it copies the log into the file.
  const isReadOnly = existsSync(`${path}-wal`);
  const database = openSqlite(path, { busyTimeoutMs, mustExist: true, isReadOnly });
  try {
    const names = database.prepareValue<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'");
    for (const name of names.all()) {
      const query = LARGE_TABLES.get(name);
      if (query !== undefined) database.prepare(query).get();
      // The search index has tables of its own.
      else if (!name.startsWith('message_words') && database.pragma(`quick_check("${name}")`) !== 'ok')
        throw unusable(path, DAMAGED);
    }
  } catch (error) {
    throw codeOf(error).startsWith('SQLITE_CORRUPT') ? unusable(path, DAMAGED) : error;
  } finally {
    database.close();
  }
}

function unusable(path: string, cause: string): DatabaseError {
  return new DatabaseError(
    `partyline: cannot use ${path}: ${cause}; move it and its -wal and -shm files away and restore a backup, ${OTHER_FOLDER}`,
  );
}
