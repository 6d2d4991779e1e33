/** The commands and replies that the load generator needs in the protocol of a server. */

/** A command and the end of its reply: `until` is matched against everything received since `send` was sent. */
export interface Step {
  readonly send: string;
  readonly until: RegExp;
}

export interface Dialect {
  /** Logs in under this name, which `tell` then uses. The name has 6 characters; IRC allows 9. */
  login(name: string): Step;
  /** Joins the room of the benchmark. */
  readonly join: Step;
  /** Set if a subscribed connection may not publish (Redis): the senders are then separate connections. */
  readonly speaker: ((name: string) => Step) | null;
  /** The first step of a connection that only sends `ping`. */
  pinger(name: string): Step;
  /** One message to the room. */
  say(text: string): string;
  /** One message to one user. */
  tell(name: string, text: string): string;
  /** The reply has exactly one `pongLetter`, which servers do not send by themselves. */
  readonly ping: string;
  /** A capital `O` by default. */
  readonly pongLetter?: string;
  /** The notice that users in other rooms get when this user disconnects; null if there is none. */
  farewell(name: string): string | null;
  /** The longest text that fits into one message, in bytes. */
  readonly maxTextBytes: number;
  /** Set if commands are wrapped in frames: the start of a connection, and the wrapping. */
  readonly wrapping?: { readonly open: Step; wrap(text: string): string };
}
