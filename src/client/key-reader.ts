/**
 * Parses the bytes of a terminal into keys, typed text and pasted text. A terminal with bracketed paste marks a paste, so
 * lines without marks were typed, however many come in one read: by a program, or over a slow link. Another terminal
 * sends a paste as a burst of lines, which is recognised by a line end in the middle of one read.
 */
import type { Clock } from './request-channel.js';

export type TerminalInput =
  | { readonly kind: 'text'; readonly text: string }
  /** `left`, `ctrl-left`, `ctrl-a`, `alt-b`, `enter`, `page-up`, … */
  | { readonly kind: 'key'; readonly key: string }
  /** Line ends are LF. Without marks, it may be several typed lines. */
  | { readonly kind: 'paste'; readonly text: string; readonly isMarked: boolean };

const PASTE_START = '[200~';
const PASTE_END = '\u001b[201~';
/** A paste that never ends must not use up the memory, nor block the keyboard. */
const MAX_PASTE = 1024 * 1024;
/** The next read of a burst follows within this time. */
const BURST_MS = 30;

const ESCAPE = '\u001b';
const ESCAPE_SEQUENCE = /^(?:\[[0-9;:<=>?]*[ -/]*[@-~]|O[@-~])/;
const BEGUN_SEQUENCE = /^(?:\[[0-9;:<=>?]*[ -/]*|O)?$/;
const LINE_END_INSIDE = /(?:\r\n|\r|\n)(?=[^])/;

const FINAL_KEYS: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
};
const NUMBERED_KEYS: Readonly<Record<string, string>> = {
  '1': 'home',
  '3': 'delete',
  '4': 'end',
  '5': 'page-up',
  '6': 'page-down',
  '7': 'home',
  '8': 'end',
};
const CONTROL_KEYS: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\b': 'backspace',
  '\u007f': 'backspace',
};

export class KeyReader {
  readonly #clock: Clock;
  readonly #onInput: (input: TerminalInput) => void;
  #marksPastes: boolean;
  /** The start of an escape sequence whose end has not come yet. */
  #begun = '';
  #paste: string | null = null;
  #burst: string | null = null;
  #burstTimer: { cancel(): void } | null = null;

  /** `marksPastes`: the terminal is known to have bracketed paste. The first mark tells it, too. */
  constructor(clock: Clock, marksPastes: boolean, onInput: (input: TerminalInput) => void) {
    this.#clock = clock;
    this.#marksPastes = marksPastes;
    this.#onInput = onInput;
  }

  push(chunk: string): void {
    const isText =
      !this.#marksPastes && !chunk.includes(ESCAPE) && this.#paste === null && this.#begun === '';
    if (this.#burst !== null && !isText) this.#endBurst();
    if (isText && (this.#burst !== null || LINE_END_INSIDE.test(chunk))) return this.#addToBurst(chunk);
    this.read(chunk);
  }

  /** Reads keys and typed text, and pastes with marks. */
  read(chunk: string): void {
    let rest = this.#begun + chunk;
    this.#begun = '';
    while (rest !== '') rest = this.#paste === null ? this.#next(rest) : this.#addToPaste(rest);
  }

  #addToBurst(chunk: string): void {
    this.#burst = (this.#burst ?? '') + chunk;
    this.#burstTimer?.cancel();
    this.#burstTimer = this.#clock.after(BURST_MS, () => this.#endBurst());
  }

  /** Several whole lines are a paste; text behind the last line end stays in the input line. */
  #endBurst(): void {
    const burst = this.#burst ?? '';
    this.#burst = null;
    this.#burstTimer?.cancel();
    const lines = burst.split(/\r\n|\r|\n/);
    const rest = lines.pop() ?? '';
    if (lines.length < 2) return this.read(burst);
    this.#onInput({ kind: 'paste', text: `${lines.join('\n')}\n`, isMarked: false });
    this.read(rest);
  }

  /** Handles the first key or text, and returns what follows it. */
  #next(input: string): string {
    const [first = ''] = input;
    if (first === ESCAPE) return this.#escape(input.slice(1));
    const text = /^[^\u0000-\u001f\u007f]+/.exec(input)?.[0];
    if (text !== undefined) {
      this.#onInput({ kind: 'text', text });
      return input.slice(text.length);
    }
    // A tab between other characters was pasted.
    if (first === '\t' && /[^\t]/.test(input)) this.#onInput({ kind: 'text', text: first });
    else if (first === '\t') this.#key('tab');
    else this.#key(CONTROL_KEYS[first] ?? `ctrl-${String.fromCharCode(first.charCodeAt(0) + 96)}`);
    return input.slice(input.startsWith('\r\n') ? 2 : 1);
  }

  #escape(input: string): string {
    if (BEGUN_SEQUENCE.test(input)) {
      this.#begun = ESCAPE + input;
      return '';
    }
    const sequence = ESCAPE_SEQUENCE.exec(input)?.[0];
    if (sequence === PASTE_START) {
      this.#paste = '';
      this.#marksPastes = true;
    } else if (sequence !== undefined) this.#sequence(sequence);
    else if (input.startsWith(ESCAPE)) return input;
    else this.#key(`alt-${CONTROL_KEYS[input[0] ?? ''] ?? input[0] ?? ''}`);
    return input.slice(sequence?.length ?? 1);
  }

  #sequence(sequence: string): void {
    const final = sequence.at(-1) ?? '';
    const [number = '', modifiers = ''] = sequence.slice(1, -1).split(';');
    const name = final === '~' ? NUMBERED_KEYS[number] : FINAL_KEYS[final];
    if (name === undefined) return;
    const bits = Math.max(0, Number(modifiers || 1) - 1);
    this.#key(`${(bits & 4) > 0 ? 'ctrl-' : (bits & 2) > 0 ? 'alt-' : ''}${name}`);
  }

  #key(key: string): void {
    this.#onInput({ kind: 'key', key });
  }

  #addToPaste(input: string): string {
    const pasted = (this.#paste ?? '') + input;
    const end = pasted.indexOf(PASTE_END);
    if (end === -1 && pasted.length <= MAX_PASTE) {
      this.#paste = pasted;
      return '';
    }
    this.#paste = null;
    const text = end === -1 ? pasted : pasted.slice(0, end);
    this.#onInput({ kind: 'paste', text: text.replace(/\r\n|\r/g, '\n'), isMarked: true });
    return end === -1 ? '' : pasted.slice(end + PASTE_END.length);
  }
}
