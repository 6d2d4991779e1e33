/** Temporary folders that are removed after the test. */
import { cpSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

const REMOVE_ATTEMPTS = 50;

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-test-'));
  onTestFinished(() => remove(folder));
  return folder;
}

/** A program that was ended, or a process of its own, may still write its last files for some seconds. */
async function remove(folder: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await rm(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      if (attempt === REMOVE_ATTEMPTS) throw error;
      await delay(100);
    }
  }
}

/** A copy of the folder as `kill -9` would leave it: with all writes, and without a clean close. */
export function asAfterKill(folder: string): string {
  const copy = temporaryFolder();
  cpSync(folder, copy, { recursive: true, filter: (path) => !path.endsWith('-shm') });
  return copy;
}
