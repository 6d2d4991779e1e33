/**
 * Interfaces that the core uses and does not implement: connections, a history, a sequencer, observers, a clock. Each
 * outer folder implements one of these ports.
 */
import type { AdminChange } from './admin-change.js';
import type { Command, Identity, Proof, Roamer } from './command.js';
import type { HubEvent } from './event.js';
import type { Extras, HistoryRange, Message, SearchQuery } from './message.js';
import type { Poster, PostKey } from './post.js';
import type { CloseReason, InputFault } from './reasons.js';
import type { RoomName, Text, UserName } from './text/text.js';

/** Encoded output. One buffer may be shared by every member of a room, so it is never written into. */
export type Bytes = Uint8Array;

/** Output for a connection: bytes, or a text of up to Framing.maxTextLength. */
export type Output = Bytes | string;

/** The connection of one client, as the hub sees it. */
export interface Connection {
  /** Address and port, for the log. */
  readonly peer: string;
  /** The address alone, for limits and bans. */
  readonly address: string;
  /** Bytes handed over that the operating system has not taken yet. */
  readonly unsentBytes: number;
  /** Hands over output, which is always accepted; false asks for no more until Hub.onDrain is called. */
  write(output: Output): boolean;
  /** The length of the text that was written last, in bytes of UTF-8. Not defined if it was dropped. */
  readonly textBytes: number;
  /** Reads no more lines for now: the client has replies to read first. */
  pause(): void;
  resume(): void;
  /** Everything that the client proposed has settled: a command that waited for that goes on. */
  onSettled(): void;
  /** Flushes the bytes handed over, then closes. A WebSocket tells the peer the reason. */
  close(why?: CloseReason): void;
}

/** A connection as its transport provides it. */
export interface Transport extends Omit<Connection, 'onSettled'> {
  /** Reports the bytes that the system has taken and the peer has not acknowledged; null where that is unknown. */
  unackedBytes?(tell: (bytes: number | null) => void): void;
  /** The transport detects a dead peer by itself, so no heartbeat line is needed. */
  readonly hasOwnHeartbeat?: boolean;
  /** The connection is encrypted, or its client's connection to the proxy is. */
  readonly isEncrypted?: boolean;
  /** Closes at once; unsent bytes are lost. */
  destroy(): void;
}

/** A place in the connection limits: held from accepting a connection until `release()`. */
export interface ConnectionSlot {
  /** Why the connection is refused; null if it is admitted. A later check may refuse it too. */
  refusal: CloseReason | null;
  /** When its deadlines begin, in milliseconds of the monotonic clock: when it was accepted, or later. */
  connectedAt: number;
  /** Gives the place back. A second call has no effect. */
  release(): void;
}

/** The callbacks of a transport. */
export interface TransportHandler {
  /** Bytes were received. They are valid until this returns: bytes that are needed later must be copied. */
  onData(bytes: Bytes): void;
  /** The peer answered the transport's own heartbeat. */
  onPong?(): void;
  /** After a write that returned false: the operating system has taken everything. */
  onDrain(): void;
  /** The peer sends no more, and may still read; or what it sends cannot be read any more. */
  onEnd(fault?: InputFault): void;
  /** The connection is closed. Always the last call. */
  onClose(): void;
}

/** Converts text to the form of a transport: plain bytes, or WebSocket frames. */
export interface Framing {
  /** Frames the text of one event. The result is still a string, so that it can be joined for many readers. */
  frame(words: string): string;
  /** Framed texts, one after the other, as bytes. */
  encode(framed: string): Bytes;
  /**
   * Its transports take text too, up to this length in UTF-16 code units, and encode it themselves: what is written to
   * one client alone then needs no buffer.
   */
  readonly maxTextLength?: number;
  /** The transport carries bytes as they are, so that replies of telnet can be sent. */
  readonly isByteStream?: true;
}

/** A search in short steps, however many messages it reads. The last step returns the matches, oldest first. */
export type Search = Generator<undefined, readonly Message[], undefined>;

