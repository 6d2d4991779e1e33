/** A dialect is a language that clients speak to the one hub: words to commands, events to words. */
import type { Command } from './command.js';
import type { HubEvent, RefusalDetail } from './event.js';
import type { Refusal } from './reasons.js';
import type { UserName } from './text/text.js';
import type { UnverifiedCommand } from './unverified-command.js';

export interface Dialect {
  /** As the log and the metrics name it. */
  readonly name: string;
  /** Whether an author sees the own message come back: MaChat does, SocketChat does not. */
  readonly echoesOwnMessages: boolean;
  /** How many messages to show someone who comes to a room; 0 shows no recap at all. */
  readonly recapMessages: number;
  /** Whether a person reads it, who is glad of a hint: names to try, names that are near. */
  readonly interactive: boolean;
  /** An event in this dialect's words, line ends and all; '' says nothing. Depends on the event alone. */
  format(event: HubEvent): string;
}

/** One client's side of a dialect: its state between lines. */
export interface Conversation {
  /** How to speak to this client from the start. */
  readonly dialect: Dialect;
  readonly framer: Framer;
  /** Said first, as soon as the connection is admitted; '' lets the client speak first. */
  readonly greeting: string;
  /** Whether silence ends it: heartbeat and idle timeout apply. */
  readonly needsHeartbeat: boolean;
  /** Understands one line; null asks nothing. */
  parse(line: string, state: ClientState): ParsedLine;
  /** Nothing came from the client since it connected, for the greeting delay. */
  onGreetingTimeout(): ParsedLine;
  /** The framer refused a line as too long; the conversation may have been in the middle of something. */
  onLineTooLong(state: ClientState): ParsedLine;
}

/** What a conversation may know of the client it talks with. */
export interface ClientState {
  readonly name: UserName | null;
  /** Its login lacked a secret, and nothing was said since. */
  readonly awaitingPassword: boolean;
  readonly isOperator: boolean;
}

/** A command with a secret is heard as a Wish. */
export type ParsedLine =
  | Exclude<Command, { kind: UnverifiedCommand['kind'] }>
  | UnverifiedCommand
  | Answer
  | Refused
  | NewDialect
  | HttpRequest
  | null;

/** Words of the dialect's own, to this client alone. */
export interface Answer {
  readonly kind: 'answer';
  readonly text: string;
}

export interface Refused {
  readonly kind: 'refuse';
  readonly reason: Refusal;
  readonly detail: RefusalDetail;
  /** Ends the connection, too. */
  readonly final?: boolean;
}

/** From here on this client is spoken to in another manner; `text` is said in the new one. */
interface NewDialect {
  readonly kind: 'dialect';
  readonly dialect: Dialect;
  readonly text: string;
}

/** An HTTP request typed at a chat: the sender is a browser that somebody else steers. */
interface HttpRequest {
  readonly kind: 'http-request';
}

/** Cuts a stream of bytes into lines. Bounded: it never holds more than a few lines' worth. */
export interface Framer {
  /** Whether anything but protocol negotiation has come. */
  readonly hasReceivedData: boolean;
  /** Whether the line last given is known to be printable ASCII and tabs, so that nobody need look again. */
  readonly isPlain?: boolean;
  /** Takes what came; the bytes themselves hold until this returns. */
  push(chunk: Uint8Array): void;
  /** The stream has ended: what is left is a line. */
  end(): void;
  next(): Framed;
}

/** A line without its end; a fault; or null when more bytes are needed. */
export type Framed = string | FrameFault | null;

export class FrameFault {
  readonly reason: 'line-too-long' | 'endless-line';

  constructor(reason: 'line-too-long' | 'endless-line') {
    this.reason = reason;
  }
}
