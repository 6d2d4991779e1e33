/** The port that a dialect implements: it parses a client's lines into commands, and formats events as text. */
import type { Command, CommandKind } from './command.js';
import type { HubEvent, RefusalDetail } from './event.js';
import type { Refusal } from './reasons.js';
import type { RoomName, UserName } from './text/text.js';
import type { UnverifiedCommand } from './unverified-command.js';

export interface Dialect {
  /** The name in the log and the metrics. */
  readonly name: string;
  /** Whether a message is also sent to its author: in MaChat it is, in SocketChat it is not. */
  readonly echoesOwnMessages: boolean;
  /** How many messages a client is shown when it enters a room (0 = no recap at all, Infinity = all). */
  readonly recapMessages: number;
  /** Whether a person reads the output: refusals then suggest a free or a similar name. */
  readonly interactive: boolean;
  /** Whether the sender of a direct message is told what became of it: `delivered`. */
  readonly confirmsDelivery: boolean;
  /** Whether a client that enters a room is told how far it has read there. */
  readonly tellsReadPosition?: boolean;
  /**
   * A prompt without a line end, sent after the lines of a turn to a client that has sent or received any; '' for none.
   */
  prompt?(name: string): string;
  /** The text of an event, line ends included; '' shows nothing. It depends on the event alone. */
  format(event: HubEvent): string;
  /** The text of an event that answers a labelled command. Without it, the dialect has no labels. */
  formatLabelled?(event: HubEvent, label: Label): string;
}

/**
 * What a dialect gives to a command and gets back with each event that answers it: the label that a program wrote, or an
 * object with what the dialect must know of the command to answer it.
 */
export type Label = string | RequestContext;

export interface RequestContext {
  /** A program waits for the answer: there is one in any case, and no hint in it. */
  readonly isAwaited: boolean;
  /** The author gets its own messages as an answer, once they are stored. */
  readonly echoesMessages: boolean;
  /** How many of the last messages of a room a client that enters it is shown if it missed none; null to show none. */
  readonly replayedMessages: number | null;
}

/** Whether a program waits for the answer to the command with this label. */
export function isAwaited(label: Label | null): boolean {
  return typeof label === 'string' || (label !== null && label.isAwaited);
}

/** Whether the author of a message gets it as the answer to the command with this label. */
export function echoesMessages(label: Label | null): boolean {
  return label !== null && typeof label === 'object' && label.echoesMessages;
}

/** Whether the user's own change, as others see it, is the answer to the command with this label. */
export function answersWithChange(label: Label | null): boolean {
  return typeof label === 'object' && isAwaited(label);
}

/** How many messages of a room are shown after the command with this label, which enters it; null for none at all. */
export function replayedMessages(label: Label | null): number | null {
  return label !== null && typeof label === 'object' ? label.replayedMessages : null;
}

/** A dialect of a client that only receives. */
export interface StreamDialect extends Dialect {
  /** Sent first. */
  readonly greeting: string;
  /** Tells the client that messages after its cursor are missing, and why. */
  reset(lost: CursorLost): string;
}

/** Why not all messages after a cursor can be sent. */
export interface CursorLost {
  readonly reason: 'history-began-anew' | 'forgotten';
  /** The id of the first message that is left; null if there is none. */
  readonly first: number | null;
}

/** The state of a dialect for one client. */
export interface Conversation {
  /** The dialect that the client's first output is formatted in. */
  readonly dialect: Dialect;
  readonly framer: Framer;
  /** Sent as soon as the connection is admitted; '' lets the client send first. */
  readonly greeting: string;
  /** Whether the heartbeat and the idle timeout apply. */
  readonly needsHeartbeat: boolean;
  /** Parses one line; null has no effect. */
  parse(line: string, state: ClientState): ParsedLine | Sequence;
  /** The client sent nothing for the greeting delay after it connected. */
  onGreetingTimeout(): ParsedLine;
  /** The framer refused a line as too long. The conversation may be in the middle of a multi-line command. */
  onLineTooLong(state: ClientState): ParsedLine;
  /** Telnet's AYT: a line shows that the server is there. */
  onAreYouThere(): ParsedLine;
  /** A command of several lines that is not at its end; the same object until it is. Null or missing for none. */
  readonly unfinished?: object | null;
  /** It was not ended in time. */
  onUnfinished?(): ParsedLine | Sequence;
}

