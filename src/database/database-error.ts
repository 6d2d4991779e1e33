/** A data folder that cannot be used, in words for whoever runs the server. */

import { codeOf } from '../util/error-code.js';

/** Its message is one line that says what is wrong and what to do. */
export class DatabaseError extends Error {
  override readonly name = 'StoreError';
}

/** What the system or SQLite said of the folder or of a file in it. */
export function describeFailure(error: unknown, folder: string): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const code = codeOf(error);
  return new DatabaseError(`partyline: ${describe(code, folder)}`, { cause: error });
}

function describe(code: string, folder: string): string {
  const otherPlace = 'or choose another folder with --data-dir';
  if (code === 'SQLITE_IOERR_SHMSIZE') return describe('ENOSPC', folder);
  switch (code.replace(/^(SQLITE_[A-Z]+)_.*/, '$1')) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'SQLITE_FULL':
      return `the disk of ${folder} is full; make room there, ${otherPlace}`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOENT': // what a read-only disk says when a folder is to be made with those above it
    case 'SQLITE_READONLY':
    case 'SQLITE_PERM':
    case 'SQLITE_CANTOPEN':
      return `${folder} cannot be written to; give the server's user the right to, ${otherPlace}`;
    case 'EEXIST':
    case 'ENOTDIR':
      return `${folder} is not a folder; move it away, ${otherPlace}`;
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
      return `the history in ${folder} is locked by another program; end that program, ${otherPlace}`;
    case 'SQLITE_NOTADB':
      return `the file partyline.db in ${folder} is no database of Partyline; move it away, ${otherPlace}`;
    case 'SQLITE_CORRUPT':
      return `the history in ${folder} is damaged; put a backup in its place, ${otherPlace}`;
    default:
      return `the history in ${folder} cannot be used (${code || 'unknown error'}); see that the disk is sound, ${otherPlace}`;
  }
}
