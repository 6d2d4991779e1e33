/** curl, as a user types it. Tests with it are skipped where it is not installed. */
import { spawn } from 'node:child_process';
import { isInstalled } from './programs.js';

export const hasCurl = isInstalled('curl');

export interface CurlResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs curl to its end, with a text on its standard input. */
export function curl(args: readonly string[], input = ''): Promise<CurlResult> {
  return new Promise((resolve, reject) => {
    const child = spawn('curl', ['-sS', ...args]);
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    // curl need not read it.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
