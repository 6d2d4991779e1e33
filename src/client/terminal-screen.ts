/**
 * A chat in a terminal, on its alternate screen: a status line at the top, the messages of one window below it, the input
 * line at the bottom. Every change lays the whole screen out again, and writes the rows that differ from what the terminal shows. So
 * neither a new message nor another size of the terminal leaves parts of an old prompt behind.
 */
import type { ReadStream, WriteStream } from 'node:tty';
import type { Completed } from './completion.js';
import { layOutInput } from './input-rows.js';
import { KeyReader, type TerminalInput } from './key-reader.js';
import { LineEditor } from './line-editor.js';
import type { Clock } from './request-channel.js';
import type { InputHandler, Screen } from './screen.js';
import { Scrollback } from './scrollback.js';
import { mayHoldSecret } from './secrets.js';
import { layOutStatus, type Status } from './status-line.js';
import { TerminalMode } from './terminal-mode.js';
import { windowChoice } from './window-keys.js';
import type { ChatWindow } from './windows.js';

const BELL = '\u0007';
/** More pasted lines than this are sent only after a confirmation. */
const MAX_UNASKED_LINES = 5;
const MIN_ROWS = 3;

interface Question {
  readonly prompt: string;
  /** Whether the answer is typed without echo. Otherwise one key is the answer. */
  readonly isSecret: boolean;
  answer(text: string | null): void;
}

export class TerminalScreen implements Screen {
  readonly #output: WriteStream;
  readonly #inputHandler: InputHandler;
  readonly #complete: (line: string) => Completed;
  readonly #mode: TerminalMode;
  readonly #keys: KeyReader;
  #editor = new LineEditor();
  /** The editor of the chat, while a question has one of its own. */
  #chatEditor = this.#editor;
  readonly #scrollbacks = new WeakMap<ChatWindow, Scrollback>();
  /** What was typed in the windows that are not shown. */
  readonly #drafts = new WeakMap<ChatWindow, string>();
  #window: ChatWindow;
  #prompt = '> ';
  #status: Status = { windows: [], notes: [] };
  #question: Question | null = null;
  /** Asked after that one. */
  readonly #nextQuestions: (() => void)[] = [];
  /** The rows that the terminal shows; empty if that is not known. */
  #drawn: readonly string[] = [];
  #bell = false;
  #redraw: NodeJS.Immediate | null = null;
  #isClosed = false;

