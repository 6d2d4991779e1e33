/**
 * A chat on a terminal: the input stays at the bottom, and what comes in is put above it. Node's readline edits the
 * line, keeps the history and asks for completions; what it cannot do is let someone else write, so before each batch
 * of lines its rows are cleared, and afterwards drawn again.
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
  #drawing: NodeJS.Immediate | null = null;
  /** The rows of the line that was just entered, which its message takes the place of. */
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
    // Before readline hears of the key itself, and the rows are gone.
    input.prependListener('keypress', (_text, key: { name?: string } | undefined) => {
      if (key?.name === 'return' || key?.name === 'enter') this.#measure();
    });
    this.#readline.on('line', (line) => this.#enter(line));
    this.#readline.on('SIGINT', () => this.#interrupt());
    this.#readline.on('close', () => this.#leave());
  }

  show(lines: readonly string[], bell: boolean): void {
    if (this.#closed) return;
    this.#lines.push(...lines);
    this.#bell ||= bell;
    this.#drawing ??= setImmediate(() => this.#draw());
  }

  prompt(words: string): void {
    if (this.#closed) return;
    this.#readline.setPrompt(words);
    this.#drawing ??= setImmediate(() => this.#draw());
  }

  listen(): void {
    this.#readline.prompt(true);
  }

  busy(): void {
    // A person does not outrun the server; who pastes a book is told that too much waits.
  }

  close(): void {
    if (this.#closed) return;
    this.#finish();
    this.#readline.close();
  }

  #draw(): void {
    this.#write();
    // Readline would first go up by the rows that it last drew above its cursor. They are gone already, and after a
    // paste it is wrong about them (it does not count what it writes then). No other way leads to its count.
    Reflect.set(this.#readline, 'prevRows', 0);
    this.#readline.prompt(true);
  }

  /** Puts what waits in the place of the input. */
  #write(): void {
    if (this.#drawing !== null) clearImmediate(this.#drawing);
    this.#drawing = null;
    this.#clearInput();
    this.#output.write((this.#bell ? BELL : '') + this.#lines.map((line) => `${line}\n`).join(''));
    this.#lines = [];
    this.#bell = false;
  }

  /** The last lines, and no prompt: the shell's comes next. */
  #finish(): void {
    this.#write();
    this.#closed = true;
  }

  /** Clears the prompt and what is typed. */
  #clearInput(): void {
    const { rows } = this.#readline.getCursorPos();
    moveCursor(this.#output, 0, -rows);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
  }

  #measure(): void {
    this.#readline.write(null, { ctrl: true, name: 'e' }); // to the end of the line, where its last row is
    this.#enteredRows = this.#readline.getCursorPos().rows + 1;
  }

  #enter(line: string): void {
    moveCursor(this.#output, 0, -this.#enteredRows);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
    this.#inputHandler.typed(line);
    if (!this.#closed) this.#draw();
  }

  /** Ctrl-C gives up what is typed; on an empty line it leaves. */
  #interrupt(): void {
    if (this.#readline.line === '') return this.#readline.close();
    this.#readline.write(null, { ctrl: true, name: 'e' });
    this.#readline.write(null, { ctrl: true, name: 'u' });
  }

  #leave(): void {
    if (this.#closed) return;
    this.#finish();
    this.#inputHandler.left();
  }
}
