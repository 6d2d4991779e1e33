/** Runs the client programs of users, such as `ncat` and `telnet`, as child processes. */
import { spawn, spawnSync } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { Incoming } from './socket-client.js';

/** A running program. Its output is read without CRs, and it ends with the test. */
export class Terminal {
  /** Its exit code. */
  readonly exited: Promise<number | null>;
  readonly #screen = new Incoming();
  readonly #child;
  #fences = 0;

  constructor(program: string, args: readonly string[]) {
    // In its own process group, so that the children of a shell are killed with it.
    const child = spawn(program, args, { detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
    this.#child = child;
    child.stdin.on('error', () => {}); // the program may exit before it reads its last line
    child.stdout
      .setEncoding('utf8')
      .on('data', (text: string) => this.#screen.push(text.replaceAll('\r', '')));
    this.exited = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        this.#screen.finish(`exited (${code})`);
        resolve(code);
      });
    });
    onTestFinished(async () => {
      const isRunning = child.exitCode === null && child.signalCode === null;
      if (child.pid !== undefined && isRunning) process.kill(-child.pid, 'SIGKILL');
      await this.exited;
    });
  }

  type(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  endOfInput(): void {
    this.#child.stdin.end();
  }

  until(what: string | RegExp): Promise<string> {
    return this.#screen.until(what);
  }

  /** Sends a PING and returns everything printed before its PONG. */
  async fence(): Promise<string> {
    const token = `fence-${++this.#fences}`;
    this.type(`PING ${token}`);
    return (await this.until(`PONG ${token}\n`)).replace(`PONG ${token}\n`, '');
  }

  take(): string {
    return this.#screen.take();
  }
}

/** The reason to skip a test of this program, for the title; empty if the program is installed. */
export function whyNot(program: string): string {
  const isInstalled = spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
  return isInstalled ? '' : ` (skipped: ${program} is not installed)`;
}
