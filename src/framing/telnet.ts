/**
 * Removes telnet from a stream before it is split into lines: RFC 854 commands and negotiation, which clients such as
 * `telnet` and PuTTY send on their own, and the editing keys of clients that send each key at once.
 */

const SE = 240;
const SB = 250;
const WILL = 251;
const DONT = 254;
/** Interpret as command. */
export const IAC = 255;
/** A longer subnegotiation ends here, so that it cannot hide all further input. */
const MAX_SUBNEGOTIATION_BYTES = 1024;
const NUL = 0;
const LF = 10;
const CR = 13;

type State = 'data' | 'command' | 'option' | 'sub' | 'sub-command';

/** Removes `IAC …` sequences, also those split between packets. */
export class TelnetFilter {
  #state: State = 'data';
  #subnegotiationLength = 0;
  /** The client has sent a command. */
  #isTelnet = false;
  #afterCr = false;

  /**
   * The data bytes of a chunk. A client that sends each key at once sends CR NUL for Enter (RFC 854), so after a telnet
   * command CR NUL is a line end.
   */
  filter(chunk: Buffer): Buffer {
    const data = Buffer.allocUnsafe(chunk.length);
    let length = 0;
    for (const byte of chunk) {
      if (!this.isData(byte)) {
        this.#isTelnet = true;
        continue;
      }
      data[length++] = this.#afterCr && byte === NUL ? LF : byte;
      this.#afterCr = this.#isTelnet && byte === CR;
    }
    return data.subarray(0, length);
  }

  /**
   * Whether the next byte is data. `IAC IAC` is the data byte 255; an IAC before an unknown command is dropped alone.
   */
  isData(byte: number): boolean {
    switch (this.#state) {
      case 'data':
        if (byte !== IAC) return true;
        this.#state = 'command';
        return false;
      case 'command':
        if (byte === SB) {
          this.#state = 'sub';
          this.#subnegotiationLength = 0;
          return false;
        }
        this.#state = byte >= WILL && byte <= DONT ? 'option' : 'data';
        return byte < SE || byte === IAC;
      case 'option':
        this.#state = 'data';
        return false;
      case 'sub':
        if (byte === IAC) this.#state = 'sub-command';
        else if (++this.#subnegotiationLength > MAX_SUBNEGOTIATION_BYTES) this.#state = 'data';
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

/** Applies backspace and delete, and removes cursor keys, of a terminal that sends each key at once. */
export function applyEditingKeys(line: string): string {
  const typed = line.includes(ESCAPE) ? line.replace(CURSOR_KEYS, '') : line;
  if (!typed.includes(BACKSPACE) && !typed.includes(DELETE)) return typed;
  const result: string[] = [];
  for (const character of typed) {
    if (character === BACKSPACE || character === DELETE) result.pop();
    else result.push(character);
  }
  return result.join('');
}
