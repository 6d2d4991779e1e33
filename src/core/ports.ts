/**
 * What the core needs from the world and never implements: somewhere to write, somewhere to keep messages,
 * someone to put wishes in order, someone to watch. Each outer folder implements one of these.
 */

import type { Command } from './command.js';
import type { HubEvent } from './event.js';
import type { HistoryRange, Message, SearchQuery } from './message.js';
import type { CloseReason } from './reasons.js';
import type { RoomName, Text, UserName } from './text/text.js';

/** Encoded output. One buffer may be shared by every member of a room: nobody writes into it. */
export type Bytes = Uint8Array;

/** The far end of one client, as the hub sees it. */
export interface Connection {
  /** Address and port, for the log. */
  readonly peer: string;
  /** The address alone, for limits and bans. */
  readonly address: string;
  /** Bytes handed over that the operating system has not taken yet. */
  readonly unsentBytes: number;
  /** Hands over bytes; false says "no more until I call Hub.drained". The bytes are accepted either way. */
  write(bytes: Bytes): boolean;
  /** Hear no more lines for now: the client has answers to read first. */
  pause(): void;
  resume(): void;
  /** Flush what was handed over, then close. A transport that can tell the peer why does. */
  close(why?: CloseReason): void;
}

/** A connection as its transport has it, before anyone attends to it. */
export interface Transport extends Connection {
  /** Tells how many bytes the system has taken and the peer has not acknowledged; null where nobody knows. */
  unackedBytes?(tell: (bytes: number | null) => void): void;
  /** It finds out by itself whether the peer lives: nobody need ask for a sign of life in words. */
  readonly hasOwnHeartbeat?: boolean;
  /** Closes at once; what is unsent is lost. */
  destroy(): void;
}

/** One connection, counted from the moment it came until it is no more. */
export interface ConnectionSlot {
  /** Why it may not stay; null if it may. */
  readonly refusal: CloseReason | null;
  /** When it came, on the clock that never jumps. */
  readonly connectedAt: number;
  /** It is no more. A second time changes nothing. */
  release(): void;
}

/** Whoever attends to a transport is told by it: */
export interface TransportHandler {
  /** Bytes came. They hold until this returns: what is needed later must be copied. */
  onData(bytes: Bytes): void;
  /** The peer lives, though it says nothing: for transports that have a heartbeat of their own. */
  onPong?(): void;
  /** After a write that returned false: the operating system has taken all that was handed over. */
  onDrain(): void;
  /** The peer has said all it will say, and may still read. */
  onEnd(): void;
  /** The connection is no more. Always the last call. */
  onClose(): void;
}

/** Turns text into what one transport carries: bytes as they are, or WebSocket frames. */
export interface Framing {
  /** What a dialect says at a time, framed but still a string: framed once, it is put together for many readers. */
  frame(words: string): string;
  /** Framed words, one after the other, as bytes. */
  encode(framed: string): Bytes;
}

/** Each step is short, however much there is to look through. The last has what was found, oldest first. */
export type Search = Generator<undefined, readonly Message[], undefined>;

/** Keeps room messages. Synchronous: the hub never waits. */
export interface HistoryStore {
  /** Adds to what the next commit makes safe. */
  append(message: Message): void;
  /** This id went to something that is not kept. Once committed, no message will have it, in this run or a later one. */
  consumeId(id: number): void;
  /** Throws when the messages appended since the last commit are not safe; none of them is kept then. */
  commit(): void;
  /** Committed messages of one room, oldest first. `room` is RoomName.fold. */
  read(room: string, range: HistoryRange): readonly Message[];
  /** How many committed messages of a room have ids between these two; no more than `most` are counted. */
  countBetween(room: string, after: number, before: number, most: number): number;
  /** Finds committed messages. Without a word it finds none. */
  search(query: SearchQuery): Search;
  /** The highest id ever committed, 0 if none: numbering goes on from there. */
  lastId(): number;
  /** The time of the newest message ever committed, 0 if none: time goes on from there. */
  lastAt(): number;
  /** The last call: nothing will be appended, spent or read any more. */
  close(): void;
}

