/** Programs of the system that tests drive, such as browsers. Tests of a program that is not installed are skipped. */
import { spawnSync } from 'node:child_process';

/** A browser takes many seconds to print its version on a busy machine. */
const TIMEOUT_MS = 60_000;

/** Whether a program is installed and runs: by default, prints its version. */
export function isInstalled(program: string, ...args: readonly string[]): boolean {
  const words = args.length > 0 ? args : ['--version'];
  const { status, error } = spawnSync(program, words, { stdio: 'ignore', timeout: TIMEOUT_MS });
  // A busy machine must not skip tests.
  if (error !== undefined && 'code' in error && error.code === 'ETIMEDOUT') throw error;
  return status === 0;
}

/** The first of these programs that is installed, or null. */
export function firstInstalled(programs: readonly string[]): string | null {
  return programs.find((program) => isInstalled(program)) ?? null;
}