/** The room messages. Reading is synchronous: the hub never waits. A `TurnStore` stores what is added. */
export interface HistoryStore {
  /** Adds a message to the next commit. */
  append(message: Message): void;
  /** Deletes a message of a room with the next commit. */
  redact(room: string, id: number): void;
  /**
   * Uses up an id for something that is not stored here: no message has it, after a restart neither. False if that is not
   * ensured before the next commit succeeds; until then the id must not be shown.
   */
  consumeId(id: number): boolean;
  /**
   * The first message of a room that is not older than a time, or the last one that is not newer. Where times go back, the
   * first or last of all. Infinity or 0 if there is none.
   */
  idAt(room: string, at: number, which: 'first' | 'last'): number;
  /** Committed messages of one room, oldest first. `room` is RoomName.fold. */
  read(room: string, range: HistoryRange): readonly Message[];
  /** The rooms that hold committed messages, each once. A long list is read in parts, as it is taken. */
  rooms(): Iterable<RoomName>;
  /** Counts the committed messages of a room with ids between these two, up to `most`. */
  countBetween(room: string, after: number, before: number, most: number): number;
  /** Whether the room has a message since a time. Those of the next commit count, and those that it deletes do not. */
  hasMessages(room: string, since: number): boolean;
  /**
   * Messages of the room with ids up to this one may have been deleted because of their age or their number; 0 if none
   * were.
   */
  forgottenId(room: string): number;
  /** Finds committed messages. A query without words finds none. */
  search(query: SearchQuery): Search;
  /** The highest id ever committed, 0 if none. The next id is higher. */
  lastId(): number;
  /** The time of the newest message, which is not always the highest; -Infinity if none was ever committed. */
  lastAt(): number;
}

/** Stores all changes of a turn, in the history and in the accounts, as one transaction. */
export interface TurnStore {
  /** Whether `commit` calls back later. If not, it calls back before it returns. */
  readonly isAsync: boolean;
  /** Whether there is anything to store. */
  readonly hasChanges: boolean;
  /**
   * Stores the changes since the last call: all of them, or none; then memory is as before them. Calls back once, with the
   * reason of a failure or with null.
   */
  commit(onEnd: (failure: CommitFailure | null) => void): void;
}

export interface CommitFailure {
  readonly error: unknown;
}

/** A connection, on whichever server it is. */
export interface SessionKey {
  /** The server, and its run: with the run all of its sessions end. */
  readonly node: string;
  readonly epoch: number;
  readonly no: number;
}

/**
 * Where a session is that is in no other room: in the lobby, or in none. `room`: it ends, since it has one room only.
 */
export type Home = 'lobby' | 'none' | 'room';

/**
 * A checked change. It is made when it comes back from the sequencer as an Entry. It is plain data, so it may be settled
 * by another process than the one that proposed it.
 */
