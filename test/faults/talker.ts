/** A client that sends each message as soon as the last is acknowledged, and records all it received and sent. */
import { connect, type Socket } from 'node:net';

/** A message as it is received or stored. */
export interface Received {
  readonly id: number;
  readonly from: string;
  readonly text: string;
}

const RECEIVED = /^@id=(\d+);time=[^;]*;room=\S+ MSG (\S+) (.*)$/;

export class Talker {
  readonly name: string;
  readonly room: string;
  /** Messages of others, in the order of arrival. */
  readonly received: Received[] = [];
  /** Own texts followed by a PONG, which guarantees that they are stored. */
  readonly acknowledged: string[] = [];
  /** Own texts answered by `ERR not-stored`. */
  readonly refused: string[] = [];
  lastLine = '';
  /** Resolves once it is in its room. */
  readonly ready: Promise<void>;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  #partialLine = '';
  #count = 0;
  #isTalking = false;

  constructor(port: number, name: string, room: string) {
    this.name = name;
    this.room = room;
    this.#socket = connect({ host: '127.0.0.1', port });
    this.#socket.setNoDelay(true).setEncoding('utf8');
    let onReady = () => {};
    this.ready = new Promise((resolve) => (onReady = resolve));
    this.closed = new Promise((resolve) => this.#socket.once('close', () => resolve()));
    this.#socket.on('error', () => {}); // a killed server resets
    this.#socket.on('data', (text: string) => {
      const lines = (this.#partialLine + text).split('\n');
      this.#partialLine = lines.pop() ?? '';
      for (const line of lines) {
        if (line === 'PONG ready') onReady();
        else this.#onLine(line);
      }
    });
    this.#socket.write(`LOGIN ${name}\nTAGS ON\nJOIN ${room}\nPING ready\n`);
  }

  /** Starts sending messages, each when the last is acknowledged. */
  talk(): void {
    this.#isTalking = true;
    this.#sendNext();
  }

  stop(): void {
    this.#isTalking = false;
  }

  leave(): void {
    this.#socket.destroy();
  }

  #sendNext(): void {
    const text = `${this.name} ${++this.#count}`;
    this.#socket.write(`MSG ${text}\nPING ${text}\n`);
  }

  #onLine(line: string): void {
    this.lastLine = line;
    const [, id, from, text] = RECEIVED.exec(line) ?? [];
    if (id !== undefined && from !== undefined && text !== undefined) {
      this.received.push({ id: Number(id), from, text });
    } else if (line === 'ERR not-stored') {
      this.refused.push(`${this.name} ${this.#count}`);
    } else if (line.startsWith('PONG ')) {
      const text = line.slice('PONG '.length);
      if (this.refused.at(-1) !== text) this.acknowledged.push(text);
      if (this.#isTalking) this.#sendNext();
    }
  }
}
