/** A chat over pipes: each input line is a message or a command, each output line is one event. */
import { createInterface, type Interface } from 'node:readline';
import type { Screen, InputHandler } from './screen.js';

/** Input is paused at this many unconfirmed requests, and resumed at half of it. */
const MAX_PENDING = 100;

export class PlainScreen implements Screen {
  readonly #input: NodeJS.ReadableStream;
  readonly #output: NodeJS.WritableStream;
  readonly #inputHandler: InputHandler;
  #readline: Interface | null = null;
  /** Lines that were read and not handled yet: readline emits all lines of a chunk, also while paused. */
  #lines: string[] = [];
  #isAtEnd = false;
  #isPaused = false;
  #isClosed = false;

  constructor(input: NodeJS.ReadableStream, output: NodeJS.WritableStream, inputHandler: InputHandler) {
    this.#input = input;
    this.#output = output;
    this.#inputHandler = inputHandler;
    output.on('error', () => inputHandler.onEnd()); // the reader closed the pipe
  }

  show(lines: readonly string[]): void {
    for (const line of lines) this.#output.write(`${line}\n`);
  }

  showWindow(): void {}

  setPrompt(): void {}

  setStatus(): void {}

  clear(): void {}

  askSecret(_question: string, onAnswer: (secret: string | null) => void): void {
    onAnswer(null);
  }

  acceptInput(): void {
    if (this.#readline !== null) return;
    this.#readline = createInterface({ input: this.#input, terminal: false, crlfDelay: Infinity });
    this.#readline.on('line', (line) => {
      this.#lines.push(line);
      this.#handleLines();
    });
    this.#readline.on('close', () => {
      this.#isAtEnd = true;
      this.#handleLines();
    });
  }

  setPending(count: number): void {
    if (count >= MAX_PENDING) {
      this.#isPaused = true;
      if (!this.#isAtEnd) this.#readline?.pause();
    } else if (this.#isPaused && count < MAX_PENDING / 2) {
      this.#isPaused = false;
      if (!this.#isAtEnd) this.#readline?.resume();
      this.#handleLines();
    }
  }

  close(): void {
    this.#lines = [];
    this.#isClosed = true;
    this.#readline?.close();
  }

  #handleLines(): void {
    while (!this.#isPaused) {
      const line = this.#lines.shift();
      if (line === undefined) break;
      this.#inputHandler.onLine(line);
    }
    if (!this.#isAtEnd || this.#isClosed || this.#lines.length > 0) return;
    this.#isClosed = true;
    this.#inputHandler.onEnd();
  }
}
