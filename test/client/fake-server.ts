/** A fake server for a client's connections: a test reads what the client sent, and writes the replies. */
import type { Connect, LineListener } from '../../src/client/connect.js';

export class FakeServer {
  readonly connections: FakeConnection[] = [];

  readonly connect: Connect = (listener) => {
    const connection = new FakeConnection(listener);
    this.connections.push(connection);
    return connection;
  };

  /** The most recent connection. */
  get last(): FakeConnection {
    const last = this.connections.at(-1);
    if (last === undefined) throw new Error('the client has not connected');
    return last;
  }
}

export class FakeConnection {
  isClosed = false;
  readonly #listener: LineListener;
  #sent: string[] = [];
  #fences = 0;
  #token = '';

  constructor(listener: LineListener) {
    this.#listener = listener;
  }

  send(lines: readonly string[]): void {
    for (const line of lines) {
      if (line.startsWith('PING ')) {
        this.#token = line.slice(5);
        this.#fences++;
      } else this.#sent.push(line);
    }
  }

  close(): void {
    this.isClosed = true;
  }

  open(): void {
    this.#listener.onOpen();
  }

  say(...lines: readonly string[]): void {
    for (const line of lines) this.#listener.onLine(line);
  }

  /** Sends the lines, and after them the PONG of the fence. */
  answer(...lines: readonly string[]): void {
    this.say(...lines, `PONG ${this.#token}`);
  }

  drop(problem: string | null = null): void {
    this.#listener.onClose(problem);
  }

  /** The lines since the last call, without the fences. */
  sent(): string[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }

  /** The number of fences since the last call. */
  fences(): number {
    const fences = this.#fences;
    this.#fences = 0;
    return fences;
  }
}