/** A checked change. It is made when it comes back from the sequencer as an Entry. */
export type Proposal<Member> =
  | {
      readonly kind: 'login';
      readonly client: Member;
      readonly name: UserName;
      readonly room: RoomName | null;
      readonly closeOnRefusal: boolean;
      /** The client proved that it owns the registered name. */
      readonly isOwner: boolean;
      readonly tokenId: string | null;
    }
  | { readonly kind: 'join'; readonly client: Member; readonly room: RoomName }
  | {
      readonly kind: 'say';
      readonly client: Member;
      /** RoomName.fold. */
      readonly room: string;
      readonly texts: readonly Text[];
      readonly pasted: boolean;
    }
  /** A bot of this process says something in a room. */
  | {
      readonly kind: 'post';
      readonly room: RoomName;
      readonly from: UserName;
      readonly texts: readonly Text[];
      /** Called once: null when all texts are stored. */
      readonly onResult: (refusal: 'username-taken' | 'not-stored' | null) => void;
    }
  | { readonly kind: 'tell'; readonly client: Member; readonly to: Text; readonly text: Text }
  /** A command that changes shared state just as it is. */
  | { readonly kind: 'command'; readonly client: Member; readonly command: Command }
  | {
      readonly kind: 'end';
      readonly client: Member;
      readonly why: CloseReason;
      /** The operator who ended the session, and the reason given; else empty. */
      readonly by: string;
      readonly reason: string;
    };

export type ProposalOf<Member, Kind extends Proposal<Member>['kind']> = Extract<
  Proposal<Member>,
  { readonly kind: Kind }
>;

/** A proposal in its place in the one order. `id` is the first of the ids that it needs. */
export interface Entry<Member> {
  readonly id: number;
  readonly at: number;
  readonly proposal: Proposal<Member>;
}

/** Puts proposals in the one order. On a lone server a proposal settles at once. */
export interface Sequencer<Member> {
  submit(proposal: Proposal<Member>, at: number): void;
}

/** What a witness may know of the client behind an event. */
export interface ClientInfo {
  readonly id: number;
  readonly name: UserName | null;
  readonly peer: string;
  readonly dialect: string;
  readonly room: string;
}

/** Sees what happened, after it was stored: the log, a transcript, metrics. Must not throw. */
export interface EventObserver {
  onEvent(event: HubEvent, by: ClientInfo): void;
}

/** What one turn came to. */
export interface TurnReport {
  /** Room messages and direct messages. */
  readonly messages: number;
  /** A message to one reader is one delivery. */
  readonly deliveries: number;
  /** Handed over or queued, for all clients. */
  readonly bytes: number;
  /** How long the commit took, in milliseconds; null if there was nothing to commit. */
  readonly commitMs: number | null;
}

/** Counts what is done. Must not throw, and must not keep the stats. */
export interface Meter {
  /** Milliseconds since some start: the core has no watch of its own. */
  elapsed(): number;
  /** Bytes came from a client. */
  onReceived(bytes: number): void;
  onTurn(stats: TurnReport): void;
  /** A session has ended, or a connection without one. */
  onConnectionEnd(why: CloseReason): void;
}

/** Looks at passwords, which takes time: one at a time, few wait, and who guessed wrong waits longer. */
export interface PasswordVerifier {
  /** What to keep of a secret. `isStillWanted` tells whether anyone still waits for it. */
  hash(secret: string, isStillWanted: () => boolean): Promise<string | 'busy'>;
  /** Whether `kept` was made of this secret. */
  verify(secret: string, kept: string, attempt: LoginAttempt): Promise<'right' | 'wrong' | 'busy'>;
}

/** Whose secret is tried, and from where. */
export interface LoginAttempt {
  readonly address: string;
  /** The name, folded. */
  readonly subject: string;
  /** Whether anyone still waits for the answer. */
  isStillWanted(): boolean;
}

/** Something with deadlines, looked at when they may have come. `armedFor` belongs to whoever looks. */
export interface TimerTask {
  /** The slot of time in which it will be looked at next; 0 for none. */
  scheduledSlot: number;
  /** Its time may have come. It sets the next time itself. */
  onTimer(elapsed: number): void;
}

export interface Clock {
  /** Milliseconds since 1970, for people. May jump. */
  now(): number;
  /** Milliseconds since some start, for deadlines. Never jumps. */
  elapsed(): number;
  after(ms: number, run: () => void): { cancel(): void };
}