  constructor(
    input: ReadStream,
    output: WriteStream,
    clock: Clock,
    inputHandler: InputHandler,
    complete: (line: string) => Completed,
    window: ChatWindow,
    marksPastes: boolean,
  ) {
    this.#output = output;
    this.#window = window;
    this.#inputHandler = inputHandler;
    this.#complete = complete;
    this.#keys = new KeyReader(clock, marksPastes, (typed) => this.#onInput(typed));
    this.#mode = new TerminalMode(input, output, {
      onData: (text) => this.#keys.push(text),
      onRedraw: () => this.#drawAll(),
      onEnd: () => this.#leave(),
    });
    this.#mode.enter();
  }

  show(lines: readonly string[], windows: readonly ChatWindow[], bell: boolean): void {
    for (const window of windows) this.#scrollbackOf(window).add(lines, this.#columns);
    this.#bell ||= bell;
    this.#drawSoon();
  }

  showWindow(window: ChatWindow): void {
    if (window === this.#window) return;
    this.#drafts.set(this.#window, this.#chatEditor.swap(this.#drafts.get(window) ?? ''));
    this.#window = window;
    this.#drawSoon();
  }

  setPrompt(prompt: string): void {
    this.#prompt = prompt;
    this.#drawSoon();
  }

  setStatus(status: Status): void {
    this.#status = status;
    this.#drawSoon();
  }

  clear(): void {
    this.#scrollback.clear();
    this.#drawSoon();
  }

  askSecret(question: string, onAnswer: (secret: string | null) => void): void {
    const ask = () => {
      this.#editor = new LineEditor();
      this.#ask({ prompt: question, isSecret: true, answer: onAnswer });
    };
    if (this.#question === null) ask();
    else this.#nextQuestions.push(ask);
  }

  acceptInput(): void {
    this.#drawSoon();
  }

  setPending(): void {
    // Typing is slower than the server. A very long paste is refused by the session with a warning.
  }

  /** Restores the terminal. The last messages stay above the shell's prompt. */
  close(): void {
    if (this.#isClosed) return;
    if (this.#redraw !== null) clearImmediate(this.#redraw);
    this.#isClosed = true;
    this.#scrollback.scrollToEnd();
    const rows = this.#scrollback.visible(this.#columns, this.#rows - 2);
    this.#mode.leave();
    this.#output.write((this.#bell ? BELL : '') + rows.map((row) => `${row}\n`).join(''));
  }

  get #scrollback(): Scrollback {
    return this.#scrollbackOf(this.#window);
  }

  #scrollbackOf(window: ChatWindow): Scrollback {
    const scrollback = this.#scrollbacks.get(window) ?? new Scrollback();
    this.#scrollbacks.set(window, scrollback);
    return scrollback;
  }

  get #columns(): number {
    return Math.max(1, this.#output.columns);
  }

  get #rows(): number {
    return Math.max(MIN_ROWS, this.#output.rows);
  }

  #onInput(typed: TerminalInput): void {
    if (this.#isClosed) return;
    if (typed.kind === 'paste' && !typed.isMarked && this.#isTyped(typed.text))
      return this.#keys.read(typed.text);
    if (this.#question !== null) this.#onAnswer(this.#question, typed);
    else if (typed.kind === 'text') this.#editor.insert(typed.text);
    else if (typed.kind === 'paste') this.#onPaste(typed.text);
    else this.#onKey(typed.key);
    if (!this.#isClosed) this.#drawSoon();
  }

  #onKey(key: string): void {
    const choice = windowChoice(key);
    if (choice !== null) return this.#inputHandler.onWindow(choice);
    switch (key) {
      case 'enter':
        this.#scrollback.scrollToEnd();
        return this.#inputHandler.onLine(this.#editor.take());
      case 'tab':
        return this.#completeWord();
      case 'page-up':
      case 'page-down':
        return this.#page(key === 'page-up' ? 1 : -1);
      case 'ctrl-c':
        if (this.#editor.text === '') return this.#leave();
        return void this.#editor.take(true);
      case 'ctrl-d':
        return this.#editor.text === '' ? this.#leave() : this.#editor.press(key);
      case 'ctrl-l':
        this.#drawn = [];
        return;
      case 'ctrl-z':
        return this.#mode.suspend();
      default:
        return this.#editor.press(key);
    }
  }

  /** Lines without marks, one of which must not be posted: it answers a question, or has a password. */
  #isTyped(text: string): boolean {
    const lines = `${this.#editor.beforeCursor}${text}`.split('\n');
    return this.#question !== null || lines.some(mayHoldSecret);
  }

  /** One line goes into the input line. Several are sent as they are, together with what was typed around them. */
  #onPaste(pasted: string): void {
    const text = pasted.replace(/^\n+|\s*\n\s*$/g, '');
    if (!text.includes('\n')) return this.#editor.insert(text);
    const lines = `${this.#editor.beforeCursor}${text}${this.#editor.afterCursor}`.split('\n');
    const send = () => {
      this.#editor.take(true);
      this.#scrollback.scrollToEnd();
      this.#inputHandler.onPaste(lines);
    };
    const hasSecret = lines.some(mayHoldSecret);
    if (lines.length <= MAX_UNASKED_LINES && !hasSecret) return send();
    const how = hasSecret ? ' as text, which may have a password or a key in them' : '';
    this.#ask({
      prompt: `send these ${lines.length} lines${how}? (y/n) `,
      isSecret: false,
      answer: (key) => {
        if (key?.toLowerCase() === 'y') send();
      },
    });
  }

  #ask(question: Question): void {
    this.#question = question;
    this.#drawSoon();
  }

  #onAnswer(question: Question, typed: TerminalInput): void {
    const isCancel = typed.kind === 'key' && (typed.key === 'ctrl-c' || typed.key === 'ctrl-d');
    if (!question.isSecret) {
      if (typed.kind === 'text' && /^[yn]/i.test(typed.text))
        return this.#answer(question, typed.text[0] ?? '');
      if (isCancel) return this.#answer(question, null);
    } else if (typed.kind !== 'key') this.#editor.insert(typed.text.replace(/\n[^]*/, ''));
    else if (isCancel) this.#answer(question, null);
    else if (typed.key === 'enter') this.#answer(question, this.#editor.take(true));
    else this.#editor.press(typed.key);
  }

  #answer(question: Question, text: string | null): void {
    this.#question = null;
    this.#editor = this.#chatEditor;
    question.answer(text);
    if (this.#question === null) this.#nextQuestions.shift()?.();
  }

  #page(direction: 1 | -1): void {
    const height = this.#rows - 2;
    this.#scrollback.scroll(direction * Math.max(1, height - 1), this.#columns, height);
  }

  #completeWord(): void {
    const [found, word] = this.#complete(this.#editor.beforeCursor);
    const prefix = commonStart(found);
    if (found.length === 1 || prefix.length > word.length) this.#editor.replaceBefore(word.length, prefix);
    else if (found.length > 1)
      this.#scrollback.add([found.map((one) => one.trim()).join('  ')], this.#columns);
  }

  #leave(): void {
    if (this.#isClosed) return;
    const question = this.#question;
    if (question?.isSecret === true) return this.#answer(question, null);
    this.#inputHandler.onEnd();
  }

  #drawSoon(): void {
    if (!this.#isClosed) this.#redraw ??= setImmediate(() => this.#draw());
  }

  #drawAll(): void {
    this.#drawn = [];
    this.#drawSoon();
  }

  #draw(): void {
    this.#redraw = null;
    const [columns, height] = [this.#columns, this.#rows];
    const isSecret = this.#question?.isSecret === true;
    const [before, after] =
      this.#question === null ? [this.#editor.beforeCursor, this.#editor.afterCursor] : ['', ''];
    const prompt = this.#question?.prompt ?? this.#prompt;
    const input = layOutInput(
      prompt + before,
      isSecret ? '' : after,
      columns,
      Math.max(1, Math.floor(height / 2)),
    );
    const messageRows = height - 1 - input.rows.length;
    const messages = this.#scrollback.visible(columns, messageRows);
    const blank = Array.from({ length: messageRows - messages.length }, () => '');
    this.#write([this.#statusRow(columns), ...blank, ...messages, ...input.rows]);
    const row = height - input.rows.length + input.cursorRow + 1;
    this.#output.write(`${this.#bell ? BELL : ''}\u001b[${row};${input.cursorColumn + 1}H\u001b[?25h`);
    this.#bell = false;
  }

  /** Writes the rows that have changed. A row is cleared first: clearing behind a full row would take its last character. */
  #write(rows: readonly string[]): void {
    const changed = rows.flatMap((row, index) =>
      row === this.#drawn[index] ? [] : [`\u001b[${index + 1};1H\u001b[2K${row}`],
    );
    if (changed.length > 0) this.#output.write(`\u001b[?25l${changed.join('')}`);
    this.#drawn = rows;
  }

  #statusRow(columns: number): string {
    const { windows, notes } = this.#status;
    const all = this.#scrollback.isAtEnd ? notes : ['more below: page down', ...notes];
    return `\u001b[7m${layOutStatus({ windows, notes: all }, columns)}\u001b[0m`;
  }
}

function commonStart(words: readonly string[]): string {
  const [first = '', ...others] = words;
  let length = first.length;
  for (const word of others) while (!word.startsWith(first.slice(0, length))) length--;
  return first.slice(0, length);
}