export type Proposal =
  | {
      readonly kind: 'login';
      readonly session: SessionKey;
      readonly name: UserName;
      readonly room: RoomName | null;
      readonly closeOnRefusal: boolean;
      readonly canPromptPassword: boolean;
      /** That the client owns the registered name. */
      readonly proof: Proof;
      readonly secretIgnored: boolean;
      /** `Resume.hash` and `Resume.shownHash`; null for none. */
      readonly resumeHash: string | null;
      readonly shownResumeHash: string | null;
      /** The account that the client is logged in to, if it is not that of the name; null for none. */
      readonly identity: Identity | null;
      /** The client's address, and the name of its dialect. */
      readonly address: string;
      readonly dialect: string;
      readonly roamer: Roamer | null;
      /** The key for the hosts of users, where the servers have not agreed on one. */
      readonly cloakKey: string | null;
    }
  /** A client registers a name before its login. */
  | {
      readonly kind: 'register-name';
      readonly session: SessionKey;
      readonly name: UserName;
      readonly passwordHash: string;
    }
  | {
      readonly kind: 'join';
      readonly session: SessionKey;
      readonly room: RoomName;
      /** The room's key hash if the client gave the right key. */
      readonly knownKeyHash: string | null;
    }
  | {
      readonly kind: 'say';
      readonly session: SessionKey;
      /** RoomName.fold. */
      readonly room: string;
      readonly texts: readonly Text[];
      readonly pasted: boolean;
      readonly extras?: Extras | undefined;
    }
  /** A post in a room without a session. */
  | {
      readonly kind: 'post';
      readonly room: RoomName;
      readonly from: UserName;
      readonly texts: readonly Text[];
      readonly by: Poster;
      /** Null if it is not made once only. */
      readonly once: PostKey | null;
      /** Tells the process that waits for the result which of its posts this is. */
      readonly token: SessionKey;
    }
  /** The same to a user. */
  | {
      readonly kind: 'post-direct';
      /** The folded name of the user. */
      readonly fold: string;
      readonly from: UserName;
      readonly texts: readonly Text[];
      readonly by: Poster;
      readonly once: PostKey | null;
      readonly token: SessionKey;
    }
  | {
      readonly kind: 'delete';
      readonly session: SessionKey;
      /** RoomName.fold. */
      readonly room: string;
      /** The first message, and how many follow it without a gap, itself included. */
      readonly id: number;
      readonly count: number;
      /** The server of the session knows that it sent them. */
      readonly isOwn: boolean;
      readonly reason: Text;
    }
  /** The author of a direct message deletes it. */
  | {
      readonly kind: 'delete-direct';
      readonly session: SessionKey;
      /** UserName.fold of the receiver. */
      readonly to: string;
      /** The first of its lines, and how many there are. */
      readonly id: number;
      readonly count: number;
      readonly reason: Text;
    }
  | {
      readonly kind: 'tell';
      readonly session: SessionKey;
      /** The name as typed, and its fold. */
      readonly to: Text;
      readonly fold: string;
      readonly text: Text;
      readonly more?: readonly Text[] | undefined;
      readonly extras?: Extras | undefined;
    }
  /** A user has read a room up to this message. */
  | {
      readonly kind: 'read';
      readonly session: SessionKey;
      /** RoomName.fold; of what is said to another user, `@` and UserName.fold. */
      readonly room: string;
      readonly id: number;
      /** The time of the message, in milliseconds since 1970. */
      readonly time: number;
      /** The other user, as typed. */
      readonly user?: string | undefined;
    }
  /** A user takes a token, of which only the hash is stored; and revokes one. */
  | {
      readonly kind: 'page-token';
      readonly session: SessionKey;
      readonly id: string;
      readonly hash: string;
    }
  | { readonly kind: 'page-token-end'; readonly session: SessionKey; readonly id: string }
  /** A command that changes shared state just as it is. */
  | { readonly kind: 'command'; readonly session: SessionKey; readonly command: Command }
  | {
      readonly kind: 'end';
      readonly session: SessionKey;
      readonly why: CloseReason;
      /** The id of the last message that reached the client; null if all of them do. */
      readonly readId: number | null;
      /** The user's own words; '' for none. */
      readonly reason: string;
    }
  /** The room of a login is told of it. */
  | { readonly kind: 'arrive'; readonly session: SessionKey }
  /** The client of an account stopped reading before its session ended in this room. */
  | {
      readonly kind: 'read-marker';
      /** UserName.fold, and RoomName.fold. */
      readonly account: string;
      readonly room: string;
      /** The id of the last message that reached it. */
      readonly id: number;
    }
  /** The stored messages of an account were handed over, up to this id. */
  | {
      readonly kind: 'fetched';
      readonly account: string;
      readonly lastId: number;
      /** Tells the node that waits for the result which of these this is; null if none does. */
      readonly token: SessionKey | null;
    }
  /** Another program changed an account. */
  | {
      readonly kind: 'account-changed';
      readonly account: string;
      /** The name has a new password or was removed, and its user must log in again. */
      readonly endsSessions: boolean;
      /** These lost their founder. */
      readonly orphanedRooms: readonly RoomName[];
    }
  /** A change of the command line, in a cluster. */
  | {
      readonly kind: 'admin';
      readonly change: AdminChange;
      /** Tells the node that waits for it which of its changes this is; null if none does. */
      readonly token: SessionKey | null;
    }
  /** Another program banned a name or a block of addresses. */
  | { readonly kind: 'ban-changed'; readonly target: string };

export type ProposalOf<Kind extends Proposal['kind']> = Extract<Proposal, { readonly kind: Kind }>;

/** A change that a session makes. */
export type SessionProposal = Extract<Proposal, { readonly session: SessionKey }>;

/** A proposal in its place in the one order. `id` is the first of the ids that it needs. */
export interface Entry {
  readonly id: number;
  readonly at: number;
  readonly proposal: Proposal;
}

