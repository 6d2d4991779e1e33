/**
 * Builds the executable for this machine twice, which needs the npm registry, and the one for arm64 if an emulator can run
 * it. Hands their places to the tests.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    readonly built: Built;
  }
}

interface Built {
  /** Why there is nothing to test, for the titles; empty if there is. */
  readonly reason: string;
  /** What `npm run onefile` made. */
  readonly folder: string;
  /** The same without `.xz`. */
  readonly again: string;
  /** The executable for arm64, without `.xz`, and why there is none to run. */
  readonly arm64: { readonly reason: string; readonly folder: string };
}

/** Runs a program for arm64 on x64. Debian: qemu-user-static, and libstdc++6-arm64-cross for its libraries. */
const LIBRARIES = '/usr/aarch64-linux-gnu';
export const EMULATOR = ['qemu-aarch64-static', '-L', LIBRARIES];

const ROOT = resolve(import.meta.dirname, '../..');
const UNREACHABLE = /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH)\b/;

export default function setup(project: TestProject): () => void {
  const scratch = mkdtempSync(join(tmpdir(), 'partyline-onefile-test-'));
  const folder = join(scratch, 'first');
  const again = join(scratch, 'second');
  const foreign = join(scratch, 'arm64');
  const own = ['--arch', process.arch];
  const reason = build(...own, '--out', folder) || build(...own, '--out', again, '--no-xz');
  const arm64 = {
    reason: whyNotEmulated() || reason || build('--arch', 'arm64', '--out', foreign, '--no-xz'),
    folder: foreign,
  };
  project.provide('built', { reason, folder, again, arm64 });
  return () => rmSync(scratch, { recursive: true, force: true });
}

function whyNotEmulated(): string {
  const [emulator = ''] = EMULATOR;
  const hasEmulator = spawnSync(emulator, ['--version']).status === 0;
  return hasEmulator && existsSync(join(LIBRARIES, 'lib/libstdc++.so.6'))
    ? ''
    : ` (skipped: needs ${emulator}, and the libraries of arm64 in ${LIBRARIES})`;
}

/** Returns why it cannot be built here. An error in the build fails the run. */
function build(...args: readonly string[]): string {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch))
    return ' (skipped: needs Linux on x64 or arm64)';
  const script = ['--import', 'tsx', join(ROOT, 'scripts/onefile.ts'), ...args];
  const { status, stderr } = spawnSync(process.execPath, script, { cwd: ROOT, encoding: 'utf8' });
  if (status === 0) return '';
  if (UNREACHABLE.test(stderr)) return ' (skipped: the npm registry is not reachable)';
  throw new Error(`cannot build the executable:\n${stderr}`);
}
