/** Builds the executable for this machine twice, which needs the npm registry, and hands its place to the tests. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
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
}

const ROOT = resolve(import.meta.dirname, '../..');
const UNREACHABLE = /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH)\b/;

export default function setup(project: TestProject): () => void {
  const scratch = mkdtempSync(join(tmpdir(), 'partyline-onefile-test-'));
  const folder = join(scratch, 'first');
  const again = join(scratch, 'second');
  const reason = build('--out', folder) || build('--out', again, '--no-xz');
  project.provide('built', { reason, folder, again });
  return () => rmSync(scratch, { recursive: true, force: true });
}

/** Returns why it cannot be built here. An error in the build fails the run. */
function build(...args: readonly string[]): string {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch))
    return ' (skipped: needs Linux on x64 or arm64)';
  const script = ['--import', 'tsx', join(ROOT, 'scripts/onefile.ts'), '--arch', process.arch, ...args];
  const { status, stderr } = spawnSync(process.execPath, script, { cwd: ROOT, encoding: 'utf8' });
  if (status === 0) return '';
  if (UNREACHABLE.test(stderr)) return ' (skipped: the npm registry is not reachable)';
  throw new Error(`cannot build the executable:\n${stderr}`);
}
