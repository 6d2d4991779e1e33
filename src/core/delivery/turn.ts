/**
 * One pass of the event loop: it collects events, then commits the changes, writes to the clients and closes those that
 * ended.
 *
 * Where the commit takes a while, the turn is sealed: what depends on the commit is set apart, and delivered after it.
 * Meanwhile no further change settles. Only replies to clients without a change in the sealed turn are written.
 *
 * Each event gets a number within the turn. The events of a room are collected once, in a batch. At the end each client
 * is written either the batch's bytes, shared with all readers of the same encoder, or, when it has personal events,
 * own messages or entered or left in the turn, the same events merged by number.
 */
import type { HubEvent } from '../event.js';
import type { Client } from '../hub/client.js';
import type { Audience } from '../hub/room.js';
import type { Message } from '../message.js';
import type { ClientInfo, CommitFailure, EventObserver, HistoryStore, Meter, TurnStore } from '../ports.js';
import type { CloseReason } from '../reasons.js';
import { Batch, DeferredReply, OutgoingEvent } from './batch.js';
import { ClientWriter, type ClientWriterOptions } from './client-writer.js';
import { Collected, type Observed } from './collected.js';
import { distribute, retract } from './compose.js';
import type { Encoder } from './encoder.js';
import { type PageOptions, PageQueue } from './page-queue.js';
import { Schedule, type ScheduleOptions } from './schedule.js';
import { seal, type SealedTurn } from './sealed-turn.js';
import { TurnStats } from './turn-stats.js';

/** A client with this many personal events in a turn is not read again before they are written. */
const MAX_EVENTS_PER_CLIENT = 64;

export interface TurnOptions
  extends Pick<ScheduleOptions, 'defer' | 'elapsed'>, Omit<ClientWriterOptions, 'pages' | 'shownId'> {
  readonly history: HistoryStore;
  /** Stores what the turn changed. */
  readonly store: TurnStore;
  readonly observers: readonly EventObserver[];
  /**
   * A sealed turn was delivered, in which these clients had changes. What they do now is still held like what others do
   * meanwhile.
   */
  readonly onDelivered?: (clients: readonly Client[]) => void;
  /** Further changes may settle. */
  readonly onCommitEnd?: () => void;
  /** Other servers store the turn too: if this one cannot, it is not true that the turn is not stored. */
  readonly isShared: () => boolean;
  readonly meter: Meter | null;
}

export class Turn {
  readonly #options: TurnOptions;
  #count = 0;
  #collected = new Collected();
  /** A sealed turn is being committed: nothing may settle. */
  isCommitting = false;
  #recordedId = 0;
  #commitMs: number | null = null;
  readonly #schedule: Schedule;
  readonly #pages: PageQueue;
  readonly #writer: ClientWriter;
  #stats = new TurnStats();

