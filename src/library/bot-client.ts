/** Posts messages for bots of this process, and reports whether they are stored. */
import type { Hub, RoomPost } from '../core/hub/hub.js';
import type { ClientInfo } from '../core/ports.js';
import type { Posted, PostRefusal } from '../core/post.js';
import { type LineLimits, messageLines } from '../core/text/message-lines.js';
import { cleanText, isObsolete, parseRoomName, parseUserName } from '../core/text/text.js';

/** Why a post was refused: a code of the protocol, or `closed`. */
export type SayRefusal =
  | 'invalid-room'
  | 'invalid-username'
  /** A user has that name or one that looks like it, or it is reserved. */
  | 'username-taken'
  /** The text is empty. */
  | 'usage'
  | 'line-too-long'
  /** More than 200 lines or 16 KiB. */
  | 'paste-too-long'
  | 'not-stored'
  /** The Partyline is closed. */
  | 'closed';

/** A text that is stored. */
export interface Said {
  /** The ids of its first and its last line in HISTORY. */
  readonly id: number;
  readonly lastId: number;
  /** Milliseconds since 1970, UTC. */
  readonly time: number;
}

export interface BotClientOptions {
  readonly hub: Hub;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly maxLineBytes: number;
}

export class BotClient {
  readonly #hub: Hub;
  readonly #now: () => number;
  readonly #limits: LineLimits;
  /** The posts that are not stored yet, in order. */
  readonly #pending = new Set<(result: Said | SayRefusal) => void>();
  #last: Promise<unknown> = Promise.resolve();

  constructor({ hub, now, maxLineBytes }: BotClientOptions) {
    this.#hub = hub;
    this.#now = now;
    this.#limits = { maxLineBytes, byteLength: (line) => Buffer.byteLength(line) };
  }

  /** Settles with the ids when all lines are stored. They stay together. */
  post(room: string, name: string, text: string): Promise<Said | SayRefusal> {
    // Callers in JavaScript may pass values of any type.
    const to = typeof room === 'string' ? parseRoomName(cleanText(room)) : null;
    const from = typeof name === 'string' ? parseUserName(cleanText(name)) : null;
    const texts = typeof text === 'string' ? messageLines(text, this.#limits) : 'usage';
    if (to === null || isObsolete(to)) return Promise.resolve('invalid-room');
    if (from === null || isObsolete(from)) return Promise.resolve('invalid-username');
    if (typeof texts === 'string') return Promise.resolve(texts);
    const stored = new Promise<Said | SayRefusal>((resolve) => {
      this.#pending.add(resolve);
      const onResult: RoomPost['onResult'] = (result) => {
        this.#pending.delete(resolve);
        resolve(typeof result === 'string' ? refusalOf(result) : saidOf(result));
      };
      const post = { room: to, from, texts, by: { kind: 'bot' }, once: null } as const;
      this.#hub.post({ ...post, seenAs: BOT, onResult }, this.#now());
    });
    this.#last = stored;
    return stored;
  }

  /** Settles when all posts so far have their result. */
  settled(): Promise<unknown> {
    return this.#last;
  }

  /** Settles the pending posts with `not-stored`. */
  close(): void {
    for (const resolve of this.#pending) resolve('not-stored');
    this.#pending.clear();
  }
}

function saidOf({ id, lastId, at }: Posted): Said {
  return { id, lastId, time: at };
}

/** A bot is refused for its name or its room alone. */
function refusalOf(refusal: PostRefusal): SayRefusal {
  return refusal === 'username-taken' || refusal === 'invalid-room' ? refusal : 'not-stored';
}

/** How the observers see a bot, which has no connection. */
const BOT: ClientInfo = { id: 0, name: null, peer: 'this process', dialect: 'library', room: '' };
