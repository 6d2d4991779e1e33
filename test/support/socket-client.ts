/** A chat client over a real socket: bytes out, bytes in, and every wait has a deadline. Gone with the test that made it. */
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { onTestFinished } from 'vitest';

/** How long a test waits for what must come. */
export const DEADLINE_MS = 10_000;

/** How a connection ended: by the server's FIN, by an error such as ECONNRESET, or because we left. */
export type Ending = 'fin' | 'left' | (string & {});

let fences = 0;

export class SocketClient {
  /** Resolves when nothing of the connection is left. */
  readonly closed: Promise<Ending>;
  readonly #socket: Socket;
  /** What carries it: the socket itself, or that under its TLS. */
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

  /** The same, encrypted. */
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

  /** Connects and logs in, over a connection that is there or is made. */
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

  send(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Sends, and resolves when the system has taken all of it. */
  sent(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.write(bytes, () => resolve());
    });
  }

  /** Sends its last and shuts its sending side, as `nc -N` does. It still reads. */
  end(bytes: string | Uint8Array = ''): void {
    this.#socket.end(bytes);
  }

  /** What has come up to the text or the match, and with it. It counts as read. */
  until(what: string | RegExp): Promise<string> {
    return this.#incoming.until(what);
  }

  /** What has come up to the answer to a PING of its own: all that was said to it before. */
  async fence(): Promise<string> {
    const token = `fence-${++fences}`;
    this.send(`PING ${token}\n`);
    const answer = `PONG ${token}\n`;
    return (await this.until(answer)).slice(0, -answer.length);
  }

  /** The lines that have come up to a fence. */
  async lines(): Promise<string[]> {
    return (await this.fence()).split('\n').slice(0, -1);
  }

  /** All that is left to read once the connection is closed, and how it was closed. */
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

  /** Ends the connection with a RST and nothing else: Node's own `resetAndDestroy` sends a FIN before it. */
  reset(): void {
    Reflect.set(this.#wire, 'resetAndClosing', true);
    this.#wire.destroy();
  }
}

/** Text as it comes from somewhere, and whoever waits for some of it. */
export class Incoming {
  /** What has come and was not read. */
  text = '';
  #over: string | null = null;
  readonly #waiting = new Set<() => void>();

  push(text: string): void {
    this.text += text;
    this.#look();
  }

  /** No more will come. */
  finish(why: string): void {
    this.#over = why;
    this.#look();
  }

  take(): string {
    const text = this.text;
    this.text = '';
    return text;
  }

  until(what: string | RegExp): Promise<string> {
    return this.wait(String(what), () => this.#cut(what));
  }

  over(): Promise<true> {
    return this.wait('the end', () => (this.#over === null ? undefined : true));
  }

  /** What `find` finds, as soon as it does; it is asked whenever something came. */
  wait<Found>(name: string, find: () => Found | undefined): Promise<Found> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        this.#waiting.delete(look);
        clearTimeout(deadline);
        act();
      };
      const fail = (why: string) => {
        const got = this.text.length > 2000 ? `…${this.text.slice(-2000)}` : this.text;
        settle(() => reject(new Error(`${why} while waiting for ${name}; got ${JSON.stringify(got)}`)));
      };
      const look = () => {
        const found = find();
        if (found !== undefined) settle(() => resolve(found));
        else if (this.#over !== null) fail(this.#over);
      };
      const deadline = setTimeout(() => fail(`${DEADLINE_MS} ms are over`), DEADLINE_MS);
      this.#waiting.add(look);
      look();
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

  #look(): void {
    for (const look of [...this.#waiting]) look();
  }
}
