/**
 * One connection of the load. It must cost far less than the server's end, so that the server is what is measured:
 * bytes are read into one buffer that all connections share, and the stream machinery is left out.
 */

import { connect, type Socket } from 'node:net';
import type { Step } from '../dialects/dialect.js';
import { type DialectName, dialects } from '../dialects/index.js';

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly dialect: DialectName;
}

/** Takes what was read: the first `length` bytes of the buffer, until it returns. */
export type Listener = (buffer: Buffer, length: number) => void;

const answerTimeoutMs = 20_000;

// Node reads one connection at a time and hands the bytes over before it reads the next.
const shared = Buffer.allocUnsafe(256 * 1024);

/** All that the clients of this process have received. */
export const received = { bytes: 0 };

export class LoadClient {
  readonly name: string;
  readonly #socket: Socket;
  #wrap: ((text: string) => string) | null = null;
  #listener: Listener = ignore;
  #expectsEnd = false;

  /**
   * Connects and resolves once connected.
   * @param localAddress the source address; undefined leaves it to the system
   */
  static async open(name: string, target: Target, localAddress?: string): Promise<LoadClient> {
    const client = await new Promise<LoadClient>((resolve, reject) => {
      const client = new LoadClient(name, target, localAddress);
      client.#socket.once('connect', () => resolve(client)).once('error', reject);
    });
    const { wrapping } = dialects[target.dialect];
    if (wrapping !== undefined) {
      await client.ask(wrapping.open);
      client.#wrap = wrapping.wrap;
    }
    return client;
  }

  private constructor(name: string, { host, port }: Target, localAddress: string | undefined) {
    this.name = name;
    this.#socket = connect({
      host,
      port,
      ...(localAddress === undefined ? {} : { localAddress }),
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (length) => {
          received.bytes += length;
          this.#listener(shared, length);
          return true;
        },
      },
    });
  }

  /** From now on what arrives goes here; to nobody by default. It is counted in any case. */
  listen(listener: Listener): void {
    this.#listener = listener;
  }

  send(text: string): void {
    this.#socket.write(this.#wrap === null ? text : this.#wrap(text), 'latin1');
  }

  /** Takes no more bytes from the network: a reader that has stopped. Its end is then no surprise. */
  stopReading(): void {
    this.#expectsEnd = true;
    this.#socket.pause();
  }

  /** Closes without a trace: a reset leaves no port waiting. */
  reset(): void {
    this.#expectsEnd = true;
    this.#socket.resetAndDestroy();
  }

  /** Runs when the server has closed the connection or it broke. */
  onLost(lost: (why: string) => void): void {
    const report = (why: string) => {
      if (!this.#expectsEnd) lost(`${this.name}: ${why}`);
    };
    this.#socket.on('error', (error) => report(error.message));
    this.#socket.on('close', () => report('the server closed the connection'));
  }

  /**
   * Sends a step and resolves with its answer.
   * @throws if the answer has not come within 20 s
   */
  ask(step: Step): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = '';
      const timeout = setTimeout(() => {
        this.#listener = ignore;
        const sent = JSON.stringify(step.send);
        reject(new Error(`${this.name}: no answer to ${sent}, only ${JSON.stringify(text.slice(-200))}`));
      }, answerTimeoutMs);
      this.#listener = (buffer, length) => {
        text += buffer.toString('latin1', 0, length);
        if (!step.until.test(text)) return;
        clearTimeout(timeout);
        this.#listener = ignore;
        resolve(text);
      };
      this.send(step.send);
    });
  }
}

function ignore(): void {}
