/** A WebSocket client for tests with real sockets. Every wait has a deadline, and the connection ends with the test. */
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { Incoming } from './socket-client.js';

/** The code and reason of the close frame; code 1006 without a close frame. */
export interface Goodbye {
  readonly code: number;
  readonly reason: string;
}

/** A subprotocol, in which each message is a line without its end. */
interface Subprotocol {
  readonly subprotocol: string;
  /** Put behind each received message. */
  readonly lineEnd: string;
}

let fences = 0;

export class WebSocketClient {
  readonly ws: WebSocket;
  /** All messages received. */
  readonly frames: string[] = [];
  pings = 0;
  readonly closed: Promise<Goodbye>;
  readonly #incoming = new Incoming();

  private constructor(url: string, options: ClientOptions, protocol?: Subprotocol) {
    this.ws = new WebSocket(url, protocol === undefined ? [] : [protocol.subprotocol], options);
    const lineEnd = protocol?.lineEnd ?? '\n';
    this.ws.on('message', (data, isBinary) => {
      this.frames.push(isBinary ? '(binary)' : String(data));
      // Without an LF at its end, the end of the message ends the line.
      const text = String(data);
      this.#incoming.push(text.endsWith('\n') ? text : text + lineEnd);
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
    protocol?: Subprotocol,
  ): Promise<WebSocketClient> {
    const client = new WebSocketClient(`${scheme}://127.0.0.1:${port}${path}`, options, protocol);
    await once(client.ws, 'open');
    return client;
  }

  /** Connects and logs in with the dialect `lines`. */
  static async login(port: number, name: string): Promise<WebSocketClient> {
    const client = await WebSocketClient.connect(port);
    client.send(`LOGIN ${name}`);
    await client.until('OK\n');
    return client;
  }

  /** Sends each text as one message. */
  send(...messages: readonly (string | Buffer)[]): void {
    for (const message of messages) this.ws.send(message);
  }

  until(what: string | RegExp): Promise<string> {
    return this.#incoming.until(what);
  }

  /** Sends a PING and returns everything received before its PONG. */
  async fence(): Promise<string> {
    const token = `ws-fence-${++fences}`;
    this.send(`PING ${token}`);
    const answer = `PONG ${token}\n`;
    return (await this.until(answer)).slice(0, -answer.length);
  }

  /** Waits for the end, and returns the unread text and the close code. */
  async toEnd(): Promise<Goodbye & { text: string }> {
    await this.#incoming.over();
    return { text: this.#incoming.take(), ...(await this.closed) };
  }
}

/** The HTTP status of a refused upgrade. */
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
