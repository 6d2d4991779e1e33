/** A WebSocket client for tests over real sockets; every wait has a deadline. Gone with the test that made it. */
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { Incoming } from './socket-client.js';

/** How it ended: the code and reason of the close frame; 1006 without one. */
export interface Goodbye {
  readonly code: number;
  readonly reason: string;
}

let fences = 0;

export class WebSocketClient {
  readonly ws: WebSocket;
  /** Every message, as it came. */
  readonly frames: string[] = [];
  pings = 0;
  readonly closed: Promise<Goodbye>;
  readonly #incoming = new Incoming();

  private constructor(url: string, options: ClientOptions) {
    this.ws = new WebSocket(url, options);
    this.ws.on('message', (data, isBinary) => {
      this.frames.push(isBinary ? '(binary)' : String(data));
      this.#incoming.push(String(data));
    });
    this.ws.on('ping', () => this.pings++);
    this.ws.on('error', () => {});
    this.closed = new Promise((resolve) => {
      this.ws.on('close', (code, reason) => {
        this.#incoming.finish(`closed (${code} ${String(reason)})`);
        resolve({ code, reason: String(reason) });
      });
    });
    onTestFinished(() => this.ws.terminate());
  }

  static async connect(
    port: number,
    path = '/ws',
    options: ClientOptions = {},
    scheme = options.ca === undefined ? 'ws' : 'wss',
  ): Promise<WebSocketClient> {
    const client = new WebSocketClient(`${scheme}://127.0.0.1:${port}${path}`, options);
    await once(client.ws, 'open');
    return client;
  }

  /** Connects and logs in, in `lines`. */
  static async login(port: number, name: string): Promise<WebSocketClient> {
    const client = await WebSocketClient.connect(port);
    client.send(`LOGIN ${name}`);
    await client.until('OK\n');
    return client;
  }

  /** Each is a message of its own. */
  send(...messages: readonly (string | Buffer)[]): void {
    for (const message of messages) this.ws.send(message);
  }

  until(what: string | RegExp): Promise<string> {
    return this.#incoming.until(what);
  }

  /** What has come up to the answer to a PING of its own. */
  async fence(): Promise<string> {
    const token = `ws-fence-${++fences}`;
    this.send(`PING ${token}`);
    const answer = `PONG ${token}\n`;
    return (await this.until(answer)).slice(0, -answer.length);
  }

  /** All that is left to read once it is closed, and how it was closed. */
  async toEnd(): Promise<Goodbye & { text: string }> {
    await this.#incoming.over();
    return { text: this.#incoming.take(), ...(await this.closed) };
  }
}

/** The status with which an upgrade is refused. */
export async function refusedUpgrade(
  port: number,
  path: string,
  options: ClientOptions = {},
): Promise<number | undefined> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, options);
  onTestFinished(() => ws.terminate());
  ws.on('error', () => {});
  const [, response] = await once(ws, 'unexpected-response');
  return response.statusCode;
}
