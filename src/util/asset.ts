/** Reads the files that come with the program: they are in the npm package, or in the single executable itself. */
import { readFileSync } from 'node:fs';
import { getAsset, isSea } from 'node:sea';

/** From `src/util`, `dist/util` and `dist/bundle`. */
const ROOT = '../../';

/** The code of the thread that writes the data file, as a text: a thread cannot run a file of the single executable. */
export const DISK_WORKER = 'dist/bundle/disk-worker.cjs';

/**
 * @param path relative to the root of the package, such as `docs/protocol.md`; `scripts/onefile.ts` lists those in the
 * executable
 */
export function readAsset(path: string): Buffer {
  if (isSea()) return Buffer.from(getAsset(path));
  return readFileSync(new URL(ROOT + path, import.meta.url));
}
