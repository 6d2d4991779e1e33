/**
 * Looks at the data file before SQLite does, and touches nothing. SQLite trusts what it finds: it would write into
 * another program's database, go on with half a file until somebody asks for the other half, and lay an old log
 * over newer pages.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { isOurs, transactionsBetween } from './file-header.js';
import { DatabaseError } from './database-error.js';
import { type WalState, readWal } from './wal.js';

const HEADER_BYTES = 100;
const SIGNATURE = Buffer.from('SQLite format 3\0');

/** Whether there is a data file at `path`. @throws DatabaseError if it cannot be used as it is */
export function checkIntegrity(path: string): 'absent' | 'sound' {
  const log = readWal(`${path}-wal`);
  if (!existsSync(path)) {
    if (log === null) return 'absent';
    throw unusable(path, 'is gone, and its log is still there');
  }
  const file = openSync(path, 'r');
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw unusable(path, 'is no file');
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

function checkHeader(path: string, header: Buffer, size: number): void {
  const known = header.subarray(0, Math.min(size, SIGNATURE.length));
  if (!known.equals(SIGNATURE.subarray(0, known.length))) throw unusable(path, 'is no database of Partyline');
  if (size < HEADER_BYTES) throw unusable(path, 'was cut short');
  if (!isOurs(header)) throw unusable(path, 'is no database of Partyline');
}

/** Every page must be in the file or in the log. A crash may leave the end of the file in the log alone. */
function checkLength(path: string, header: Buffer, size: number, log: WalState | null): void {
  const pageBytes = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  const pageCount = log?.pageCount ?? header.readUInt32BE(28);
  for (let page = Math.floor(size / pageBytes) + 1; page <= pageCount; page++) {
    if (log?.pages.has(page) !== true) throw unusable(path, 'was cut short');
  }
}

/**
 * The log goes on from where the file is, and ends no earlier than what the file has of it already. (A log that another
 * program was reading just then is copied in part, without the page that counts; that it was cut cannot be seen.)
 */
function checkLog(path: string, header: Buffer, log: WalState | null): void {
  if (log?.firstPage == null) return;
  const { first, last } = log.firstPage;
  if (transactionsBetween(header, last) > 0) throw unusable(path, 'has lost the end of its log');
  if (transactionsBetween(first, header) > 1)
    throw unusable(path, 'does not belong to the log (-wal) beside it');
}

function unusable(path: string, what: string): DatabaseError {
  return new DatabaseError(
    `partyline: ${path} ${what}; move it away with its -wal and -shm files and put a backup in its place, or choose another folder with --data-dir`,
  );
}
