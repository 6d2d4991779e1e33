/**
 * The messages of the benchmark: a mark, the author's slot, a sequence number, and padding. They are found in a stream by
 * the mark, which no server sends by itself, so the framing of the protocol need not be parsed.
 */

const mark = '|';
const markByte = 0x7c;
const slotDigits = 2;
const sequenceDigits = 8;
const headBytes = 1 + slotDigits + sequenceDigits;

/** Sequence numbers are less than this, and then start again from 0. */
export const sequences = 10 ** sequenceDigits;

/** The commands of one author with marked texts. Only the number differs; the rest is built once. */
export class MarkedCommands {
  readonly #before: string;
  readonly #after: string;

  /**
   * @param slot the author, 0 to 99
   * @param command puts the text into a command of the server's language
   */
  constructor(slot: number, textBytes: number, command: (text: string) => string) {
    const head = mark + String(slot).padStart(slotDigits, '0');
    const placeholder = '0'.repeat(sequenceDigits);
    const whole = command((head + placeholder).padEnd(textBytes, '.'));
    const numberAt = whole.indexOf(head + placeholder) + head.length;
    this.#before = whole.slice(0, numberAt);
    this.#after = whole.slice(numberAt + sequenceDigits);
  }

  command(sequence: number): string {
    return this.#before + String(sequences + (sequence % sequences)).slice(1) + this.#after;
  }
}

/** Finds the marked texts in the stream of one connection, wherever the stream is cut. */
export class MarkedTexts {
  readonly #textBytes: number;
  readonly #onText: (slot: number, sequence: number) => void;
  /** Bytes of the stream still to be skipped: the rest of a text. */
  #skip = 0;
  /** How many bytes of a head have been read; 0 outside a head. */
  #headRead = 0;
  #slot = 0;
  #sequence = 0;

  constructor(textBytes: number, onText: (slot: number, sequence: number) => void) {
    this.#textBytes = textBytes;
    this.#onText = onText;
  }

  scan(buffer: Uint8Array, length: number): void {
    let at = this.#skip;
    while (at < length) {
      if (this.#headRead > 0) this.#readHead(buffer[at] ?? 0);
      else if (buffer[at] === markByte) this.#begin();
      at += 1;
      if (this.#headRead === headBytes) {
        this.#headRead = 0;
        at += this.#textBytes - headBytes;
        this.#onText(this.#slot, this.#sequence);
      }
    }
    this.#skip = at - length;
  }

  #begin(): void {
    this.#headRead = 1;
    this.#slot = 0;
    this.#sequence = 0;
  }

  #readHead(byte: number): void {
    const digit = byte - 0x30;
    if (this.#headRead <= slotDigits) this.#slot = this.#slot * 10 + digit;
    else this.#sequence = this.#sequence * 10 + digit;
    this.#headRead += 1;
  }
}
