/** Warns of files that other users of the machine can use: a data directory they can write, a key they can read. */
import { statSync } from 'node:fs';

const WRITABLE_BY_OTHERS = 0o002;
const WRITABLE_BY_GROUP = 0o020;
const READABLE_BY_OTHERS = 0o004;

/** The warning about a data directory; null if only its owner can write it, or the group of this process. */
export function writableFolderWarning(folder: string): string | null {
  const stats = statsOf(folder);
  if (stats === null) return null;
  const isForeignGroup = stats.gid !== process.getgid?.();
  const forbidden = WRITABLE_BY_OTHERS | (isForeignGroup ? WRITABLE_BY_GROUP : 0);
  if ((stats.mode & forbidden) === 0) return null;
  return (
    `DATA_DIR ${JSON.stringify(folder)} can be written by other users (mode ${modeOf(stats.mode)}), ` +
    'who can replace the data file; run chmod 700 on it'
  );
}

/**
 * The warning about a secret file; null if not all users can read it. A group may: `ssl-cert` of Debian does. `danger` is
 * what its readers can do.
 */
export function readableKeyWarning(
  setting: string,
  file: string,
  danger = 'decrypt and forge connections',
): string | null {
  const stats = statsOf(file);
  if (stats === null || (stats.mode & READABLE_BY_OTHERS) === 0) return null;
  return (
    `${setting} ${JSON.stringify(file)} can be read by all users (mode ${modeOf(stats.mode)}), ` +
    `who can then ${danger}; run chmod 600 on it`
  );
}

/** Null if there is no such file, or on Windows, where modes mean nothing. */
function statsOf(path: string) {
  return process.platform === 'win32' ? null : (statSync(path, { throwIfNoEntry: false }) ?? null);
}

function modeOf(mode: number): string {
  return (mode & 0o777).toString(8).padStart(3, '0');
}
