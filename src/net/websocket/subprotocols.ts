/**
 * The WebSocket subprotocols of IRC (IRCv3, WebSocket): a message is one line without its end, as text or as bytes. Both
 * kinds of frames are read with either.
 */

const IRC_SUBPROTOCOLS = ['text.ircv3.net', 'binary.ircv3.net'] as const;

export type IrcSubprotocol = (typeof IRC_SUBPROTOCOLS)[number];

/** The first of them that a client names; null if it names neither. */
export function ircSubprotocolIn(names: Iterable<string>): IrcSubprotocol | null {
  for (const name of names) {
    const known = IRC_SUBPROTOCOLS.find((subprotocol) => subprotocol === name);
    if (known !== undefined) return known;
  }
  return null;
}

/** The names in a `Sec-WebSocket-Protocol` header. */
export function subprotocolsOf(header: string | undefined): readonly string[] {
  return (header ?? '').split(',').map((name) => name.trim());
}

/**
 * The subprotocol of the answer: IRC's where IRC is spoken, else the first that the client names, as a client that names
 * any expects. False for none.
 */
export function answeredSubprotocol(names: ReadonlySet<string>, speaksIrc: boolean): string | false {
  const irc = speaksIrc ? ircSubprotocolIn(names) : null;
  if (irc !== null) return irc;
  return [...names].find((name) => ircSubprotocolIn([name]) === null) ?? false;
}
