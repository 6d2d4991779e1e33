/** IRC clients of a world. */
import type { Conversation } from '../../src/core/dialect.js';
import { IrcDialects } from '../../src/dialects/irc/dialects.js';
import { IrcConversation, MAX_IRC_BYTES } from '../../src/dialects/irc/irc.js';
import { IrcServer, type IrcServerOptions } from '../../src/dialects/irc/server.js';
import { LineFramer } from '../../src/framing/line-framer.js';
import type { Peer, World } from './world.js';

/** 001 to 003 have the version and the time of the start. */
const STARTED_AT = Date.UTC(2026, 2, 1, 11);

/** One for all clients of a world. */
function ircDialects(options: IrcServerOptions = {}): IrcDialects {
  return new IrcDialects(new IrcServer({ version: '0.1.0', startedAt: STARTED_AT, ...options }));
}

function ircConversation(dialects: IrcDialects): Conversation {
  return new IrcConversation(new LineFramer(MAX_IRC_BYTES, { isTyped: false }), dialects);
}

const worlds = new WeakMap<World, IrcDialects>();

/** Makes the conversations of IRC clients of a world. */
export function ircConversationOf(world: World): () => Conversation {
  const dialects = worlds.get(world) ?? ircDialects();
  worlds.set(world, dialects);
  return () => ircConversation(dialects);
}

export class IrcPeer {
  readonly peer: Peer;

  constructor(world: World, address = '10.0.0.1') {
    this.peer = world.connect(address, ircConversationOf(world));
  }

  /** Sends lines, and ends the turn. */
  send(...lines: readonly string[]): void {
    this.peer.send(lines.map((line) => `${line}\r\n`).join(''));
  }

  /** Sends lines without ending the turn. */
  say(...lines: readonly string[]): void {
    this.peer.say(lines.map((line) => `${line}\r\n`).join(''));
  }

  /** The lines since the last call, each of which ends with CR LF. */
  lines(): string[] {
    const text = this.peer.read();
    if (text !== '' && !text.endsWith('\r\n'))
      throw new Error(`a line without its end: ${JSON.stringify(text)}`);
    return text.split('\r\n').slice(0, -1);
  }

  /** Sends lines, and returns those that it then receives. */
  ask(...lines: readonly string[]): string[] {
    this.send(...lines);
    return this.lines();
  }
}

/** Uses these texts for the IRC clients of a world. */
export function setUpIrc(world: World, options: IrcServerOptions): void {
  worlds.set(world, ircDialects(options));
}

/** Logs in with these capabilities, enters these rooms, and discards what it received. */
export function ircLogin(
  world: World,
  nick: string,
  { caps = '', rooms = [] }: { readonly caps?: string; readonly rooms?: readonly string[] } = {},
): IrcPeer {
  const peer = new IrcPeer(world);
  if (caps !== '') peer.send('CAP LS 302', `CAP REQ :${caps}`);
  peer.send(`NICK ${nick}`, `USER ${nick} 0 * :${nick} Real`);
  if (caps !== '') peer.send('CAP END');
  for (const room of rooms) peer.send(`JOIN ${room}`);
  peer.lines();
  return peer;
}

/** The bytes of a line as it was sent, with its line end and without tags: hosts are longer than `host`. */
export function lineBytes(line: string): number {
  const sent = line.replace(/^@\S+ /, '').replace(/(?<=@|Link: )host\b/g, '0123456789.partyline');
  return Buffer.byteLength(sent) + '\r\n'.length;
}