/** Puts proposals in the one order. On a lone server a proposal settles at once. */
export interface Sequencer {
  /** The server, and its run, for the keys of its sessions. */
  readonly node: string;
  readonly epoch: number;
  /** Nothing can be put in order now: this server has lost the others. */
  readonly isCut: boolean;
  /** Other servers settle the same, whether this one can store it or not. */
  readonly isShared?: boolean;
  /** Whether all live servers know this kind of change. Without it, they do. */
  canPropose?(proposal: SessionProposal): boolean;
  submit(proposal: Proposal, at: number): void;
}

/** Where a server among several stands in their log. */
export interface ClusterNumbers {
  /** The number of the last entry that is stored here, and of the last one that the log is known to hold. */
  readonly position: number;
  readonly logLast: number;
  /** Changes of this server that it has appended, or is about to, and that have not come back. */
  readonly unsettled: number;
  /** Live servers, this one included. */
  readonly nodes: number;
  /** Servers that were fenced, and batches that this server appended again, since its start. */
  readonly fenced: number;
  readonly resent: number;
}

/** The client behind an event, as observers see it. */
export interface ClientInfo {
  readonly id: number;
  readonly name: UserName | null;
  readonly peer: string;
  readonly dialect: string;
  readonly room: string;
}

/** Receives every event after it was stored: the log, a transcript, a program's handlers. */
export interface EventObserver {
  /** It does nothing with any event now. Events of that time need not be kept for it. */
  readonly isIdle?: boolean;
  onEvent(event: HubEvent, by: ClientInfo): void;
}

/** The counts of one turn. */
export interface TurnReport {
  /** Room messages and direct messages. */
  readonly messages: number;
  /** A message to one reader is one delivery. */
  readonly deliveries: number;
  /** Bytes written or queued, for all clients. */
  readonly bytes: number;
  /** The duration of the commit in milliseconds; null without one. */
  readonly commitMs: number | null;
}

/** Receives counts for the metrics. It must not throw, and must not keep the report. */
export interface Meter {
  /** Milliseconds of the monotonic clock, since the core has no clock of its own. */
  elapsed(): number;
  /** Bytes were received from a client. */
  onReceived(bytes: number): void;
  onTurn(stats: TurnReport): void;
  /** A connection has ended, with or without a session. */
  onConnectionEnd(why: CloseReason): void;
}

/** Hashes and checks passwords, which takes time: one at a time, with a short queue and delays after wrong guesses. */
export interface PasswordVerifier {
  /** Hashes a secret, unless the client has gone when its turn comes. */
  hash(
    secret: string,
    purpose: HashPurpose,
    origin: SecretOrigin,
  ): Promise<{ readonly hash: string } | 'busy' | 'too-many-registrations'>;
  /** Whether `kept` is a hash of this secret. */
  verify(secret: string, kept: string, attempt: LoginAttempt): Promise<'right' | 'wrong' | 'busy'>;
  /** How many guesses at the subject, from this address, were wrong of late. */
  failures(address: string, subject: string): number;
}

export type HashPurpose = 'register' | 'lock' | 'change-password';

/** The name that a secret is for, and the address that it came from. */
export interface SecretOrigin {
  readonly address: string;
  /** The folded name, or `#` and a folded room name. */
  readonly subject: string;
  /** The connection, as an identity. */
  readonly connection: object;
  /** Whether the client still waits for the result. */
  isStillWanted(): boolean;
}

export interface LoginAttempt extends SecretOrigin {
  /** A login of a registered name, which is checked before anything else that waits. */
  readonly isRegisteredLogin: boolean;
}

/** Something with deadlines, called by the timer wheel, to which `scheduledSlot` belongs. */
export interface TimerTask {
  /** The slot of the next call; 0 if none is scheduled. */
  scheduledSlot: number;
  /**
   * A deadline may have passed. The task schedules its next call itself. A late call comes after a pause of the
   * process: input may be waiting, so a deadline for input begins again.
   */
  onTimer(elapsed: number, isLate: boolean): void;
}

export interface Clock {
  /** The wall clock in milliseconds since 1970, which may jump. */
  now(): number;
  /** The monotonic clock in milliseconds, for deadlines. It never jumps. */
  elapsed(): number;
  after(ms: number, run: () => void): { cancel(): void };
}
