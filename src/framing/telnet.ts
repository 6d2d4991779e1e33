/**
 * Removes telnet from a stream before it is split into lines: RFC 854 commands and negotiation, which clients such as
 * `telnet` and PuTTY send on their own, and the editing keys of clients that send each key at once.
 */
import type { TelnetRequests } from '../core/dialect.js';

const SE = 240;
const DATA_MARK = 242;
const ARE_YOU_THERE = 246;
const SB = 250;
const WILL = 251;
const WONT = 252;
const DO = 253;
const DONT = 254;
/** RFC 860. GNU telnet drops all output after Ctrl-C until its DO is answered. */
const TIMING_MARK = 6;
/** Options whose subnegotiation may hold a byte 10: the size of the window, LINEMODE. */
const NAWS = 31;
const LINEMODE = 34;
/** More requests in one packet are a flood, and get no reply. */
const MAX_TIMING_MARKS = 16;
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
  #isAtLineStart: boolean;
  /** The command that an option follows, and the option of a subnegotiation. */
  #command = 0;
  #option: number | null = null;
  #timingMarks = 0;
  #areYouThere = false;

  /** `isAtLineStart` is false if the stream began within a line. */
  constructor(isAtLineStart = true) {
    this.#isAtLineStart = isAtLineStart;
  }

  /** The requests since the last call; null for none. */
  takeRequests(): TelnetRequests | null {
    if (this.#timingMarks === 0 && !this.#areYouThere) return null;
    const requests = {
      reply: this.#timingMarks === 0 ? null : wontTimingMark(Math.min(this.#timingMarks, MAX_TIMING_MARKS)),
      areYouThere: this.#areYouThere,
    };
    this.#timingMarks = 0;
    this.#areYouThere = false;
    return requests;
  }

  /**
   * The data bytes of a chunk. A client that sends each key at once sends CR NUL for Enter (RFC 854), so after a telnet
   * command CR NUL is a line end. A client that sends IAC DM as urgent data, after Ctrl-C, leaves a lone DM before the
   * next line, because the system delivers the IAC apart from the stream.
   */
  filter(chunk: Buffer): Buffer {
    const data = Buffer.allocUnsafe(chunk.length);
    let length = 0;
    for (const byte of chunk) {
      if (!this.isData(byte)) {
        this.#isTelnet = true;
        continue;
      }
      if (byte === DATA_MARK && this.#isTelnet && this.#isAtLineStart) continue;
      const one = this.#afterCr && byte === NUL ? LF : byte;
      data[length++] = one;
      this.#afterCr = this.#isTelnet && byte === CR;
      this.#isAtLineStart = one === LF;
    }
    return data.subarray(0, length);
  }

  /**
   * Whether the next byte is data. `IAC IAC` is the data byte 255; an IAC before an unknown command is dropped alone. A
   * line end is always data: text in cp1252 has bytes 255 and more that look like a negotiation.
   */
  isData(byte: number): boolean {
    if ((byte === LF || byte === CR) && this.#state !== 'data' && !this.#mayHoldLineEnd) {
      this.#state = 'data';
      return true;
    }
    switch (this.#state) {
      case 'data':
        if (byte !== IAC) return true;
        this.#state = 'command';
        return false;
      case 'command':
        if (byte === SB) {
          this.#state = 'sub';
          this.#subnegotiationLength = 0;
          this.#option = null;
          return false;
        }
        this.#command = byte;
        if (byte === ARE_YOU_THERE) this.#areYouThere = true;
        this.#state = byte >= WILL && byte <= DONT ? 'option' : 'data';
        return byte < SE || byte === IAC;
      case 'option':
        this.#state = 'data';
        if (this.#command === DO && byte === TIMING_MARK) this.#timingMarks++;
        return false;
      case 'sub':
        this.#option ??= byte;
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

  get #mayHoldLineEnd(): boolean {
    return this.#state === 'sub' && (this.#option === NAWS || this.#option === LINEMODE);
  }
}

/** The reply to requests for a timing mark. */
function wontTimingMark(count: number): Uint8Array {
  return Buffer.alloc(3 * count, Uint8Array.of(IAC, WONT, TIMING_MARK));
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
