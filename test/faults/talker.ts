/** One of many who talk as fast as they are answered, and remember all that they were shown and promised. */
import { connect, type Socket } from 'node:net';

/** A message, as it was shown or as it is stored. */
export interface Shown {
  readonly id: number;
  readonly from: string;
  readonly text: string;
}

const SHOWN = /^@id=(\d+);time=[^;]*;room=\S+ MSG (\S+) (.*)$/;

export class Talker {
  readonly name: string;
  readonly room: string;
  /** What others said, in the order in which it came. */
  readonly shown: Shown[] = [];
  /** Own texts that a PONG has promised to be stored. */
  readonly promised: string[] = [];
  /** Own texts that the server would not store. */
  readonly refused: string[] = [];
  lastLine = '';
  /** Resolves once it is in its room. */
  readonly ready: Promise<void>;
  /** Resolves when the connection is no more. */
  readonly gone: Promise<void>;
  readonly #socket: Socket;
  #rest = '';
  #count = 0;
  #talking = false;

  constructor(port: number, name: string, room: string) {
    this.name = name;
    this.room = room;
    this.#socket = connect({ host: '127.0.0.1', port });
    this.#socket.setNoDelay(true).setEncoding('utf8');
    let isReady = () => {};
    this.ready = new Promise((resolve) => (isReady = resolve));
    this.gone = new Promise((resolve) => this.#socket.once('close', () => resolve()));
    this.#socket.on('error', () => {}); // a killed server resets
    this.#socket.on('data', (text: string) => {
      const lines = (this.#rest + text).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === 'PONG ready') isReady();
        else this.#hear(line);
      }
    });
    this.#socket.write(`LOGIN ${name}\nTAGS ON\nJOIN ${room}\nPING ready\n`);
  }

  /** Says one thing after the other, each when the one before is promised. */
  talk(): void {
    this.#talking = true;
    this.#say();
  }

  rest(): void {
    this.#talking = false;
  }

  leave(): void {
    this.#socket.destroy();
  }

  #say(): void {
    const text = `${this.name} ${++this.#count}`;
    this.#socket.write(`MSG ${text}\nPING ${text}\n`);
  }

  #hear(line: string): void {
    this.lastLine = line;
    const [, id, from, text] = SHOWN.exec(line) ?? [];
    if (id !== undefined && from !== undefined && text !== undefined) {
      this.shown.push({ id: Number(id), from, text });
    } else if (line === 'ERR not-stored') {
      this.refused.push(`${this.name} ${this.#count}`);
    } else if (line.startsWith('PONG ')) {
      const text = line.slice('PONG '.length);
      if (this.refused.at(-1) !== text) this.promised.push(text);
      if (this.#talking) this.#say();
    }
  }
}
