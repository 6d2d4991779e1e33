/** Turns an error of the data directory into one line for the administrator: what failed, the cause, what to do. */
import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../util/error-code.js';

/** Its message is one line that begins with `partyline: `; the server prints it and exits with code 2. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
}

export const OTHER_FOLDER = 'or choose another folder with --data-dir';

/** An error of the file system or of SQLite in this folder. A DatabaseError is returned unchanged. */
export function describeFailure(error: unknown, folder: string): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const blocked = codeOf(error).startsWith('SQLITE_CANTOPEN') ? folderAmongFiles(folder) : null;
  const problem =
    blocked === null
      ? describe(causeOf(codeOf(error), folder), folder)
      : `cannot use ${blocked}: it is a folder; move it away`;
  return new DatabaseError(`partyline: ${problem} ${OTHER_FOLDER}`, { cause: error });
}

function describe(code: string, folder: string): string {
  const file = join(folder, 'partyline.db');
  switch (code) {
    case 'ENOSPC':
    case 'SQLITE_FULL':
      return `cannot write ${folder}: the disk is full; free disk space`;
    case 'EDQUOT':
      return `cannot write ${folder}: the disk quota is used up; free disk space`;
    case 'EROFS':
      return `cannot write ${folder}: read-only file system; mount it read-write`;
    case 'EACCES':
    case 'EPERM':
      return `cannot write ${folder}: permission denied; give this user write access`;
    case 'ENOENT':
      return `cannot create ${folder}: its parent folder does not exist; create the parent folder`;
    case 'EEXIST':
    case 'ENOTDIR':
      return `cannot use ${folder}: it or a parent is not a folder; move that file away`;
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
      return `cannot use ${file}: locked by another program; end that program`;
    case 'SQLITE_NOTADB':
      return `cannot use ${file}: not a Partyline database; move it away`;
    case 'SQLITE_CORRUPT':
      return `cannot use ${file}: the file is damaged; move it and its -wal and -shm files away and restore a backup,`;
    default:
      return `cannot use ${folder}: ${code || 'unknown error'}; check the disk`;
  }
}

/** SQLite's primary code. Where it has one for several causes, the code with which the system denies access. */
function causeOf(code: string, folder: string): string {
  if (code === 'SQLITE_IOERR_SHMSIZE') return 'ENOSPC'; // the -shm file cannot grow
  const primary = code.replace(/^(SQLITE_[A-Z]+)_.*/, '$1');
  if (primary !== 'SQLITE_READONLY' && primary !== 'SQLITE_CANTOPEN' && primary !== 'SQLITE_PERM')
    return primary;
  const denied = ['', ...FILES].map((name) => accessError(join(folder, name))).find((each) => each !== '');
  return denied ?? code;
}

const FILES = ['partyline.lock', 'partyline.db', 'partyline.db-wal', 'partyline.db-shm'];

/** The path of a file of the data directory that is a folder; null if there is none. */
function folderAmongFiles(folder: string): string | null {
  const paths = FILES.map((name) => join(folder, name));
  return paths.find((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) ?? null;
}

/** Why a path cannot be written: EROFS, EACCES; '' if it can, or is missing. */
function accessError(path: string): string {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return '';
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? '' : codeOf(error);
  }
}
