/**
 * A session: what every node knows of a connection, on whichever node it is. A Client is the session of a connection of
 * this node; a RemoteSession is one of another node, or of a run of this node that is over.
 */
import type { Account } from '../accounts.js';
import type { Who } from '../event.js';
import type { ClientInfo, Home, SessionKey } from '../ports.js';
import type { CloseReason } from '../reasons.js';
import type { RoomName, Text, UserName } from '../text/text.js';
import type { Client } from './client.js';
import type { Room } from './room.js';

/** The sessions that are logged in to each account, so that they are found without a look at all sessions. */
const SESSIONS = new WeakMap<Account, Set<Session>>();
const NO_INVITATIONS: ReadonlyMap<string, number> = new Map();

export abstract class Session implements ClientInfo {
  /** Names it in proposals. */
  key: SessionKey;
  name: UserName | null = null;
  /** Every room that it is in. */
  rooms: readonly Room[] = [];
  /** The room that MSG goes to. */
  currentRoom: Room | null = null;
  #account: Account | null = null;
  /** When it logged in, in milliseconds since 1970. */
  loggedInAt = 0;
  /** When it sent its last command, except PING: of a client of another node, the last one that changed shared state. */
  lastCommandAt = 0;
  /** What it said on going away; null while it is not away. */
  awayText: Text | null = null;
  /** The room of its login, until interactive sessions there are told of it; null once they are. */
  unannouncedRoom: Room | null = null;
  /** Where it is when it is in no other room. */
  home: Home = 'lobby';
  /** RoomName.fold of the rooms that it may enter once, whatever their modes, each with Room.number. */
  invitations: ReadonlyMap<string, number> = NO_INVITATIONS;
  /** See `Who`. '' for those of its dialect and its name. */
  user = '';
  realname = '';
  isBot = false;
  host = '';
  /** Lists of users leave it out for those that share no room with it. */
  isInvisible = false;
  /** It gave up the rights of an operator, which its account has. */
  hasResigned = false;
  /** How its dialect is shown the members of a room that it enters; null: not at all. */
  rosterStyle: string | null = null;
  #who: Who | null = null;
  #whoAccount: Account | null = null;
  /** The id of the token that it logged in with. */
  tokenId: string | null = null;
  /** The hash of the value with which its user takes back an unregistered name from it; null if it has none. */
  resumeHash: string | null = null;
  /** When its mute ends, in milliseconds since 1970; -Infinity if it is not muted. */
  mutedUntil = Number.NEGATIVE_INFINITY;
  /** Folded names of the users that it ignores; null if there are none. */
  ignores: ReadonlySet<string> | null = null;
  /** Why it has ended; null while it has not. The input of its client is ignored. */
  closeReason: CloseReason | null = null;

  constructor(key: SessionKey) {
    this.key = key;
  }

  /** The client, if it is connected to this node. */
  abstract get local(): Client | null;
  /** The name of its dialect; of a client of another node, that of its login. */
  abstract get dialect(): string;
  /** The address of the client, for bans. */
  abstract get address(): string;
  abstract get peer(): string;

  /** The account of its name, or another one, if the client proved to own it. */
  get account(): Account | null {
    return this.#account;
  }

  set account(account: Account | null) {
    if (this.#account !== null) SESSIONS.get(this.#account)?.delete(this);
    this.#account = account;
    if (account === null || this.closeReason !== null) return;
    const sessions = SESSIONS.get(account);
    if (sessions === undefined) SESSIONS.set(account, new Set([this]));
    else sessions.add(this);
  }

  /** It has ended: it counts no more among the sessions of its account. */
  leaveAccount(): void {
    if (this.#account !== null) SESSIONS.get(this.#account)?.delete(this);
  }

  get id(): number {
    return this.key.no;
  }

  get room(): string {
    return this.currentRoom?.name.shown ?? '';
  }

  /** How others see it. The same object until something of it changes. */
  get who(): Who {
    const { name, account } = this;
    const shown = name?.shown ?? '';
    // The name and the account change in several places, the rest by `describe` alone.
    if (this.#who === null || this.#who.name !== shown || this.#whoAccount !== account) {
      this.#whoAccount = account;
      this.#who = {
        name: shown,
        user: this.user === '' ? this.dialect : this.user,
        host: this.host,
        account: account?.shown ?? null,
        isBot: this.isBot,
        realname: this.realname === '' ? shown : this.realname,
      };
    }
    return this.#who;
  }

  /** Sets how others see it, beside its name and its account. */
  describe(as: Pick<Who, 'user' | 'realname' | 'isBot' | 'host'>): void {
    this.user = as.user;
    this.realname = as.realname;
    this.isBot = as.isBot;
    this.host = as.host;
    this.#who = null;
  }

  get isOperator(): boolean {
    return !this.hasResigned && (this.account?.isOperator ?? false);
  }

  /** The room of this name, if it is in it; without a name the current one. */
  roomFor(name: RoomName | null): Room | null {
    return name === null ? this.currentRoom : this.roomNamed(name.fold);
  }

  /** The same for a folded name. */
  roomNamed(fold: string): Room | null {
    if (this.currentRoom?.name.fold === fold) return this.currentRoom;
    return this.rooms.find(({ name }) => name.fold === fold) ?? null;
  }
}

export function isSameSession(a: SessionKey, b: SessionKey): boolean {
  return a.no === b.no && a.epoch === b.epoch && a.node === b.node;
}

/** Whether a user ignores another one, under its name or its account. */
export function ignoresSession({ ignores }: Session, { name, account }: Session): boolean {
  if (ignores === null || name === null) return false;
  return ignores.has(name.fold) || (account !== null && ignores.has(account.fold));
}

/** The sessions that are logged in to an account, in any order. */
export function sessionsOf(account: Account): Iterable<Session> {
  return SESSIONS.get(account) ?? [];
}

/** A session whose client is not connected to this node: nothing is sent to it from here. */
export class RemoteSession extends Session {
  readonly local = null;
  readonly dialect: string;
  readonly address: string;

  constructor(key: SessionKey, dialect: string, address: string) {
    super(key);
    this.dialect = dialect;
    this.address = address;
  }

  get peer(): string {
    return this.address;
  }
}
