/**
 * A program in this process that talks: a client of the hub that has no connection, no name and no room of its own. It
 * posts under the names of bots, and reads what the hub answers like any other client: a PONG behind each post says
 * that the post is stored.
 */
import type { Client } from '../core/hub/client.js';
import type { Dialect } from '../core/dialect.js';
import type { HubEvent } from '../core/event.js';
import type { Hub } from '../core/hub/hub.js';
import { MAX_PASTE_BYTES, MAX_PASTE_LINES } from '../core/limits.js';
import type { Bytes, Connection } from '../core/ports.js';
import { cleanText, parseRoomName, parseUserName, type Text } from '../core/text/text.js';
import { Encoder } from '../core/delivery/encoder.js';
import { rawFraming } from '../net/raw-framing.js';

/** Why nothing was said, in the protocol's words; `closed` is the library's own. */
export type SayRefusal =
  | 'invalid-room'
  | 'invalid-username'
  /** A user has that name or one that looks like it, or nobody may have it. */
  | 'username-taken'
  /** There is nothing in the text that could be said. */
  | 'usage'
  | 'line-too-long'
  /** More than 200 lines or 16 KiB. */
  | 'paste-too-long'
  | 'not-stored'
  /** The Partyline is closed. */
  | 'closed';

export interface BotClientOptions {
  readonly hub: Hub;
  readonly now: () => number;
  readonly maxLineBytes: number;
}

export class BotClient implements Connection {
  readonly peer = 'this process';
  readonly address = 'this process';
  readonly unsentBytes = 0;
  readonly #hub: Hub;
  readonly #now: () => number;
  readonly #maxLineBytes: number;
  readonly #client: Client;
  /** Who waits for the answers to come, in the order of their posts. */
  readonly #waiting: ((result: SayRefusal | null) => void)[] = [];
  #last: Promise<SayRefusal | null> = Promise.resolve(null);
  #refusal: SayRefusal | null = null;
  /** The beginning of an answer whose end is still to come. */
  #rest = '';

  constructor({ hub, now, maxLineBytes }: BotClientOptions) {
    this.#hub = hub;
    this.#now = now;
    this.#maxLineBytes = maxLineBytes;
    this.#client = hub.attachBot(new Encoder(answers, rawFraming), this);
  }

  /** Settles with null when all lines are stored. Nothing comes between them. */
  post(room: string, name: string, text: string): Promise<SayRefusal | null> {
    if (this.#client.closeReason !== null) return Promise.resolve('closed');
    // A program in JavaScript may hand on what somebody sent it, or did not.
    const to = typeof room === 'string' ? parseRoomName(cleanText(room)) : null;
    const from = typeof name === 'string' ? parseUserName(cleanText(name)) : null;
    const texts = typeof text === 'string' ? textsOf(text, this.#maxLineBytes) : 'usage';
    if (to === null) return Promise.resolve('invalid-room');
    if (from === null) return Promise.resolve('invalid-username');
    if (typeof texts === 'string') return Promise.resolve(texts);
    const at = this.#now();
    this.#last = new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#hub.post(this.#client, { room: to, from, texts }, at);
      this.#hub.apply(this.#client, { kind: 'ping', token: '' }, at);
    });
    return this.#last;
  }

  /** Settles with all posts so far. */
  settled(): Promise<unknown> {
    return this.#last;
  }

  write(bytes: Bytes): boolean {
    const lines = (this.#rest + Buffer.from(bytes).toString()).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === DONE) this.#answer();
      else this.#refusal = line === 'username-taken' ? line : 'not-stored';
    }
    return true;
  }

  pause(): void {}

  resume(): void {}

  /** Whoever still waits is not told that it is stored. */
  close(): void {
    while (this.#waiting.length > 0) this.#waiting.shift()?.('not-stored');
  }

  #answer(): void {
    const result = this.#refusal;
    this.#refusal = null;
    this.#waiting.shift()?.(result);
  }
}

/** Each line is a message; those with nothing in them are left out. */
function textsOf(text: string, maxLineBytes: number): readonly Text[] | SayRefusal {
  const lines = text.split(/\r*\n/);
  const texts = lines.map((line) => cleanText(line)).filter((line) => line.trim() !== '');
  if (texts.length === 0) return 'usage';
  const sizes = lines.map((line) => Buffer.byteLength(line));
  if (sizes.some((size) => size > maxLineBytes)) return 'line-too-long';
  const isTooLong =
    texts.length > MAX_PASTE_LINES || sizes.reduce((sum, size) => sum + size, 0) > MAX_PASTE_BYTES;
  return isTooLong ? 'paste-too-long' : texts;
}

const DONE = 'done';

/** What the hub says to a program: a line for each refusal, and one for each fence. */
const answers: Dialect = {
  name: 'library',
  echoesOwnMessages: true,
  recapMessages: 0,
  interactive: false,
  format(event: HubEvent): string {
    if (event.kind === 'pong') return `${DONE}\n`;
    return event.kind === 'refused' ? `${event.reason}\n` : '';
  },
};
