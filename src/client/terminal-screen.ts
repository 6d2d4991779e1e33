/**
 * A chat in a terminal: the input line stays at the bottom, and messages are written above it. Node's readline edits the
 * line, stores the input history and requests completions. Readline does not expect other output, so its rows are
 * cleared before each batch of lines and drawn again afterwards.
 */
import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Completed } from './completion.js';
import type { Screen, InputHandler } from './screen.js';

const BELL = '\u0007';
const HISTORY_LINES = 1000;

export class TerminalScreen implements Screen {
  readonly #output: WriteStream;
  readonly #inputHandler: InputHandler;
  readonly #readline: Interface;
  #lines: string[] = [];
  #bell = false;
  #redraw: NodeJS.Immediate | null = null;
  /** The rows of the line that was just entered; its message replaces them. */
  #enteredRows = 1;
  #closed = false;

  constructor(
    input: ReadStream,
    output: WriteStream,
    inputHandler: InputHandler,
    complete: (line: string) => Completed,
  ) {
    this.#output = output;
    this.#inputHandler = inputHandler;
    this.#readline = createInterface({
      input,
      output,
      terminal: true,
      historySize: HISTORY_LINES,
      removeHistoryDuplicates: true,
      completer: complete,
      prompt: '> ',
    });
    // Runs before readline's own handler, which moves the cursor away from the rows.
    input.prependListener('keypress', (_text, key: { name?: string } | undefined) => {
      if (key?.name === 'return' || key?.name === 'enter') this.#measureRows();
    });
    this.#readline.on('line', (line) => this.#enter(line));
    this.#readline.on('SIGINT', () => this.#interrupt());
    this.#readline.on('close', () => this.#onReadlineClose());
  }

  show(lines: readonly string[], bell: boolean): void {
    if (this.#closed) return;
    this.#lines.push(...lines);
    this.#bell ||= bell;
    this.#redraw ??= setImmediate(() => this.#draw());
  }

  setPrompt(prompt: string): void {
    if (this.#closed) return;
    this.#readline.setPrompt(prompt);
    this.#redraw ??= setImmediate(() => this.#draw());
  }

  acceptInput(): void {
    this.#readline.prompt(true);
  }

  setPending(): void {
    // Typing is slower than the server. A very long paste is refused by the session with a warning.
  }

  close(): void {
    if (this.#closed) return;
    this.#finish();
    this.#readline.close();
  }

  #draw(): void {
    this.#write();
    // Readline would first move up by the rows that it last drew above its cursor. These rows are cleared already, and
    // after a paste the count is wrong, since readline does not update it then. Readline has no public API for the count.
    Reflect.set(this.#readline, 'prevRows', 0);
    this.#readline.prompt(true);
  }

  /** Writes the pending lines in place of the input line. */
  #write(): void {
    if (this.#redraw !== null) clearImmediate(this.#redraw);
    this.#redraw = null;
    this.#clearInput();
    this.#output.write((this.#bell ? BELL : '') + this.#lines.map((line) => `${line}\n`).join(''));
    this.#lines = [];
    this.#bell = false;
  }

  /** Writes the last lines without a prompt: the shell's prompt follows. */
  #finish(): void {
    this.#write();
    this.#closed = true;
  }

  /** Clears the prompt and the input line. */
  #clearInput(): void {
    const { rows } = this.#readline.getCursorPos();
    moveCursor(this.#output, 0, -rows);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
  }

  #measureRows(): void {
    this.#readline.write(null, { ctrl: true, name: 'e' }); // to the end of the line, on its last row
    this.#enteredRows = this.#readline.getCursorPos().rows + 1;
  }

  #enter(line: string): void {
    moveCursor(this.#output, 0, -this.#enteredRows);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
    this.#inputHandler.onLine(line);
    if (!this.#closed) this.#draw();
  }

  /** Ctrl-C clears the input line; on an empty line it ends the chat. */
  #interrupt(): void {
    if (this.#readline.line === '') return this.#readline.close();
    this.#readline.write(null, { ctrl: true, name: 'e' });
    this.#readline.write(null, { ctrl: true, name: 'u' });
  }

  #onReadlineClose(): void {
    if (this.#closed) return;
    this.#finish();
    this.#inputHandler.onEnd();
  }
}
