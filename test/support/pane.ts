/** A pseudo-terminal for the programs of users: tmux renders the screen that a user would see. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { childEnv, temporaryFolder } from './process.js';
import { isInstalled } from './programs.js';
import { DEADLINE_MS } from './socket-client.js';

export const hasTmux = isInstalled('tmux', '-V');

interface PaneOptions {
  readonly columns?: number;
  readonly rows?: number;
  /** The locale of the terminal and its programs. */
  readonly locale?: string;
}

/** A terminal that runs a command, and then a shell; by default of 60 columns and 16 rows. */
export class Pane {
  readonly #folder = temporaryFolder();
  readonly #socket = join(this.#folder, 'tmux');
  readonly #raw = join(this.#folder, 'raw');

  readonly #env: NodeJS.ProcessEnv;

  constructor(command: readonly string[], { columns = 60, rows = 16, locale }: PaneOptions = {}) {
    this.#env = { ...childEnv, ...(locale !== undefined && { LC_ALL: locale }) };
    const quoted = command.map((word) => `'${word}'`).join(' ');
    const shell = `PS1='shell$ ' exec sh -c "until [ -e ${this.#raw} ]; do sleep 0.02; done; ${quoted}; exec sh"`;
    this.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', `${columns}`, '-y', `${rows}`, shell);
    onTestFinished(() => this.#end());
    this.#tmux('pipe-pane', `cat > ${this.#raw}`);
  }

  /** Presses keys by tmux's names (Enter, Tab, Up), or types text. Each argument arrives in one piece, like a paste. */
  press(...keys: readonly string[]): void {
    for (const key of keys) this.#tmux('send-keys', key);
  }

  paste(text: string): void {
    this.#tmux('send-keys', '-l', text);
  }

  /** Pastes as a terminal does: bracketed, since the program has asked for it. */
  pasteBracketed(text: string): void {
    this.#tmux('set-buffer', text);
    this.#tmux('paste-buffer', '-p');
  }

  resize(columns: number): void {
    this.#tmux('resize-window', '-x', `${columns}`);
  }

  /** Sends SIGTERM to the command. */
  terminate(): void {
    for (const pid of this.#pids()) process.kill(pid, 'SIGTERM');
  }

  rows(): string[] {
    return this.#tmux('capture-pane', '-p').trimEnd().split('\n');
  }

  /** The rows with the escape sequences of their colours. */
  colouredRows(): string[] {
    return this.#tmux('capture-pane', '-p', '-e').trimEnd().split('\n');
  }

  /** All bytes written to the terminal. */
  raw(): string {
    return readFileSync(this.#raw, 'utf8');
  }

  /** Waits until the last rows match, and returns all rows. Times are compared as 00:00. */
  async endsWith(...wanted: readonly (string | RegExp)[]): Promise<string[]> {
    return this.#poll(JSON.stringify(wanted.map(String)), () => {
      const last = this.rows()
        .slice(-wanted.length)
        .map((row) => row.replace(/^\d\d:\d\d /, '00:00 '));
      return wanted.every((want, index) => {
        const row = last[index] ?? '';
        return typeof want === 'string' ? row === want : want.test(row);
      });
    });
  }

  /** Waits until the first row begins so. */
  async status(text: string): Promise<string[]> {
    return this.#poll(text, () => `${this.rows()[0] ?? ''} `.startsWith(text));
  }

  async shows(text: string): Promise<string[]> {
    return this.#poll(text, () => this.rows().some((row) => row.includes(text)));
  }

  async #poll(what: string, isThere: () => boolean): Promise<string[]> {
    const deadline = performance.now() + DEADLINE_MS;
    while (!isThere()) {
      if (performance.now() > deadline)
        throw new Error(`timeout waiting for ${what} in\n${this.rows().join('\n')}`);
      await delay(20);
    }
    return this.rows();
  }

  /** The process of the command; none if it has ended, since the last shell replaces the one before. */
  #pids(): number[] {
    const shell = this.#tmux('display', '-p', '#{pane_pid}').trim();
    return String(spawnSync('pgrep', ['-P', shell]).stdout)
      .trim()
      .split('\n')
      .filter(Boolean)
      .map(Number);
  }

  /** With SIGKILL, so that the command writes nothing more into folders that are removed next. */
  #end(): void {
    for (const pid of this.#pids()) process.kill(pid, 'SIGKILL');
    this.#tmux('kill-server');
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, ...args], {
      encoding: 'utf8',
      env: this.#env,
    });
  }
}
