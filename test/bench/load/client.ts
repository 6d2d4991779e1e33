/**
 * One connection of the load. It must cost far less than the server's side, so that the server is measured: all
 * connections read into one shared buffer, without Node's streams.
 */

import { connect, type Socket } from 'node:net';
import type { Step } from '../dialects/dialect.js';
import { type DialectName, dialects } from '../dialects/index.js';

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly dialect: DialectName;
}

/** Called with the bytes read: the first `length` bytes of the buffer, valid until it returns. */
export type Listener = (buffer: Buffer, length: number) => void;

const replyTimeoutMs = 20_000;

// Node reads one connection at a time and passes the bytes on before it reads the next one.
const shared = Buffer.allocUnsafe(256 * 1024);

/** The bytes received by all clients of this process. */
export const received = { bytes: 0 };

export class LoadClient {
  readonly name: string;
  readonly #socket: Socket;
  #wrap: ((text: string) => string) | null = null;
  #listener: Listener = ignore;
  #expectsEnd = false;

  /**
   * Connects, and resolves once connected.
   * @param localAddress the source address; undefined for the system's choice
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

  /** Passes the bytes received from now on to this listener. All bytes are counted, also without a listener. */
  listen(listener: Listener): void {
    this.#listener = listener;
  }

  send(text: string): void {
    this.#socket.write(this.#wrap === null ? text : this.#wrap(text), 'latin1');
  }

  /** Stops reading from the network. The end of the connection is expected from then on. */
  stopReading(): void {
    this.#expectsEnd = true;
    this.#socket.pause();
  }

  /** Closes with a reset, which leaves no port in TIME_WAIT. */
  reset(): void {
    this.#expectsEnd = true;
    this.#socket.resetAndDestroy();
  }

  /** Called when the server closes the connection, or the connection breaks. */
  onLost(lost: (why: string) => void): void {
    const report = (why: string) => {
      if (!this.#expectsEnd) lost(`${this.name}: ${why}`);
    };
    this.#socket.on('error', (error) => report(error.message));
    this.#socket.on('close', () => report('the server closed the connection'));
  }

  /**
   * Sends a step and resolves with its reply.
   * @throws if the reply does not arrive within 20 s
   */
  ask(step: Step): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = '';
      const timeout = setTimeout(() => {
        this.#listener = ignore;
        const sent = JSON.stringify(step.send);
        reject(new Error(`${this.name}: no reply to ${sent}, only ${JSON.stringify(text.slice(-200))}`));
      }, replyTimeoutMs);
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
