/** What the hub knows of one connection. Outside the core only the read-only part is seen, as a Person. */
import type { Account } from '../accounts.js';
import type { HubEvent } from '../event.js';
import type { Bytes, Connection, ClientInfo } from '../ports.js';
import type { CloseReason } from '../reasons.js';
import type { Room } from './room.js';
import type { BatchRange, OutgoingEvent, SharedBatch } from '../delivery/batch.js';
import type { UserName } from '../text/text.js';
import type { Encoder } from '../delivery/encoder.js';
import { HAND_OVER_BYTES, WriteQueue } from '../delivery/write-queue.js';

export class Client implements ClientInfo {
  readonly id: number;
  readonly connection: Connection;
  encoder: Encoder;
  name: UserName | null = null;
  /** Every room it is in; IRC will want several. */
  rooms: readonly Room[] = [];
  /** The room that MSG goes to. */
  currentRoom: Room | null = null;
  /** What is kept of its name, if that is registered: then the client has proved that it is the owner. */
  account: Account | null = null;
  /** The token that it logged in with. */
  tokenId: string | null = null;
  awaitingPassword = false;
  /** It may not speak before this time; 0 if it may. */
  mutedUntil = 0;
  /** Folded names of those that it does not want to hear; null if there are none. */
  ignores: ReadonlySet<string> | null = null;
  /** Why it is going; once set, nothing it says is heard. */
  closeReason: CloseReason | null = null;

  /** Output not handed to the connection yet; there is none until the client is behind. */
  queue: WriteQueue | null = null;
  /** The connection takes no more until it has drained. */
  isBlocked = false;
  /** Since it does not read: the id of the last message before that; null while it reads. */
  lastIdBeforeBacklog: number | null = null;
  /** Its input is paused, because it is blocked or was just given a long answer. */
  isInputPaused = false;
  /** What is left of a long answer that it asked for; it is given page by page, as it reads. */
  pages: Iterator<HubEvent> | null = null;
  /** Told everything, to be closed as soon as that is written. */
  isClosing = false;

  // What the current turn has for it; see turn.ts.
  isInTurn = false;
  sharedBatch: SharedBatch<Client> | null = null;
  personal: OutgoingEvent<Client>[] | null = null;
  ranges: BatchRange<Client>[] | null = null;
  /** It spoke in this turn and does not hear itself. */
  hasOwnMessages = false;
  /** The voices it had earlier in this turn, each with the first number it no longer holds for. */
  formerEncoders: { readonly encoder: Encoder; readonly until: number }[] | null = null;

  constructor(id: number, encoder: Encoder, connection: Connection) {
    this.id = id;
    this.encoder = encoder;
    this.connection = connection;
  }

  get peer(): string {
    return this.connection.peer;
  }

  get dialect(): string {
    return this.encoder.dialect.name;
  }

  get room(): string {
    return this.currentRoom?.name.shown ?? '';
  }

  get isOperator(): boolean {
    return this.account?.isOperator ?? false;
  }

  /** Bytes said to it that the operating system has not taken. */
  get unreadBytes(): number {
    return (this.queue?.bytes ?? 0) + this.connection.unsentBytes;
  }

  /** Hands bytes over at once if it can take them, else keeps them for it. */
  send(bytes: Bytes): void {
    if (!this.isBlocked && bytes.length <= HAND_OVER_BYTES) {
      this.#handOver(bytes);
      return;
    }
    this.queue ??= new WriteQueue();
    this.queue.push(bytes);
    if (!this.isBlocked) this.#pump();
  }

  /** The connection takes bytes again. */
  onDrain(): void {
    this.isBlocked = false;
    this.#pump();
    if (!this.isBlocked) this.lastIdBeforeBacklog = null;
    if (this.isClosing && !this.isBlocked) this.connection.close();
  }

  /** Hears nothing more until `release`. */
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

  /** Drops what is waiting. False if what was handed over ends in the middle of a line: no words can follow it. */
  discardQueue(): boolean {
    const whole = this.queue === null || !this.queue.isMidPiece;
    this.queue = null;
    return whole;
  }

  /** Closes as soon as everything is handed over. One that was given up has nothing to wait for. */
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

  #handOver(bytes: Bytes): void {
    if (this.connection.write(bytes)) return;
    this.isBlocked = true;
    this.pauseInput();
  }
}
