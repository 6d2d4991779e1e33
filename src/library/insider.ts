/**
 * A program in this process that talks: a client of the hub that has no connection, no name and no room of its own. It
 * posts under the names of bots, and reads what the hub answers like any other client: a PONG behind each post says
 * that the post is stored.
 */
import type { Client } from '../core/client.js';
import type { Dialect } from '../core/dialect.js';
import type { HubEvent } from '../core/event.js';
import type { Hub } from '../core/hub.js';
import type { Bytes, Connection } from '../core/ports.js';
import { cleanText, parseRoomName, parseUserName } from '../core/text.js';
import { Voice } from '../core/voice.js';
import { rawFraming } from '../wire/framing.js';

/** Why nothing was posted, in the protocol's words (`username-taken`, `not-stored`); null if all of it is stored. */
export type PostResult = string | null;

export interface InsiderOptions {
  readonly hub: Hub;
  readonly now: () => number;
  readonly maxLineBytes: number;
}

export class Insider implements Connection {
  readonly peer = 'this process';
  readonly address = 'this process';
  readonly unsent = 0;
  readonly #hub: Hub;
  readonly #now: () => number;
  readonly #maxLineBytes: number;
  readonly #client: Client;
  /** Who waits for the answers to come, in the order of their posts. */
  readonly #waiting: ((result: PostResult) => void)[] = [];
  #refusal: PostResult = null;

  constructor({ hub, now, maxLineBytes }: InsiderOptions) {
    this.#hub = hub;
    this.#now = now;
    this.#maxLineBytes = maxLineBytes;
    this.#client = hub.insider(new Voice(answers, rawFraming), this);
  }

  /** Each line is a message, and nothing comes between them. Settles when they are stored, or with the reason why not. */
  post(room: string, name: string, text: string): Promise<PostResult> {
    const at = this.#now();
    const to = parseRoomName(cleanText(room));
    const from = parseUserName(cleanText(name));
    const lines = text.split(/\r*\n/);
    const texts = lines.map((line) => cleanText(line)).filter((line) => line.trim() !== '');
    if (to === null) return Promise.resolve('invalid-room');
    if (from === null) return Promise.resolve('invalid-username');
    if (texts.length === 0) return Promise.resolve('usage');
    if (lines.some((line) => Buffer.byteLength(line) > this.#maxLineBytes))
      return Promise.resolve('line-too-long');
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#hub.post(this.#client, { room: to, from, texts }, at);
      this.#hub.apply(this.#client, { kind: 'ping', token: '' }, at);
    });
  }

  write(bytes: Bytes): boolean {
    for (const line of Buffer.from(bytes).toString().split('\n').slice(0, -1)) {
      if (line === DONE) this.#answer();
      else this.#refusal ??= line;
    }
    return true;
  }

  pause(): void {}

  resume(): void {}

  close(): void {
    while (this.#waiting.length > 0) this.#waiting.shift()?.('not-stored');
  }

  #answer(): void {
    const result = this.#refusal;
    this.#refusal = null;
    this.#waiting.shift()?.(result);
  }
}

const DONE = 'done';

/** What the hub says to a program: a line for each refusal, and one for each fence. */
const answers: Dialect = {
  name: 'library',
  hearsItself: true,
  recap: 0,
  guided: false,
  format(event: HubEvent): string {
    if (event.kind === 'pong') return `${DONE}\n`;
    return event.kind === 'refused' ? `${event.reason}\n` : '';
  },
};
