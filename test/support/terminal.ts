/** The programs that people chat with, driven as they are at a terminal. */
import { spawn, spawnSync } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { Incoming } from './socket-client.js';

/** A program as someone uses it in a terminal; what it prints is read with LF as the line end. Gone with the test. */
export class Terminal {
  /** Its exit code. */
  readonly exited: Promise<number | null>;
  readonly #screen = new Incoming();
  readonly #child;
  #fences = 0;

  constructor(program: string, args: readonly string[]) {
    // In a group of its own, so that what a shell has started goes with it.
    const child = spawn(program, args, { detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
    this.#child = child;
    child.stdin.on('error', () => {}); // it may be gone before its last line
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

  /** What has been printed up to the answer to a PING. */
  async fence(): Promise<string> {
    const token = `fence-${++this.#fences}`;
    this.type(`PING ${token}`);
    return (await this.until(`PONG ${token}\n`)).replace(`PONG ${token}\n`, '');
  }

  take(): string {
    return this.#screen.take();
  }
}

/** Why a program cannot be driven here, for the test's name; empty if it can. */
export function whyNot(program: string): string {
  const isInstalled = spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
  return isInstalled ? '' : ` (skipped: no ${program} on this machine)`;
}
