/** A chat client for tests with real sockets. Every wait has a deadline, and the connection ends with the test. */
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { onTestFinished } from 'vitest';

/** How long a test waits for an event. */
export const DEADLINE_MS = 30_000;

/** How a connection ended: by the server's FIN, by an error such as ECONNRESET, or by the client itself. */
export type Ending = 'fin' | 'left' | (string & {});

let fences = 0;

export class SocketClient {
  /** Resolves when the connection is closed on both sides. */
  readonly closed: Promise<Ending>;
  readonly #socket: Socket;
  /** The TCP socket: the socket itself, or the one below TLS. */
  readonly #wire: Duplex;
  readonly #incoming = new Incoming();

  private constructor(socket: Socket, wire: Duplex) {
    this.#socket = socket;
    this.#wire = wire;
    socket.setNoDelay(true);
    socket.setEncoding('utf8').on('data', (text: string) => this.#incoming.push(text));
    this.closed = new Promise((resolve) => {
      let ending: Ending = 'left';
      socket.on('end', () => {
        ending = 'fin';
      });
      socket.on('error', (error) => {
        ending = 'code' in error ? String(error.code) : error.message;
      });
      socket.on('close', () => {
        this.#incoming.finish(`closed (${ending})`);
        resolve(ending);
      });
    });
    onTestFinished(() => {
      socket.destroy();
    });
  }

  static connect(port: number, host = '127.0.0.1'): Promise<SocketClient> {
    const socket = connect({ host, port });
    return SocketClient.#connected(socket, socket, 'connect');
  }

  /** Connects with TLS. */
  static connectTls(port: number, options: ConnectionOptions): Promise<SocketClient> {
    const wire = options.socket ?? connect({ host: '127.0.0.1', port });
    const socket = connectTls({ host: '127.0.0.1', ...options, socket: wire });
    return SocketClient.#connected(socket, wire, 'secureConnect');
  }

  static async #connected(socket: Socket, wire: Duplex, event: string): Promise<SocketClient> {
    const client = new SocketClient(socket, wire);
    await new Promise<void>((resolve, reject) => {
      socket.once(event, resolve);
      socket.once('error', reject);
    });
    return client;
  }

  /** Logs in, over a new connection or the given one. */
  static async login(
    port: number,
    name: string,
    connecting = SocketClient.connect(port),
  ): Promise<SocketClient> {
    const client = await connecting;
    client.send(`LOGIN ${name}\n`);
    await client.until('OK\n');
    return client;
  }

  /** The port of this side. */
  get port(): number {
    return this.#socket.localPort ?? 0;
  }

  send(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Sends, and resolves when the kernel has accepted all bytes. */
  sent(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.write(bytes, () => resolve());
    });
  }

  /** Sends the bytes and closes the sending side, as `nc -N` does. The client still reads. */
  end(bytes: string | Uint8Array = ''): void {
    this.#socket.end(bytes);
  }

  /** Waits for the text or match, and returns everything up to its end. The result counts as read. */
  until(what: string | RegExp, deadlineMs = DEADLINE_MS): Promise<string> {
    return this.#incoming.until(what, deadlineMs);
  }

  /** Sends a PING and returns everything received before its PONG: all replies to earlier commands. */
  async fence(): Promise<string> {
    const token = `fence-${++fences}`;
    this.send(`PING ${token}\n`);
    const answer = `PONG ${token}\n`;
    return (await this.until(answer)).slice(0, -answer.length);
  }

  /** The lines received before a fence. */
  async lines(): Promise<string[]> {
    return (await this.fence()).split('\n').slice(0, -1);
  }

  /** Waits for the end, and returns the unread text and how the connection ended. */
  async toEnd(): Promise<{ text: string; ending: Ending }> {
    await this.#incoming.over();
    return { text: this.#incoming.take(), ending: await this.closed };
  }

  stopReading(): void {
    this.#socket.pause();
  }

  readOn(): void {
    this.#socket.resume();
  }

  leave(): void {
    this.#socket.destroy();
  }

  /** Ends the connection with a RST alone: Node's `resetAndDestroy` would send a FIN before it. */
  reset(): void {
    Reflect.set(this.#wire, 'resetAndClosing', true);
    this.#wire.destroy();
  }
}

/** A buffer of received text that tests can wait on. */
export class Incoming {
  /** The text that was received and not read. */
  text = '';
  #endReason: string | null = null;
  readonly #waiting = new Set<() => void>();

  push(text: string): void {
    this.text += text;
    this.#check();
  }

  /** No more text will be pushed. */
  finish(why: string): void {
    this.#endReason = why;
    this.#check();
  }

  take(): string {
    const text = this.text;
    this.text = '';
    return text;
  }

  until(what: string | RegExp, deadlineMs = DEADLINE_MS): Promise<string> {
    return this.wait(String(what), () => this.#cut(what), deadlineMs);
  }

  over(): Promise<true> {
    return this.wait('the end', () => (this.#endReason === null ? undefined : true));
  }

  /** Resolves with the first result of `find`, which is called after each push. */
  wait<Found>(name: string, find: () => Found | undefined, deadlineMs = DEADLINE_MS): Promise<Found> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        this.#waiting.delete(check);
        clearTimeout(deadline);
        act();
      };
      const fail = (why: string) => {
        const got = this.text.length > 2000 ? `…${this.text.slice(-2000)}` : this.text;
        settle(() => reject(new Error(`${why} while waiting for ${name}; got ${JSON.stringify(got)}`)));
      };
      const check = () => {
        const found = find();
        if (found !== undefined) settle(() => resolve(found));
        else if (this.#endReason !== null) fail(this.#endReason);
      };
      const deadline = setTimeout(() => fail(`timeout after ${deadlineMs} ms`), deadlineMs);
      this.#waiting.add(check);
      check();
    });
  }

  #cut(what: string | RegExp): string | undefined {
    const at = typeof what === 'string' ? this.text.indexOf(what) : this.text.search(what);
    if (at === -1) return undefined;
    const match = typeof what === 'string' ? what : (what.exec(this.text)?.[0] ?? '');
    const found = this.text.slice(0, at + match.length);
    this.text = this.text.slice(found.length);
    return found;
  }

  #check(): void {
    for (const check of [...this.#waiting]) check();
  }
}
