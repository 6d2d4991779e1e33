/**
 * The single owner of users, rooms and write queues. It checks a command, has the change put in order, makes it and
 * sends what happened. Nothing else changes that state, and nothing here waits.
 */
import type { Accounts, OfflineMessage } from '../accounts.js';
import type { AdminChange } from '../admin-change.js';
import type { Command } from '../command.js';
import type { Encoder } from '../delivery/encoder.js';
import { Turn } from '../delivery/turn.js';
import type { ParsedLine, Refused } from '../dialect.js';
import type { RefusalDetail } from '../event.js';
import type {
  Bytes,
  Connection,
  Entry,
  EventObserver,
  HistoryStore,
  Meter,
  Sequencer,
  SessionKey,
  TurnStore,
} from '../ports.js';
import type { CloseReason, Refusal } from '../reasons.js';
import type { HubState, SessionTable } from '../session-table.js';
import { foldName, type RoomName, type UserName } from '../text/text.js';
import type { AdminResult } from './administration.js';
import { Client } from './client.js';
import { applyCommand, type PermissionRequest, refusalDetail, refusalFor, sendPong } from './commands.js';
import { Directory } from './directory.js';
import { HubContext } from './hub-context.js';
import { type HubParts, makeParts } from './parts.js';
import type { DirectPost, RoomPost } from './posts.js';
import type { Access, ReadMessages, Readings } from './readings.js';
import { restoreSessions, rowOf } from './session-row.js';
import { Settlement } from './settlement.js';
import type { OnMessage, Start, Subscription } from './subscribers.js';

export type { Reader, Subscription } from './subscribers.js';
export type { Access, DirectPost, ReadMessages, RoomPost };

export interface HubOptions {
  readonly history: HistoryStore;
  readonly accounts: Accounts;
  /** Stores the changes of the history and the accounts. */
  readonly store: TurnStore;
  readonly sequencer: (settle: (entry: Entry) => void) => Sequencer;
  readonly observers: readonly EventObserver[];
  /** Runs the end of a turn once this pass of the event loop is over. */
  readonly defer: (run: () => void) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds of the monotonic clock. */
  readonly elapsed: () => number;
  readonly writeQueueBytes: number;
  /** Whether every login is announced to everyone. */
  readonly announceLogin: boolean;
  /** From so many users on, logins and ends of sessions are shown in the rooms of the user only; 0 = never. */
  readonly presenceLimit: number;
  /** Called when the history or the accounts could not be written or read, for the log. */
  readonly onStorageError: (error: unknown) => void;
  readonly meter?: Meter;
  /** Keeps the sessions of all nodes over a restart. Default: none, as on a lone server. */
  readonly sessionTable?: SessionTable;
  /** Names, and those that look like them, that only bots may use. */
  readonly botNames?: readonly UserName[];
}

/** A room, and its members in the order of WHO. */
export interface RoomState {
  readonly name: RoomName;
  readonly members: readonly SessionKey[];
}

export class Hub {
  readonly #directory = new Directory();
  readonly #turn: Turn;
  readonly #context: HubContext;
  readonly #parts: HubParts;
  readonly #sequencer: Sequencer;
  readonly #accounts: Accounts;
  readonly #settlement: Settlement;
  #lastKeyNo = 0;

