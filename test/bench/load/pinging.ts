/**
 * Clients with one ping in flight each, in a process of their own: the process of the load is busy with the others, and
 * would take its own delays for the server's. Where a C compiler is there, the kernel says when an answer arrived; without
 * one, the process says when it read it, and its share of the core counts too.
 */

import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { findProgram } from '../servers/server.js';
import type { Order } from './job.js';

const source = resolve(import.meta.dirname, 'pinging.c');
const program = resolve(import.meta.dirname, 'pinging-process.ts');

/** The process answers each with the longest time so far. */
export type PingingQuestion = { readonly start: Order; readonly clients: number } | 'reset' | 'longest';

/** Sends a question. The compiled process is started with the first one. */
type Ask = (question: PingingQuestion) => void;

export class Pinging {
  readonly #process: ChildProcess;
  readonly #ask: Ask;
  #onAnswer: (longestMs: number) => void = () => {};

  static async start(order: Order, clients: number): Promise<Pinging> {
    const compiler = order.dialect === 'lines' ? findProgram('cc') : null;
    const pinging = compiler === null ? Pinging.#forked() : Pinging.#compiled(compiler, order, clients);
    await pinging.#answerTo({ start: order, clients });
    return pinging;
  }

  static #forked(): Pinging {
    const child = fork(program);
    const pinging = new Pinging(child, (question) => void child.send(question));
    child.on('message', (longestMs) => pinging.#onAnswer(Number(longestMs)));
    return pinging;
  }

  static #compiled(compiler: string, { host, port }: Order, clients: number): Pinging {
    const folder = mkdtempSync(join(tmpdir(), 'partyline-pinging-'));
    try {
      const command = join(folder, 'pinging');
      execFileSync(compiler, ['-O2', '-o', command, source]);
      // It ends with its input.
      const child = spawn(command, [host, String(port), String(clients)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const pinging = new Pinging(child, (question) => {
        if (typeof question === 'string') child.stdin.write(`${question}\n`);
      });
      createInterface(child.stdout).on('line', (line) => pinging.#onAnswer(Number(line)));
      return pinging;
    } finally {
      // The program runs on without its file once it was started; `spawn` starts it before it returns.
      rmSync(folder, { recursive: true });
    }
  }

  private constructor(process: ChildProcess, ask: Ask) {
    this.#process = process;
    this.#ask = ask;
  }

  /** Forgets what was measured so far. */
  async reset(): Promise<void> {
    await this.#answerTo('reset');
  }

  /** The longest time between a ping and its answer, in milliseconds; a ping without an answer yet counts too. */
  longestMs(): Promise<number> {
    return this.#answerTo('longest');
  }

  #answerTo(question: PingingQuestion): Promise<number> {
    return new Promise((resolve, reject) => {
      const failed = () => reject(new Error('the process of the pings ended'));
      this.#process.once('exit', failed);
      this.#onAnswer = (longestMs) => {
        this.#process.off('exit', failed);
        resolve(longestMs);
      };
      this.#ask(question);
    });
  }
}
