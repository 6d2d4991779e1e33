/** The few sentences a load generator must be able to say and to recognise in a server's language. */

/** A sentence, and how its answer ends: `until` is tried on all that came since `send` was sent. */
export interface Step {
  readonly send: string;
  readonly until: RegExp;
}

export interface Dialect {
  /** Makes a connection a user that `tell` reaches by this name. The name is 6 characters: IRC allows 9. */
  login(name: string): Step;
  /** Makes a logged-in connection a member of the benchmark's one room. */
  readonly join: Step;
  /** Set where a connection that listens may not speak (Redis): speakers are then connections of their own. */
  readonly speaker: Step | null;
  /** What a connection that only sends `ping` says first. */
  pinger(name: string): Step;
  /** One message to the room. */
  say(text: string): string;
  /** One message to one user. */
  tell(name: string, text: string): string;
  /** Answered by a line with exactly one capital `O`, a letter that servers send on no occasion of their own. */
  readonly ping: string;
  /** What users in other rooms are told when this one is gone; null where they are told nothing. */
  farewell(name: string): string | null;
  /** The longest text that fits into one message, in bytes. */
  readonly maxTextBytes: number;
  /** Set where the sentences travel in something: how a connection begins, and what becomes of them. */
  readonly wrapping?: { readonly open: Step; wrap(text: string): string };
}
