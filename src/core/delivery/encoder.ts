/** Encodes events for one kind of client: a dialect's text in a transport's framing. All clients of the kind share it. */
import type { Dialect } from '../dialect.js';
import type { Bytes, Framing, Output } from '../ports.js';

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
  encodeReply(text: string): Output {
    if (text.length > MAX_REMEMBERED) return this.encodeOnce(text);
    if (this.#lastBytes === null || text !== this.#lastText) {
      this.#lastText = text;
      this.#lastBytes = this.framing.encode(text);
    }
    return this.#lastBytes;
  }

  /** Encodes what one client alone is sent, if its transport does not do that itself. */
  encodeOnce(text: string): Output {
    return text.length <= (this.framing.maxTextLength ?? 0) ? text : this.framing.encode(text);
  }

  /** Output as bytes. */
  bytesOf(output: Output): Bytes {
    return typeof output === 'string' ? this.framing.encode(output) : output;
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
