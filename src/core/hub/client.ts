/** The session of a connection of this node, with its output. Outside the core only the part of ClientInfo is used. */
import type { Identity } from '../command.js';
import type { Label } from '../dialect.js';
import type { HubEvent } from '../event.js';
import type { Bytes, Connection, Output, SessionKey } from '../ports.js';
import { Unsettled } from './unsettled.js';
import type { BatchRange, OutgoingEvent, SharedBatch } from '../delivery/batch.js';
import type { Encoder } from '../delivery/encoder.js';
import { HAND_OVER_BYTES, WriteQueue } from '../delivery/write-queue.js';
import { Session } from './session.js';

/** The rest of a reply in pages. */
export interface PendingPages {
  readonly iterator: Iterator<HubEvent>;
  readonly label: Label | null;
  /** Several replies, one after the other: a page that is the last of its reply is not the last of all. */
  readonly isCombined: boolean;
}

export class Client extends Session {
  readonly connection: Connection;
  encoder: Encoder;
  awaitingPassword = false;
  isNameRefused = false;
  /** The account that it logged in to before it had a name. */
  identity: Identity | null = null;
  /** The label of the command that is being handled; null if it has none, and between commands. */
  label: Label | null = null;
  /** A secret that was made for it, until the change that it belongs to settles: no other client is told of it. */
  newSecret: string | null = null;
  /** The id of the token that it was given last. */
  givenTokenId: string | null = null;
  /** How far it has read while it had no account, in milliseconds since 1970, by RoomName.fold; null if not known. */
  readTimes: Map<string, number> | null = null;
  /** Its end is proposed, or has settled: its input is ignored. */
  isEnding = false;
  /** How many changes it proposed, and how many of them have settled. */
  proposedCount = 0;
  settledCount = 0;
  /** What waits for changes that have not settled, or are not stored; null if there are none. */
  unsettled: Unsettled | null = null;

  /** Output that is not handed to the connection yet; null unless the client is behind. */
  queue: WriteQueue | null = null;
  /** The connection takes no more until it has drained. */
  isBlocked = false;
  /** The id of the last message before the client stopped reading; null while it reads. */
  lastIdBeforeBacklog: number | null = null;
  /** Its input is paused, because it is blocked or is being sent a long reply. */
  isInputPaused = false;
  /** The rest of a long reply, which is sent page by page as the client reads. */
  pages: PendingPages | null = null;
  /** Its last output is made; it is closed as soon as that is written. */
  isClosing = false;
  /** Its last output ends with a prompt, and no line of it was read since. */
  isBehindPrompt = false;

  /** Replies of telnet, sent after the text of the turn; null for none. */
  telnetReply: Bytes | null = null;

  /** A change of it is in the current turn. */
  hasSettled = false;
  /** A change of it is in a turn that is being stored: what follows waits. */
  isHeld = false;

  // The client's part of the current turn; see turn.ts.
  isInTurn = false;
  sharedBatch: SharedBatch<Client> | null = null;
  personal: OutgoingEvent<Client>[] | null = null;
  ranges: BatchRange<Client>[] | null = null;
  /** It sent messages in this turn, and its dialect does not echo them. */
  hasOwnMessages = false;
  /** The encoders it had earlier in this turn, each with the first sequence number that it no longer applies to. */
  formerEncoders: { readonly encoder: Encoder; readonly until: number }[] | null = null;

  constructor(key: SessionKey, encoder: Encoder, connection: Connection) {
    super(key);
    this.encoder = encoder;
    this.connection = connection;
  }

  get local(): this {
    return this;
  }

  get dialect(): string {
    return this.encoder.dialect.name;
  }

  get address(): string {
    return this.connection.address;
  }

  get peer(): string {
    return this.connection.peer;
  }

  /** Has everything that follows wait until the turn is stored. */
  hold(): void {
    this.isHeld = true;
    this.unsettled ??= new Unsettled();
  }

  /** Output that the operating system has not taken, in bytes. */
  get unreadBytes(): number {
    return (this.queue?.bytes ?? 0) + this.connection.unsentBytes;
  }

  /** Hands output to the connection if it takes more, else queues it. Returns its size in bytes. */
  send(output: Output): number {
    if (!this.isBlocked && output.length <= HAND_OVER_BYTES) {
      this.#handOver(output);
      return typeof output === 'string' ? this.connection.textBytes : output.length;
    }
    const bytes = this.encoder.bytesOf(output);
    this.queue ??= new WriteQueue();
    this.queue.push(bytes);
    if (!this.isBlocked) this.#pump();
    return bytes.length;
  }

  sendTelnetReply(): void {
    if (this.telnetReply === null) return;
    const bytes = this.telnetReply;
    this.telnetReply = null;
    if (!this.isClosing && this.closeReason !== 'lost') this.send(bytes);
  }

  /** The connection takes bytes again. */
  onDrain(): void {
    this.isBlocked = false;
    this.#pump();
    if (!this.isBlocked) this.lastIdBeforeBacklog = null;
    if (this.isClosing && !this.isBlocked) this.connection.close();
  }

  /** Reads nothing more until `resumeInput`. */
  pauseInput(): void {
    if (this.isInputPaused) return;
    this.isInputPaused = true;
    this.connection.pause();
  }

  resumeInput(): void {
    if (!this.isInputPaused) return;
    this.isInputPaused = false;
    this.connection.resume();
  }

  /** Drops the queue. False if the connection was handed a part of a line, so that no further line can follow. */
  discardQueue(): boolean {
    const whole = this.queue === null || !this.queue.isMidPiece;
    this.queue = null;
    return whole;
  }

  /** Closes as soon as everything is handed over. A client that is too slow is not waited for. */
  closeAfterFlush(): void {
    if (this.closeReason === 'lost') return;
    this.isClosing = true;
    if (this.closeReason === 'too-slow') {
      const words = this.queue?.take();
      if (words) this.connection.write(words);
      this.queue = null;
      this.connection.close();
    } else if (!this.isBlocked) {
      this.connection.close();
    }
  }

  #pump(): void {
    while (!this.isBlocked && this.queue !== null) {
      const bytes = this.queue.take();
      if (bytes === null) this.queue = null;
      else this.#handOver(bytes);
    }
  }

  #handOver(output: Output): void {
    if (this.connection.write(output)) return;
    this.isBlocked = true;
    this.pauseInput();
  }
}
