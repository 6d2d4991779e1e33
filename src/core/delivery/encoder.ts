/** Encodes events for one kind of client: a dialect's text in a transport's framing. All clients of the kind share it. */
import type { Dialect } from '../dialect.js';
import type { Bytes, Framing } from '../ports.js';

/** In UTF-16 code units: longer replies are seldom repeated, and would be kept until the next one. */
const MAX_REMEMBERED = 64;

export class Encoder {
  readonly dialect: Dialect;
  readonly framing: Framing;
  #lastText = '';
  #lastBytes: Bytes | null = null;

  constructor(dialect: Dialect, framing: Framing) {
    this.dialect = dialect;
    this.framing = framing;
  }

  /** Encodes replies. The same text again returns the same buffer, since most replies of a pass are `OK` or `PONG`. */
  encodeReply(text: string): Bytes {
    if (text.length > MAX_REMEMBERED) return this.framing.encode(text);
    if (this.#lastBytes === null || text !== this.#lastText) {
      this.#lastText = text;
      this.#lastBytes = this.framing.encode(text);
    }
    return this.#lastBytes;
  }
}

/**
 * One Encoder for each dialect and framing, so that clients of a kind share their buffers. They are forgotten with their
 * dialect: clients of IRC can choose among thousands.
 */
export class Encoders {
  readonly #known = new WeakMap<Dialect, Map<Framing, Encoder>>();

  of(dialect: Dialect, framing: Framing): Encoder {
    const framings = this.#known.get(dialect) ?? new Map<Framing, Encoder>();
    const encoder = framings.get(framing) ?? new Encoder(dialect, framing);
    framings.set(framing, encoder);
    this.#known.set(dialect, framings);
    return encoder;
  }
}
