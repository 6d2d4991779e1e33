/**
 * The input line of a terminal: its text, its cursor, and the lines entered before. It knows nothing of the screen, so a
 * key changes the line where the cursor is, however many keys come at once.
 */
import { cleanText } from '../core/text/text.js';
import { graphemesOf } from './text-width.js';

const MAX_HISTORY = 1000;

export class LineEditor {
  #text = '';
  /** The index in the text, always between two graphemes. */
  #cursor = 0;
  /** What Ctrl-W, Ctrl-U and Ctrl-K removed last. */
  #removed = '';
  #history: string[] = [];
  /** The line of the history that is shown; its length if none is. */
  #position = 0;
  #draft = '';

  get text(): string {
    return this.#text;
  }

  get beforeCursor(): string {
    return this.#text.slice(0, this.#cursor);
  }

  get afterCursor(): string {
    return this.#text.slice(this.#cursor);
  }

  /** Inserts text at the cursor, without control characters. */
  insert(text: string): void {
    const clean = cleanText(text);
    this.#set(this.beforeCursor + clean + this.afterCursor, this.#cursor + clean.length);
  }

  /** Replaces the last characters before the cursor. */
  replaceBefore(count: number, text: string): void {
    const before = this.#text.slice(0, this.#cursor - count) + text;
    this.#set(before + this.afterCursor, before.length);
  }

  /** Empties the line and returns its text, which the keys up and down bring back unless it is secret. */
  take(isSecret = false): string {
    const text = this.#text;
    if (text.trim() !== '' && !isSecret) {
      this.#history = [...this.#history.filter((line) => line !== text), text].slice(-MAX_HISTORY);
    }
    this.#position = this.#history.length;
    this.#draft = '';
    this.#set('', 0);
    return text;
  }

  /** Replaces the line by another one, with the cursor at its end, and returns its text. */
  swap(text: string): string {
    const before = this.#text;
    this.#position = this.#history.length;
    this.#draft = '';
    this.#set(text, text.length);
    return before;
  }

  /** Edits the line. A key without a meaning has no effect. */
  press(key: string): void {
    const { beforeCursor, afterCursor } = this;
    switch (key) {
      case 'left':
      case 'ctrl-b':
        return this.#moveTo(beforeCursor.length - lastGrapheme(beforeCursor).length);
      case 'right':
      case 'ctrl-f':
        return this.#moveTo(beforeCursor.length + (graphemesOf(afterCursor)[0]?.length ?? 0));
      case 'home':
      case 'ctrl-a':
        return this.#moveTo(0);
      case 'end':
      case 'ctrl-e':
        return this.#moveTo(this.#text.length);
      case 'ctrl-left':
      case 'alt-left':
      case 'alt-b':
        return this.#moveTo(wordStart(beforeCursor));
      case 'ctrl-right':
      case 'alt-right':
      case 'alt-f':
        return this.#moveTo(this.#cursor + wordEnd(afterCursor));
      case 'backspace':
        return this.replaceBefore(lastGrapheme(beforeCursor).length, '');
      case 'delete':
      case 'ctrl-d':
        return this.#set(
          beforeCursor + afterCursor.slice(graphemesOf(afterCursor)[0]?.length ?? 0),
          this.#cursor,
        );
      case 'ctrl-w':
      case 'alt-backspace':
        return this.#remove(
          key === 'ctrl-w' ? blankWordStart(beforeCursor) : wordStart(beforeCursor),
          this.#cursor,
        );
      case 'alt-d':
        return this.#remove(this.#cursor, this.#cursor + wordEnd(afterCursor));
      case 'ctrl-u':
        return this.#remove(0, this.#cursor);
      case 'ctrl-k':
        return this.#remove(this.#cursor, this.#text.length);
      case 'ctrl-y':
        return this.insert(this.#removed);
      case 'up':
        return this.#recall(this.#position - 1);
      case 'down':
        return this.#recall(this.#position + 1);
    }
  }

  #recall(position: number): void {
    if (position < 0 || position > this.#history.length) return;
    if (this.#position === this.#history.length) this.#draft = this.#text;
    this.#position = position;
    const line = this.#history[position] ?? this.#draft;
    this.#set(line, line.length);
  }

  #remove(start: number, end: number): void {
    if (start === end) return;
    this.#removed = this.#text.slice(start, end);
    this.#set(this.#text.slice(0, start) + this.#text.slice(end), start);
  }

  #moveTo(cursor: number): void {
    this.#cursor = cursor;
  }

  #set(text: string, cursor: number): void {
    this.#text = text;
    this.#cursor = cursor;
  }
}

function lastGrapheme(text: string): string {
  return graphemesOf(text).at(-1) ?? '';
}

function wordStart(text: string): number {
  return text.search(/[\p{L}\p{M}\p{N}]*[^\p{L}\p{M}\p{N}]*$/u);
}

function wordEnd(text: string): number {
  return /^[^\p{L}\p{M}\p{N}]*[\p{L}\p{M}\p{N}]*/u.exec(text)?.[0].length ?? 0;
}

function blankWordStart(text: string): number {
  return text.search(/\S*\s*$/);
}