/** The state of a client that its conversation can read. */
export interface ClientState {
  readonly name: UserName | null;
  /** Every room that it is in. */
  readonly rooms: readonly { readonly name: RoomName }[];
  /** Its login lacked a password, and it has sent nothing since. */
  readonly awaitingPassword: boolean;
  /** The last check of a name, before the login, refused it. */
  readonly isNameRefused: boolean;
  readonly isOperator: boolean;
  readonly isBot: boolean;
  readonly isInvisible: boolean;
  /** The account that it is logged in to; null if there is none. */
  readonly account: { readonly shown: string } | null;
  /** The same before the login. */
  readonly identity: object | null;
  /** The room with this folded name, if the client is in it. */
  roomNamed(fold: string): { readonly name: RoomName } | null;
  /** The address of the client. */
  readonly address: string;
}

/** The result of parsing a line. A command with a secret is an UnverifiedCommand until the secret is checked. */
export type ParsedLine =
  | Exclude<Command, { kind: UnverifiedCommand['kind'] }>
  | UnverifiedCommand
  | Answer
  | Refused
  | NewDialect
  | HttpRequest
  | Labelled<ParsedLine>
  | null;

/** Several commands of one line. Each is made when all before it have been handled. */
export interface Sequence {
  readonly kind: 'sequence';
  readonly lines: Iterator<ParsedLine, unknown, undefined>;
}

/** A line whose answer carries a label. */
export interface Labelled<Line> {
  readonly kind: 'labelled';
  readonly label: Label;
  readonly line: Line;
}

/** A text of the dialect's own, for this client alone. */
export interface Answer {
  readonly kind: 'answer';
  readonly text: string;
}

export interface Refused {
  readonly kind: 'refuse';
  readonly reason: Refusal;
  readonly detail: RefusalDetail;
  /** Whether the connection ends with it. */
  readonly final?: boolean;
  /** The command that is refused, where it is known. */
  readonly command?: CommandKind;
}

/** Formats for this client in another way from here on; `text` is sent first. */
interface NewDialect {
  readonly kind: 'dialect';
  readonly dialect: Dialect;
  readonly text: string;
}

/** An HTTP request instead of a line of chat: a web page makes a browser send it. */
interface HttpRequest {
  readonly kind: 'http-request';
}

/** Splits a stream of bytes into lines. Its memory is bounded by a few lines. */
export interface Framer {
  /** Whether it received anything other than protocol negotiation. */
  readonly hasReceivedData: boolean;
  /** Whether the last line is known to be printable ASCII and tabs, and need not be scanned again. */
  readonly isPlain?: boolean;
  /** Takes received bytes, which are valid until this returns. */
  push(chunk: Uint8Array): void;
  /** The stream has ended: the rest is a line. */
  end(): void;
  next(): Framed;
  /** Takes lines that directly follow the last one and are equal to it, at most `max`. Returns how many. */
  takeRepeats?(line: string, max: number): number;
  /** The requests of telnet since the last call; null for none. */
  takeTelnetRequests?(): TelnetRequests | null;
}

/** Requests of telnet that need a reply (RFC 854, RFC 860), within the stream but not part of a line. */
export interface TelnetRequests {
  /** The bytes that answer DO TIMING-MARK; null if it was not sent. */
  readonly reply: Uint8Array | null;
  /** AYT was sent. */
  readonly areYouThere: boolean;
}

/** A line without its line end; a fault; or null when more bytes are needed. */
export type Framed = string | FrameFault | null;

export class FrameFault {
  readonly reason: 'line-too-long' | 'endless-line';

  constructor(reason: 'line-too-long' | 'endless-line') {
    this.reason = reason;
  }
}
