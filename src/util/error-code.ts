/** What the system or a library calls an error, which says more to a program than its message. */

/** `ENOSPC`, `SQLITE_BUSY`; '' if it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** The same for people: an error without a code in its own words. */
export function codeOrWords(error: unknown): string {
  return codeOf(error) || String(error);
}
