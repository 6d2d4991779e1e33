/**
 * Clients with one ping in flight each, in a process of their own: the process of the load is busy with the others, and
 * would take its own delays for the server's.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { resolve } from 'node:path';
import type { Order } from './job.js';

const program = resolve(import.meta.dirname, 'pinging-process.ts');

/** The process answers each with the longest time so far. */
export type PingingQuestion = { readonly start: Order; readonly clients: number } | 'reset' | 'longest';

export class Pinging {
  readonly #process: ChildProcess;

  static async start(order: Order, clients: number): Promise<Pinging> {
    const pinging = new Pinging(fork(program));
    await pinging.#ask({ start: order, clients });
    return pinging;
  }

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  /** Forgets what was measured so far. */
  async reset(): Promise<void> {
    await this.#ask('reset');
  }

  /** The longest time between a ping and its answer, in milliseconds; a ping without an answer yet counts too. */
  longestMs(): Promise<number> {
    return this.#ask('longest');
  }

  #ask(question: PingingQuestion): Promise<number> {
    return new Promise((resolve, reject) => {
      const failed = () => reject(new Error('the process of the pings ended'));
      this.#process.once('exit', failed);
      this.#process.once('message', (longestMs) => {
        this.#process.off('exit', failed);
        resolve(Number(longestMs));
      });
      this.#process.send(question);
    });
  }
}