  constructor(options: TurnOptions) {
    this.#options = options;
    this.#recordedId = options.history.lastId();
    this.#schedule = new Schedule({
      end: () => this.end(),
      collectedCount: () => this.#count,
      writesDue: () => this.#collected.writesDue(),
      defer: options.defer,
      elapsed: options.elapsed,
    });
    this.#pages = new PageQueue({
      reply: (client, page, label) => this.reply(client, page, label),
      schedule: () => this.#schedule.request(),
    });
    this.#writer = new ClientWriter({ ...options, pages: this.#pages, shownId: this.#recordedId });
  }

  /** The id of the last message that was shown in a turn that is over. */
  get shownId(): number {
    return this.#writer.shownId;
  }

  /** Adds a message to the history with this turn's commit. */
  record(message: Message): void {
    this.#options.history.append(message);
    this.#recordedId = message.id;
    this.#schedule.request();
  }

  /** Uses up an id for something that is not stored in the history. False if that is ensured by this turn's commit only. */
  consumeId(id: number): boolean {
    const isReserved = this.#options.history.consumeId(id);
    if (!isReserved) this.#schedule.request();
    return isReserved;
  }

  /** Has the turn end, since something that is stored with it has changed. */
  scheduleCommit(): void {
    this.#schedule.request();
  }

  /** How a change of the hub's state is undone if the turn cannot be stored. The last one is undone first. */
  onUndo(undo: () => void): void {
    this.#collected.undos.push(undo);
  }

  /** A change of this client settles: its further output waits until the turn is stored. */
  addSettled(client: Client): void {
    this.#collected.addSettled(client);
  }

  /** Sends an event to one client. Answers to its command are sent by `reply`. */
  send(client: Client, event: HubEvent): OutgoingEvent<Client> {
    const outgoing = new OutgoingEvent<Client>(this.#count++, event, null, null);
    this.#addPersonal(client, outgoing);
    return outgoing;
  }

  /** Answers the command of a client, under its label. */
  reply(client: Client, event: HubEvent, label = client.label): OutgoingEvent<Client> {
    const outgoing = new OutgoingEvent<Client>(this.#count++, event, null, label, true);
    this.#addPersonal(client, outgoing);
    return outgoing;
  }

  /** Answers a command. The same event object again, with nothing sent in between, only raises a count. */
  repeat(client: Client, event: HubEvent, times = 1): void {
    const last = client.personal?.at(-1);
    if (
      last !== undefined &&
      last.event === event &&
      last.sequence === this.#count - 1 &&
      last.label === client.label &&
      client.label === null
    )
      last.repeatCount += times;
    else this.reply(client, event).repeatCount = times;
  }

  /** Sends a direct message. */
  sendDirect(client: Client, event: HubEvent): OutgoingEvent<Client> {
    this.#stats.addDirect();
    return this.send(client, event);
  }

  /**
   * Sends a long reply in pages, made once the turn's messages are stored. The client is not read before the last.
   */
  sendPages(
    client: Client,
    pages: () => Iterator<HubEvent>,
    { label = client.label, mayWait = false }: PageOptions = {},
  ): void {
    const first = () => this.#pages.begin(client, pages(), label, mayWait);
    this.#addPersonal(client, new DeferredReply(this.#count++, first, label));
    client.pauseInput();
  }

  /** Sends an event that is made once the turn is stored. */
  sendWhenStored(client: Client, make: () => HubEvent): void {
    this.#addPersonal(client, new DeferredReply(this.#count++, make, null, false));
  }

  /** Continues with a client that has taken all of its output: with the next page, or by reading it again. */
  continue(client: Client): void {
    this.#pages.continue(client);
  }

  /** Sends to all of an audience; to the author only in a dialect that echoes own messages. */
  sendToAudience(audience: Audience, event: HubEvent, author: Client | null): OutgoingEvent<Client> {
    const outgoing = new OutgoingEvent(this.#count++, event, author);
    this.#addToBatch(audience, outgoing);
    return outgoing;
  }

  /** Sends to those alone that receive a room without being in it. */
  sendToSubscribers({ subscribers }: Audience, event: HubEvent): void {
    if (subscribers === null) return;
    this.#addToBatch(subscribers, new OutgoingEvent<Client>(this.#count++, event, null));
  }

  /** Sends to each member of any of these rooms once. Members of the same rooms share one buffer. */
  sendToRooms(rooms: readonly Audience[], event: HubEvent, author: Client | null): OutgoingEvent<Client> {
    const outgoing = new OutgoingEvent(this.#count++, event, author);
    for (const room of rooms) this.#addToBatch(room, outgoing);
    return outgoing;
  }

  /** Sends an event only if the turn is stored; otherwise its author, or its one reader, gets the fallback. */
  sendOnlyIfStored(outgoing: OutgoingEvent<Client>, fallback: HubEvent | null): void {
    outgoing.fallback = fallback;
    outgoing.fallbackLabel = outgoing.author?.label ?? null;
    this.#collected.conditional.push(outgoing);
  }

  /** Answers a command only if the turn could not be stored. */
  replyIfNotStored(client: Client, event: HubEvent): void {
    this.sendOnlyIfStored(this.reply(client, NOTHING), event);
  }

  /** Calls back once the turn is stored, or could not be. */
  afterCommit(run: (isStored: boolean) => void): void {
    this.#collected.afterCommit.push(run);
    this.#schedule.request();
  }

  /** Shows a sent event to the observers, in order, unless it is retracted. */
  observe(outgoing: OutgoingEvent<Client>, by: ClientInfo): void {
    if (this.#isObserved) this.#collected.observed.push({ outgoing, by });
  }

  /** Shows an event to the observers alone. */
  observeEvent(event: HubEvent, by: ClientInfo): OutgoingEvent<Client> {
    const outgoing = new OutgoingEvent<Client>(this.#count++, event, null);
    if (!this.#isObserved) return outgoing;
    this.#collected.observed.push({ outgoing, by });
    this.#schedule.request();
    return outgoing;
  }

  get #isObserved(): boolean {
    for (const observer of this.#options.observers) if (observer.isIdle !== true) return true;
    return false;
  }

  /** Encodes for a client in another way from here on. */
  changeEncoder(client: Client, encoder: Encoder): void {
    client.formerEncoders ??= [];
    client.formerEncoders.push({ encoder: client.encoder, until: this.#count });
    client.encoder = encoder;
    this.#collected.addClient(client);
    this.#schedule.request();
  }

  /** Closes a client's connection once its output is written. */
  close(client: Client, reason: CloseReason): void {
    client.closeReason = reason;
    this.#collected.closing.push(client);
    this.#schedule.request();
  }

  /**
   * Ends a long turn although the pass goes on: libuv passes on the events of up to 49,000 sockets in one, and a crowd that
   * comes or leaves at once takes long. Nothing of the hub may be running. Returns whether a turn was ended.
   */
  onRead(): boolean {
    return this.#schedule.onRead();
  }

  /** Commits, writes, closes. Whatever these steps cause belongs to the next turn. */
  end(): void {
    this.#schedule.clear();
    const { store, meter } = this.#options;
    if (this.isCommitting) {
      this.#writeMeanwhile();
      return;
    }
    if (!store.hasChanges) {
      this.#finish(null);
      return;
    }
    const start = meter?.elapsed() ?? 0;
    const sealed = store.isAsync ? this.#seal() : null;
    if (sealed !== null) this.#writeMeanwhile();
    store.commit((failure) => {
      if (meter !== null) this.#commitMs = meter.elapsed() - start;
      if (sealed === null) this.#finish(failure);
      else this.#finishSealed(sealed, failure);
    });
  }

  /** Sends what was collected, or retracts it after a failed commit. */
  #finish(failure: CommitFailure | null): void {
    const collected = this.#collected;
    const addClient = (client: Client) => collected.addClient(client);
    const isStored = failure === null;
    if (!isStored) {
      this.#options.onError(failure.error);
      for (const undo of collected.undos.reverse()) undo();
      if (this.#options.isShared()) for (const outgoing of collected.conditional) outgoing.retract();
      else retract(collected.conditional, addClient);
    }
    const { meter } = this.#options;
    const stats = this.#stats;
    for (const batch of collected.batches) {
      if (meter !== null) stats.addBatch(batch);
      distribute(batch, addClient);
    }
    const commitMs = this.#commitMs;
    this.#begin();

    this.#notifyObservers(collected.observed);
    for (const run of collected.afterCommit) run(isStored);
    const bytes = this.#writer.write(collected.clients, collected.closing, this.#recordedId);
    meter?.onTurn({ messages: stats.messages, deliveries: stats.deliveries, bytes, commitMs });
  }

  #seal(): SealedTurn {
    const replies = new Collected();
    const sealed = seal(this.#collected, replies);
    this.#collected = replies;
    this.isCommitting = true;
    return sealed;
  }

  /** The commit of a sealed turn has ended: what was set apart comes before what was collected since. */
  #finishSealed(sealed: SealedTurn, failure: CommitFailure | null): void {
    this.#writeMeanwhile();
    const meanwhile = this.#collected;
    this.#collected = sealed.before(meanwhile);
    this.#finish(failure);
    const { conditional, undos, afterCommit } = meanwhile;
    const next = this.#collected;
    next.conditional = [...conditional, ...next.conditional];
    next.undos = [...undos, ...next.undos];
    next.afterCommit = [...afterCommit, ...next.afterCommit];
    this.#options.onDelivered?.(sealed.settled);
    this.#writeMeanwhile();
    this.isCommitting = false;
    this.#options.onCommitEnd?.();
    if (afterCommit.length > 0 || undos.length > 0) this.#schedule.request();
  }

  /** Writes, while a sealed turn is being committed, the replies to clients that changed nothing in it. */
  #writeMeanwhile(): void {
    const { clients } = this.#collected;
    if (clients.length === 0) return;
    this.#collected.clients = clients.filter(({ isHeld }) => isHeld);
    this.#pages.beginTurn();
    const bytes = this.#writer.write(
      clients.filter(({ isHeld }) => !isHeld),
      [],
      this.shownId,
    );
    this.#options.meter?.onTurn({ messages: 0, deliveries: 0, bytes, commitMs: null });
  }

  /** Begins the next turn. */
  #begin(): void {
    for (const client of this.#collected.settled) client.hasSettled = false;
    this.#collected = new Collected();
    this.#count = 0;
    this.#commitMs = null;
    this.#pages.beginTurn();
    this.#stats = new TurnStats();
  }

  #notifyObservers(observed: readonly Observed[]): void {
    for (const { outgoing, by } of observed) {
      if (outgoing.isRetracted) continue;
      for (const observer of this.#options.observers) {
        try {
          observer.onEvent(outgoing.event, by);
        } catch (error) {
          this.#options.onError(error);
        }
      }
    }
  }

  #addToBatch(audience: Audience, outgoing: OutgoingEvent<Client>): void {
    if (audience.subscribers !== null) this.#addToBatch(audience.subscribers, outgoing);
    // An empty room needs no batch, except to count a message: a client that moves through empty rooms leaves nothing
    // behind.
    const isCounted = outgoing.event.kind === 'said' && audience.countsMessages;
    if (audience.members.size === 0 && audience.batch === null && !isCounted) return;
    if (audience.batch === null) {
      audience.batch = new Batch(audience);
      this.#collected.batches.push(audience.batch);
    }
    audience.batch.events.push(outgoing);
    const { author } = outgoing;
    if (author !== null && !author.encoder.dialect.echoesOwnMessages) author.hasOwnMessages = true;
    this.#schedule.request();
  }

  #addPersonal(client: Client, outgoing: OutgoingEvent<Client>): void {
    this.#collected.addPersonal(client, outgoing);
    if (client.personal?.length === MAX_EVENTS_PER_CLIENT) client.pauseInput();
    this.#schedule.request();
  }
}

/** In place of an event that is sent in case of a failure alone. */
const NOTHING: HubEvent = { kind: 'answered', at: 0, text: '' };
