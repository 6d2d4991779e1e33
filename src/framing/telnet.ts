/**
 * Telnet's part of the stream, taken out before anyone looks for lines: RFC 854 commands and negotiation, which
 * clients such as `telnet` and PuTTY send unasked, and the editing keys of clients that send a key at a time.
 */

const SE = 240;
const SB = 250;
const WILL = 251;
const DONT = 254;
/** Interpret as command. */
export const IAC = 255;
/** A subnegotiation longer than this is none. */
const MAX_SUBNEGOTIATION = 1024;
const NUL = 0;
const LF = 10;
const CR = 13;

type State = 'data' | 'command' | 'option' | 'sub' | 'sub-command';

/** Swallows `IAC …` sequences, also those that packets cut in two. */
export class TelnetFilter {
  #state: State = 'data';
  #subLength = 0;
  /** It has sent a command. */
  #isTelnet = false;
  #afterCr = false;

  /**
   * What is left of the chunk. Who sends each key at once has CR NUL for Enter (RFC 854), so from one that has sent a
   * command that is a line end.
   */
  filter(chunk: Buffer): Buffer {
    const kept = Buffer.allocUnsafe(chunk.length);
    let length = 0;
    for (const byte of chunk) {
      if (!this.keeps(byte)) {
        this.#isTelnet = true;
        continue;
      }
      kept[length++] = this.#afterCr && byte === NUL ? LF : byte;
      this.#afterCr = this.#isTelnet && byte === CR;
    }
    return kept.subarray(0, length);
  }

  /** Whether the next byte is data. `IAC IAC` is the data byte 255; IAC before what is no command is dropped alone. */
  keeps(byte: number): boolean {
    switch (this.#state) {
      case 'data':
        if (byte !== IAC) return true;
        this.#state = 'command';
        return false;
      case 'command':
        if (byte === SB) {
          this.#state = 'sub';
          this.#subLength = 0;
          return false;
        }
        this.#state = byte >= WILL && byte <= DONT ? 'option' : 'data';
        return byte < SE || byte === IAC;
      case 'option':
        this.#state = 'data';
        return false;
      case 'sub':
        if (byte === IAC) this.#state = 'sub-command';
        else if (++this.#subLength > MAX_SUBNEGOTIATION) this.#state = 'data';
        return false;
      case 'sub-command':
        this.#state = byte === IAC ? 'sub' : 'data';
        return false;
      default:
        return this.#state satisfies never;
    }
  }
}

const BACKSPACE = '\b';
const DELETE = '\x7f';
const ESCAPE = '\x1b';
/** ECMA-48 control sequences (`ESC [ A`: cursor up) and the SS3 forms that keypads send (`ESC O A`). */
const CURSOR_KEYS = new RegExp(`${ESCAPE}(?:\\[[0-?]*[ -/]*[@-~]|O[A-Z])`, 'g');

/** What a person meant who pressed backspace, delete and cursor keys while the terminal sent each at once. */
export function applyEditingKeys(line: string): string {
  const typed = line.includes(ESCAPE) ? line.replace(CURSOR_KEYS, '') : line;
  if (!typed.includes(BACKSPACE) && !typed.includes(DELETE)) return typed;
  const kept: string[] = [];
  for (const character of typed) {
    if (character === BACKSPACE || character === DELETE) kept.pop();
    else kept.push(character);
  }
  return kept.join('');
}
