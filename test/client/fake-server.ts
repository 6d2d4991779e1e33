/** The far end of a client's connections: a test sees what was sent, and says what comes back. */
import type { Connect, LineListener } from '../../src/client/connect.js';

export class FakeServer {
  readonly connections: FakeConnection[] = [];

  readonly connect: Connect = (listener) => {
    const connection = new FakeConnection(listener);
    this.connections.push(connection);
    return connection;
  };

  /** The connection made last. */
  get last(): FakeConnection {
    const last = this.connections.at(-1);
    if (last === undefined) throw new Error('no connection was made');
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
    this.#listener.opened();
  }

  say(...lines: readonly string[]): void {
    for (const line of lines) this.#listener.heard(line);
  }

  /** Says the lines and the fence's PONG behind them. */
  answer(...lines: readonly string[]): void {
    this.say(...lines, `PONG ${this.#token}`);
  }

  drop(problem: string | null = null): void {
    this.#listener.closed(problem);
  }

  /** What was sent since the last look, but the fences. */
  sent(): string[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }

  /** How many fences were sent since the last look. */
  fences(): number {
    const fences = this.#fences;
    this.#fences = 0;
    return fences;
  }
}
