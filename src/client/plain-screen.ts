/** A chat without a terminal: each line that comes in is a message or a command, each line that goes out is one event. */
import { createInterface, type Interface } from 'node:readline';
import type { Screen, InputHandler } from './screen.js';

/** More than this waits: read no more until less than half of it does. */
const MAX_WAITING = 100;

export class PlainScreen implements Screen {
  readonly #input: NodeJS.ReadableStream;
  readonly #output: NodeJS.WritableStream;
  readonly #inputHandler: InputHandler;
  #readline: Interface | null = null;
  /** Read, and not typed yet: readline hands out all lines of a chunk, paused or not. */
  #lines: string[] = [];
  #atEnd = false;
  #isHeld = false;
  #isOver = false;

  constructor(input: NodeJS.ReadableStream, output: NodeJS.WritableStream, inputHandler: InputHandler) {
    this.#input = input;
    this.#output = output;
    this.#inputHandler = inputHandler;
    output.on('error', () => inputHandler.left()); // whoever read it has gone
  }

  show(lines: readonly string[]): void {
    for (const line of lines) this.#output.write(`${line}\n`);
  }

  prompt(): void {}

  listen(): void {
    if (this.#readline !== null) return;
    this.#readline = createInterface({ input: this.#input, terminal: false, crlfDelay: Infinity });
    this.#readline.on('line', (line) => {
      this.#lines.push(line);
      this.#type();
    });
    this.#readline.on('close', () => {
      this.#atEnd = true;
      this.#type();
    });
  }

  busy(waiting: number): void {
    if (waiting >= MAX_WAITING) {
      this.#isHeld = true;
      if (!this.#atEnd) this.#readline?.pause();
    } else if (this.#isHeld && waiting < MAX_WAITING / 2) {
      this.#isHeld = false;
      if (!this.#atEnd) this.#readline?.resume();
      this.#type();
    }
  }

  close(): void {
    this.#lines = [];
    this.#isOver = true;
    this.#readline?.close();
  }

  #type(): void {
    while (!this.#isHeld) {
      const line = this.#lines.shift();
      if (line === undefined) break;
      this.#inputHandler.typed(line);
    }
    if (!this.#atEnd || this.#isOver || this.#lines.length > 0) return;
    this.#isOver = true;
    this.#inputHandler.left();
  }
}
