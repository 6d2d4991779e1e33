/** Small disks that tests fill and empty. They need the permission to mount. */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './folders.js';

export const canMount = checkMount();

/** Whether a small disk can be mounted; if not, standard error says so. */
function checkMount(): boolean {
  const folder = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'pipe' });
    execFileSync('umount', [folder]);
    return true;
  } catch (error) {
    process.stderr.write(`full-disk tests are skipped: no disk can be mounted (${String(error)})\n`);
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A disk of this size. */
export function smallDisk(mebibytes = 2): string {
  const folder = temporaryFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=700`, 'tmpfs', folder]);
  onTestFinished(() => void execFileSync('umount', ['-l', folder]));
  return folder;
}

/** Fills a disk to its last byte. The returned function empties it again. */
export function fill(disk: string): () => void {
  const filler = join(disk, 'filler');
  for (const size of [65_536, 4096, 512, 1]) {
    for (;;) {
      try {
        writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
      } catch {
        break;
      }
    }
  }
  return () => rmSync(filler);
}
