/** The code of an error of the system or a library, which is more stable than its message. */

/** Such as `ENOSPC` or `SQLITE_BUSY`; '' if the error has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** For messages: the code, or the whole error if it has none. */
export function codeOrWords(error: unknown): string {
  return codeOf(error) || String(error);
}