  constructor(options: HubOptions) {
    const { history, accounts, store, writeQueueBytes, onStorageError, meter = null } = options;
    this.#accounts = accounts;
    this.#turn = new Turn({
      history,
      store,
      observers: options.observers,
      defer: options.defer,
      elapsed: options.elapsed,
      maxUnreadBytes: writeQueueBytes,
      onDelivered: (clients) => this.#settlement.release(clients),
      onCommitEnd: () => this.#settlement.settleWaiting(),
      onTooSlow: (client) => this.detach(client, 'too-slow', options.now()),
      onBroken: (client) => this.detach(client, 'internal-error', options.now()),
      onError: onStorageError,
      isShared: () => this.#sequencer.isShared ?? false,
      meter,
    });
    const sequencer = (this.#sequencer = options.sequencer((entry) => this.settle(entry)));
    for (const name of options.botNames ?? []) this.#directory.reserve(name);
    const context = new HubContext({
      accounts,
      directory: this.#directory,
      turn: this.#turn,
      lastId: history.lastId(),
      submit: (proposal, at) => sequencer.submit(proposal, at),
      canPropose: (proposal) => sequencer.canPropose?.(proposal) ?? true,
      isCut: () => sequencer.isCut,
      isShared: () => sequencer.isShared ?? false,
      endNow: (session, end, at) => this.#parts.sessions.settleEnd(session, end, at),
      onError: onStorageError,
      sessionTable: options.sessionTable ?? null,
    });
    // Without others to go on with them, the rooms of an earlier run are over.
    if (options.sessionTable === undefined) accounts.rooms.forgetTemporary();
    this.#context = context;
    this.#parts = makeParts(context, {
      history,
      writeQueueBytes,
      announceLogin: options.announceLogin,
      presenceLimit: options.presenceLimit,
      meter,
      inOrder: (run) => this.inOrder(run),
    });
    this.#settlement = new Settlement({ parts: this.#parts, turn: this.#turn, sequencer });
  }

  /** What requests without a session may read. */
  get readings(): Readings {
    return this.#parts.readings;
  }

  /** Users logged in. */
  get userCount(): number {
    return this.#directory.userCount;
  }

  get roomCount(): number {
    return this.#directory.roomCount;
  }

  /** Adds a new connection. It has no name yet and is in no room. */
  attach(encoder: Encoder, connection: Connection): Client {
    const client = new Client(this.#newKey(), encoder, connection);
    this.#directory.addClient(client);
    this.#turn.observeEvent({ kind: 'attached' }, client);
    return client;
  }

  /**
   * A connection was read, or has closed: where very many are, the turn ends before the pass of the event loop does.
   * Returns whether it has ended here.
   */
  onRead(): boolean {
    return this.#turn.onRead();
  }

  /** Whether `endLater` may be used: other servers are told of an end at once, since their users act on it. */
  get mayEndLater(): boolean {
    return this.#sequencer.isShared !== true;
  }

  /** The session is over, and `detach` follows. A message to its user, or another one of its name, ends it before. */
  endLater(client: Client, why: CloseReason): void {
    this.#context.endLater(client, why);
  }

  /** The connection is closed, and `detach` follows: its user does not see what is written until then. */
  onLost(client: Client): void {
    client.lastIdBeforeBacklog ??= this.#turn.shownId;
  }

  /** Why these rooms may not be read; null if they may. */
  readingRefusal(subscription: Pick<Subscription, 'rooms' | 'reader'>): Refusal | null {
    return this.#parts.subscribers.refusalFor(subscription);
  }

  /**
   * Where a subscription begins; null if that is not known yet: another server may have given the cursor, and this one
   * follows it soon. `isLast`: it is not asked again.
   */
  subscriptionStart({ after, rooms }: Subscription, isLast: boolean): Start | null {
    const isAhead = after !== null && after > this.#context.lastId;
    if (isAhead && this.#sequencer.isShared === true && !isLast) return null;
    return this.#parts.subscribers.startAt(
      after,
      rooms.map(({ name }) => name),
    );
  }

  /** Has a client that has no name receive the messages of rooms, the stored ones after the cursor first. */
  subscribe(client: Client, subscription: Subscription, at: number): void {
    if (client.isEnding) return;
    // One of the rooms may have been locked while the stream was being opened.
    if (this.readingRefusal(subscription) === null) this.#parts.subscribers.add(client, subscription, at);
    else this.detach(client, 'locked', at);
  }

  /** Ends a subscription when its client has been sent all that is stored. */
  endWhenLive(client: Client, at: number): void {
    this.#parts.subscribers.endWhenLive(client, at);
  }

  /**
   * Calls back when a message is stored in the room, and once for those that are being stored now: there may be none.
   * Returns how to stop that.
   */
  onMessage(room: RoomName, run: OnMessage): () => void {
    const stop = this.#parts.subscribers.onMessage(room, run);
    this.afterCommit(() => run('message'));
    return stop;
  }

  /** Handles a command, or refuses it. `at` is when it was received, in milliseconds since 1970. */
  apply(client: Client, command: Command, at: number): void {
    if (client.isEnding) return;
    this.#context.command = command.kind;
    // By far the most frequent command, and one that needs no permission. Programs send it while their user is idle.
    if (command.kind === 'ping') {
      this.#ping(client, command.token);
      return;
    }
    client.lastCommandAt = at;
    if (this.#context.hasEnding) this.#endBefore(command, at);
    applyCommand(this.#parts, client, command, at);
  }

  /** Handles a PING without a token so many times. */
  pingRepeatedly(client: Client, times: number): void {
    if (client.isEnding) return;
    if (client.unsettled === null) sendPong(this.#context, client, '', times);
    else for (let count = 0; count < times; count++) this.#ping(client, '');
  }

  /** Posts in a room without a session. */
  post(post: RoomPost, at: number): void {
    this.#context.endIfOver(post.from.fold, at);
    this.#parts.posts.post(post, this.#newKey(), at);
  }

  /** Sends direct messages without a session. */
  tell(post: DirectPost, at: number): void {
    this.#context.endIfOver(post.fold, at);
    this.#context.endIfOver(post.from.fold, at);
    this.#parts.posts.tell(post, this.#newKey(), at);
  }

  /** Calls back with the direct messages that wait for an account, by UserName.fold, once they are stored. */
  readMail(account: string, onMail: (mail: readonly OfflineMessage[]) => void): void {
    this.afterCommit(() => onMail(this.#accounts.offline.waitingFor(account)));
  }

  /** Removes those with ids up to `lastId`. `onResult` is called once. */
  clearMail(account: string, lastId: number, at: number, onResult: (isStored: boolean) => void): void {
    this.#parts.offline.clear({ account, lastId, token: this.#newKey() }, at, onResult);
  }

  /** Makes a proposed change: the only thing that changes users and rooms. Entries come in the one order. */
  settle(entry: Entry): void {
    this.#settlement.settle(entry);
  }

  /** Runs something in its place among the entries: after those that wait for a commit. */
  inOrder(run: () => void): void {
    this.#settlement.inOrder(run);
  }

  /**
   * Ends all sessions of a run of a node that is over; clients of this node are told, logged in or not. Like an entry,
   * it is called on all nodes at the same place in the order. `readId`: the last message that reached the clients, as
   * far as it is known; null if all of them did.
   */
  endNode(node: string, epoch: number, at: number, readId: number | null = null): void {
    this.inOrder(() => {
      this.#parts.sessions.endNode(this.#directory.sessionsOf(node, epoch), readId, at);
      this.#parts.posts.endRun({ node, epoch });
      this.#parts.offline.endRun({ node, epoch });
      this.#parts.administration.endRun({ node, epoch });
      this.#context.storeSessions();
    });
  }

  /**
   * Messages older than this are forgotten. All nodes are told so at the same place in the order. Once that is stored,
   * `onStored` is called: only then may they be deleted, since entries before it may settle again until then.
   */
  forgetMessages(before: number, onStored?: () => void): void {
    this.#context.forgottenBefore = before;
    this.afterCommit((isStored) => {
      if (isStored) onStored?.();
    });
  }

  /**
   * The run of this node is over, or counts as over. Its clients are closed. Their sessions stay, as those of any other
   * node do, until their end comes in its place in the order.
   */
  cutOff(at: number): void {
    const { sessions, departures, lastId } = this.state();
    for (const client of this.#directory.clients()) this.#parts.sessions.cutOff(client, at);
    this.#directory.clear();
    this.restore({ lastId, sessions, departures });
  }

  /** Another run of this node begins. The clients that came meanwhile have not logged in; they belong to it. */
  beginRun(): void {
    const { node, epoch } = this.#sequencer;
    for (const client of this.#directory.clients()) client.key = { node, epoch, no: client.key.no };
  }

  /** Calls back once what was settled is stored, or could not be. */
  afterCommit(run: (isStored: boolean) => void): void {
    this.#turn.scheduleCommit();
    this.#turn.afterCommit(run);
  }

  /** Takes over the sessions and rooms of a hub that has stopped, before the first entry. */
  restore({ lastId, sessions, departures }: HubState): void {
    this.#context.lastId = lastId;
    this.#context.departures.restore(departures);
    restoreSessions(sessions, this.#directory, this.#accounts);
  }

  /** The sessions, in the order of WHO, and the rooms, in the order of ROOMS, as `restore` makes them again. */
  state(): HubState & { readonly rooms: readonly RoomState[] } {
    const sessions = Array.from(this.#directory.everyone.sessions(), (session) =>
      rowOf(session, this.#directory),
    );
    const rooms = Array.from(this.#directory.rooms(), (room) => ({
      name: room.name,
      members: Array.from(room.sessions(), ({ key }) => key),
    }));
    const { lastId, departures } = this.#context;
    const rows = sessions.filter((row) => row !== null);
    return { lastId, sessions: rows, departures: departures.rows(), rooms };
  }

  /** PONG tells that everything before it has settled. */
  #ping(client: Client, token: string): void {
    if (client.unsettled === null) sendPong(this.#context, client, token);
    else client.unsettled.addPong({ after: client.proposedCount, token, label: client.label });
  }

  /**
   * Whether a line may be handled while earlier changes of its client are unsettled: a message after messages, or a
   * PING. A refusal waits, since its answer would overtake theirs.
   */
  mayFollow(client: Client, line: NonNullable<ParsedLine>, at: number): boolean {
    if (line.kind === 'labelled') return line.line !== null && this.mayFollow(client, line.line, at);
    if (line.kind === 'ping') return true;
    const isMessage =
      line.kind === 'say' || line.kind === 'me' || line.kind === 'paste' || line.kind === 'tell';
    return isMessage && !this.#context.isCut() && this.refusalFor(client, line, at) === null;
  }

  /** Ends the session that a command is about, if that is over. */
  #endBefore(command: Command, at: number): void {
    if (command.kind === 'tell') this.#context.endIfOver(foldName(command.to), at);
    else if ((command.kind === 'login' || command.kind === 'nick') && command.name !== null)
      this.#context.endIfOver(command.name.fold, at);
  }

  #newKey(): SessionKey {
    const { node, epoch } = this.#sequencer;
    return { node, epoch, no: ++this.#lastKeyNo };
  }

  /** Why this client may not give such a command, whatever secret it shows; null if it may. */
  refusalFor(client: Client, command: PermissionRequest, at: number): Refusal | null {
    return refusalFor(this.#context, client, command, at);
  }

  /** What helps a person to understand that refusal. */
  refusalDetail(client: Client, command: PermissionRequest): RefusalDetail {
    return refusalDetail(this.#context.permissions, client, command);
  }

  /** Whether the name or the client's address is banned. */
  isBanned(client: Client, name: UserName, at: number): boolean {
    return this.#parts.registration.isBanned(client.address, name, at);
  }

  /**
   * Takes over a change that another program made to a registered name. `endsSessions`: its sessions must log in again.
   * `orphanedRooms` lost their founder by it.
   */
  accountChanged(
    account: string,
    endsSessions: boolean,
    at: number,
    orphanedRooms: readonly RoomName[] = [],
  ): void {
    this.#context.submit({ kind: 'account-changed', account, endsSessions, orphanedRooms }, at);
  }

  /** Takes over a ban that another program made: sessions of the name, or of addresses in the block, end. */
  banChanged(target: string, at: number): void {
    this.#context.submit({ kind: 'ban-changed', target }, at);
  }

  /** Makes a change of the command line on every node of the cluster. `onResult` is called once. */
  administer(change: AdminChange, at: number, onResult: (result: AdminResult) => void): void {
    this.#parts.administration.propose(change, this.#newKey(), at, onResult);
  }

  /** Answers with a text of the dialect's own: help, a prompt. */
  answer(client: Client, text: string, at: number): void {
    if (client.closeReason === null) this.#turn.reply(client, { kind: 'answered', at, text });
  }

  /** Sends a reply of telnet, after all text of this turn. */
  replyToTelnet(client: Client, bytes: Bytes, at: number): void {
    if (client.closeReason !== null) return;
    client.telnetReply = bytes;
    // Without text; it takes the client into the turn.
    this.answer(client, '', at);
  }

  /** Refuses what a client sent. A `final` refusal ends the connection. */
  refuse(
    client: Client,
    { reason, detail, final = false, command }: Omit<Refused, 'kind'>,
    at: number,
  ): void {
    this.#context.command = command ?? null;
    this.#context.refuse(client, reason, detail, at, final);
  }

  /** Encodes for a client in another way from here on. */
  changeEncoder(client: Client, encoder: Encoder): void {
    if (client.closeReason !== null || encoder === client.encoder) return;
    for (const audience of [this.#directory.everyone, ...client.rooms]) {
      if (!audience.members.has(client)) continue;
      audience.count(client.encoder, -1);
      audience.count(encoder, 1);
    }
    this.#turn.changeEncoder(client, encoder);
  }

  /** Tells the interactive members of a client's room of its login, some time after it. */
  announceArrival(client: Client, at: number): void {
    if (client.closeReason === null) this.#parts.membership.proposeArrival(client, at);
  }

  /** Tells everyone that a day begins; a dialect shows it to those that see times without a date. */
  announceDay(at: number): void {
    this.#turn.sendToAudience(this.#directory.everyone, { kind: 'new-day', at }, null);
  }

  /** Asks a silent client for a sign of life, or warns it. The dialect chooses which of them it shows. */
  remind(client: Client, kind: 'heartbeat' | 'idle-soon', at: number): void {
    if (client.closeReason === null) this.#turn.send(client, kind === 'heartbeat' ? { kind } : { kind, at });
  }

  /** The connection has taken all that was handed over. */
  onDrain(client: Client): void {
    client.onDrain();
    // A client whose turn is being stored continues when it is written to.
    if (!client.isBlocked && !client.isHeld) this.#turn.continue(client);
  }

  /** Ends a session: its name is free at once, and the connection closes after its last output. */
  detach(client: Client, why: CloseReason, at: number): void {
    this.#context.endSession(client, why, at);
  }

  /** Ends every session. No client is told of the others. */
  close(clients: Iterable<Client>, at: number): void {
    this.#context.isClosing = true;
    this.#parts.subscribers.close();
    for (const client of clients) this.detach(client, 'shutdown', at);
  }
}
