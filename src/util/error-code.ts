/** The code of an error of the system or a library, which is more stable than its message. */

/** Such as `ENOSPC` or `SQLITE_BUSY`; '' if the error has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** For messages: the words of a usual cause, else the code, else the whole error. */
export function codeOrWords(error: unknown): string {
  const code = codeOf(error);
  return WORDS.get(code) ?? (code || String(error));
}

/** Whether the disk or the quota is full. */
export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'SQLITE_FULL'].includes(codeOf(error));
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['EROFS', 'read-only file system'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['ENOENT', 'no such file or folder'],
  ['EISDIR', 'it is a folder'],
  ['ENOTDIR', 'a parent is not a folder'],
  ['ELOOP', 'its symbolic links form a loop'],
  ['EIO', 'input/output error'],
  ['ENOSPC', 'the disk is full'],
  ['SQLITE_FULL', 'the disk is full'],
  ['EDQUOT', 'the disk quota is used up'],
]);
