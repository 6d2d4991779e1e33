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
import { compose, distribute, retract } from './compose.js';
import type { Encoder } from './encoder.js';
import { type PageOptions, PageQueue } from './page-queue.js';
import { TurnStats } from './turn-stats.js';

/** From this many writes on, the sockets are polled once more before the turn ends. */
const MIN_WRITES_TO_POLL = 32;
const MAX_POLLS = 8;
/** A turn that lasts this long ends: what was said in it waits for that. */
const MAX_TURN_MS = 5;
/** Reads between two looks at the clock. */
const READS_PER_CHECK = 32;
/** A client with this many personal events in a turn is not read again before they are written. */
const MAX_EVENTS_PER_CLIENT = 64;

export interface TurnOptions {
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
  /** Runs the end of the turn once the pass is over. */
  readonly defer: (run: () => void) => void;
  /** Milliseconds of the monotonic clock. */
  readonly elapsed: () => number;
  /** Unread output of a client, in bytes, above which `onTooSlow` is called. */
  readonly maxUnreadBytes: number;
  readonly onTooSlow: (client: Client) => void;
  /** Called when a client's output could not be made: our bug, which costs that client alone. */
  readonly onBroken: (client: Client) => void;
  /** Called for failures of the store and the observers, for the log. */
  readonly onError: (error: unknown) => void;
  /** Other servers store the turn too: if this one cannot, it is not true that the turn is not stored. */
  readonly isShared: () => boolean;
  readonly meter: Meter | null;
}

/** An event for the observers, and the client behind it. */
interface Observed {
  readonly outgoing: OutgoingEvent<Client>;
  readonly by: ClientInfo;
}

/** What a client is sent once a sealed turn is stored. */
interface SealedOutput {
  readonly client: Client;
  readonly personal: OutgoingEvent<Client>[] | null;
  readonly hasOwnMessages: boolean;
  readonly formerEncoders: Client['formerEncoders'];
}

/** A turn whose commit has not called back. */
interface SealedTurn {
  readonly batches: readonly Batch<Client>[];
  readonly outputs: readonly SealedOutput[];
  readonly observed: readonly Observed[];
  readonly conditional: readonly OutgoingEvent<Client>[];
  readonly undos: readonly (() => void)[];
  readonly afterCommit: readonly ((isStored: boolean) => void)[];
  readonly closing: readonly Client[];
  readonly settled: readonly Client[];
}

export class Turn {
  readonly #options: TurnOptions;
  readonly #onPassEnd = () => this.#endIfQuiet();
  readonly #addClient = (client: Client): void => {
    if (client.isInTurn) return;
    client.isInTurn = true;
    this.#clients.push(client);
  };
  #polls = 0;
  #countAtPoll = 0;
  #isScheduled = false;
  /** When it was scheduled. */
  #startedAt = 0;
  #reads = 0;
  #count = 0;
  #batches: Batch<Client>[] = [];
  #clients: Client[] = [];
  #observed: Observed[] = [];
  /** Events that are sent only if the commit succeeds. */
  #conditional: OutgoingEvent<Client>[] = [];
  #afterCommit: ((isStored: boolean) => void)[] = [];
  /** How changes of the hub's own state are undone. */
  #undos: (() => void)[] = [];
  /** Clients that a change of this turn came from. */
  #settled: Client[] = [];
  /** A sealed turn is being committed: nothing may settle. */
  isCommitting = false;
  #recordedId = 0;
  /** The id of the last message that was shown in a turn that is over. */
  shownId = 0;
  #commitMs: number | null = null;
  #closing: Client[] = [];
  readonly #pages: PageQueue;
  #stats = new TurnStats();

  constructor(options: TurnOptions) {
    this.#options = options;
    this.shownId = options.history.lastId();
    this.#recordedId = this.shownId;
    this.#pages = new PageQueue({
      reply: (client, page, label) => this.reply(client, page, label),
      schedule: () => this.#schedule(),
    });
  }

  /** Adds a message to the history with this turn's commit. */
  record(message: Message): void {
    this.#options.history.append(message);
    this.#recordedId = message.id;
    this.#schedule();
  }

  /** Uses up an id for something that is not stored in the history. False if that is ensured by this turn's commit only. */
  consumeId(id: number): boolean {
    const isReserved = this.#options.history.consumeId(id);
    if (!isReserved) this.#schedule();
    return isReserved;
  }

  /** Has the turn end, since something that is stored with it has changed. */
  scheduleCommit(): void {
    this.#schedule();
  }

  /** How a change of the hub's state is undone if the turn cannot be stored. The last one is undone first. */
  onUndo(undo: () => void): void {
    this.#undos.push(undo);
  }

  /** A change of this client settles: its further output waits until the turn is stored. */
  addSettled(client: Client): void {
    if (client.hasSettled) return;
    client.hasSettled = true;
    this.#settled.push(client);
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
  sendToRooms(rooms: readonly Audience[], event: HubEvent, author: Client | null): void {
    const outgoing = new OutgoingEvent(this.#count++, event, author);
    for (const room of rooms) this.#addToBatch(room, outgoing);
  }

  /** Sends an event only if the turn is stored; otherwise its author, or its one reader, gets the fallback. */
  sendOnlyIfStored(outgoing: OutgoingEvent<Client>, fallback: HubEvent | null): void {
    outgoing.fallback = fallback;
    outgoing.fallbackLabel = outgoing.author?.label ?? null;
    this.#conditional.push(outgoing);
  }

  /** Answers a command only if the turn could not be stored. */
  replyIfNotStored(client: Client, event: HubEvent): void {
    this.sendOnlyIfStored(this.reply(client, NOTHING), event);
  }

  /** Calls back once the turn is stored, or could not be. */
  afterCommit(run: (isStored: boolean) => void): void {
    this.#afterCommit.push(run);
    this.#schedule();
  }

  /** Shows a sent event to the observers, in order, unless it is retracted. */
  observe(outgoing: OutgoingEvent<Client>, by: ClientInfo): void {
    if (this.#isObserved) this.#observed.push({ outgoing, by });
  }

  /** Shows an event to the observers alone. */
  observeEvent(event: HubEvent, by: ClientInfo): OutgoingEvent<Client> {
    const outgoing = new OutgoingEvent<Client>(this.#count++, event, null);
    if (!this.#isObserved) return outgoing;
    this.#observed.push({ outgoing, by });
    this.#schedule();
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
    this.#addClient(client);
    this.#schedule();
  }

  /** Closes a client's connection once its output is written. */
  close(client: Client, reason: CloseReason): void {
    client.closeReason = reason;
    this.#closing.push(client);
    this.#schedule();
  }

  /**
   * Ends a long turn although the pass goes on: libuv passes on the events of up to 49,000 sockets in one, and a crowd that
   * comes or leaves at once takes long. Nothing of the hub may be running. Returns whether a turn was ended.
   */
  onRead(): boolean {
    if (++this.#reads < READS_PER_CHECK) return false;
    this.#reads = 0;
    if (!this.#isScheduled || !this.#isLong) return false;
    this.end();
    return true;
  }

  /** Commits, writes, closes. Whatever these steps cause belongs to the next turn. */
  end(): void {
    this.#isScheduled = false;
    this.#polls = 0;
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
    const isStored = failure === null;
    if (!isStored) {
      this.#options.onError(failure.error);
      for (const undo of this.#undos.reverse()) undo();
      if (this.#options.isShared()) for (const outgoing of this.#conditional) outgoing.retract();
      else retract(this.#conditional, this.#addClient);
    }
    const { meter } = this.#options;
    const stats = this.#stats;
    for (const batch of this.#batches) {
      if (meter !== null) stats.addBatch(batch);
      distribute(batch, this.#addClient);
    }
    const clients = this.#clients;
    const observed = this.#observed;
    const closing = this.#closing;
    const afterCommit = this.#afterCommit;
    const commitMs = this.#commitMs;
    this.#reset();

    this.#notifyObservers(observed);
    for (const run of afterCommit) run(isStored);
    const bytes = this.#write(clients, closing, this.#recordedId);
    meter?.onTurn({ messages: stats.messages, deliveries: stats.deliveries, bytes, commitMs });
  }

  /** Sets apart what depends on the commit: all but the replies to clients that changed nothing. */
  #seal(): SealedTurn {
    const outputs: SealedOutput[] = [];
    const clients = this.#clients;
    this.#clients = [];
    for (const client of this.#settled) {
      client.hasSettled = false;
      if (client.closeReason === null) client.hold();
      // The author of a message may have no output of its own.
      if (!client.isInTurn) clients.push(client);
    }
    for (const client of clients) {
      client.isInTurn = false;
      if (client.isHeld || client.closeReason !== null) {
        const { personal, hasOwnMessages, formerEncoders } = client;
        outputs.push({ client, personal, hasOwnMessages, formerEncoders });
        client.personal = null;
        client.hasOwnMessages = false;
        client.formerEncoders = null;
        continue;
      }
      const waiting = client.personal?.filter(({ isReply }) => !isReply) ?? [];
      if (waiting.length > 0) {
        outputs.push({ client, personal: waiting, hasOwnMessages: false, formerEncoders: null });
        client.personal = client.personal?.filter(({ isReply }) => isReply) ?? null;
      }
      this.#addClient(client);
    }
    const sealed = {
      batches: this.#batches,
      outputs,
      observed: this.#observed,
      conditional: this.#conditional,
      undos: this.#undos,
      afterCommit: this.#afterCommit,
      closing: this.#closing,
      settled: this.#settled,
    };
    for (const { audience } of this.#batches) audience.batch = null;
    this.#batches = [];
    this.#observed = [];
    this.#conditional = [];
    this.#undos = [];
    this.#afterCommit = [];
    this.#closing = [];
    this.#settled = [];
    this.isCommitting = true;
    return sealed;
  }

  /** The commit of a sealed turn has ended: what was set apart comes before what was collected since. */
  #finishSealed(sealed: SealedTurn, failure: CommitFailure | null): void {
    this.#writeMeanwhile();
    for (const { client, personal, hasOwnMessages, formerEncoders } of sealed.outputs) {
      client.personal = joinedLists(personal, client.personal);
      client.hasOwnMessages = hasOwnMessages;
      client.formerEncoders = joinedLists(formerEncoders, client.formerEncoders);
      this.#addClient(client);
    }
    // What was collected meanwhile depends on the next commit, and not on this one.
    const [conditional, undos, afterCommit] = [this.#conditional, this.#undos, this.#afterCommit];
    this.#batches = [...sealed.batches, ...this.#batches];
    this.#observed = [...sealed.observed, ...this.#observed];
    this.#conditional = [...sealed.conditional];
    this.#undos = [...sealed.undos];
    this.#afterCommit = [...sealed.afterCommit];
    // Some are closed without an entry, at any time: clients of a server that is cut off.
    this.#closing = [...sealed.closing, ...this.#closing];
    this.#finish(failure);
    this.#conditional = [...conditional, ...this.#conditional];
    this.#undos = [...undos, ...this.#undos];
    this.#afterCommit = [...afterCommit, ...this.#afterCommit];
    this.#options.onDelivered?.(sealed.settled);
    this.#writeMeanwhile();
    this.isCommitting = false;
    this.#options.onCommitEnd?.();
    if (afterCommit.length > 0 || undos.length > 0) this.#schedule();
  }

  /** Writes, while a sealed turn is being committed, the replies to clients that changed nothing in it. */
  #writeMeanwhile(): void {
    const clients = this.#clients;
    if (clients.length === 0) return;
    this.#clients = clients.filter(({ isHeld }) => isHeld);
    this.#pages.beginTurn();
    const bytes = this.#write(
      clients.filter(({ isHeld }) => !isHeld),
      [],
      this.shownId,
    );
    this.#options.meter?.onTurn({ messages: 0, deliveries: 0, bytes, commitMs: null });
  }

  /** Begins the next turn. */
  #reset(): void {
    this.#count = 0;
    this.#batches = [];
    this.#clients = [];
    this.#observed = [];
    this.#conditional = [];
    this.#afterCommit = [];
    this.#undos = [];
    this.#closing = [];
    this.#commitMs = null;
    for (const client of this.#settled) client.hasSettled = false;
    this.#settled = [];
    this.#pages.beginTurn();
    this.#stats = new TurnStats();
  }

  /**
   * Writes once to each client, then closes those that ended. `shownId` is the last message that has then been shown.
   * Returns the bytes written.
   */
  #write(clients: readonly Client[], closing: readonly Client[], shownId: number): number {
    let sentBytes = 0;
    const slow: Client[] = [];
    const waiting: Client[] = [];
    const broken: Client[] = [];
    for (const client of clients) {
      try {
        const output = compose(client);
        if (output !== null) sentBytes += client.send(output);
        client.sendTelnetReply();
      } catch (error) {
        this.#options.onError(error);
        broken.push(client);
      }
      if (client.isBlocked) client.lastIdBeforeBacklog ??= this.shownId;
      if (client.isBlocked && client.unreadBytes > this.#options.maxUnreadBytes) slow.push(client);
      else if (client.isInputPaused && !client.isBlocked) waiting.push(client);
    }
    this.shownId = shownId;
    for (const client of closing) client.closeAfterFlush();
    for (const client of slow) this.#options.onTooSlow(client);
    for (const client of broken) this.#options.onBroken(client);
    this.#pages.continueWaiting();
    for (const client of waiting) this.continue(client);
    return sentBytes;
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

  /**
   * Where many writes are due, polls the sockets once more: a poll costs as much as a few writes, and finds what
   * arrived during this pass. It is repeated while more arrives, a few times at most, which bounds the delay.
   */
  #endIfQuiet(): void {
    // It was too long, and has ended.
    if (!this.#isScheduled) return;
    const isMore = this.#polls === 0 || this.#count > this.#countAtPoll;
    const mayPoll = isMore && this.#polls < MAX_POLLS && this.#writesDue() >= MIN_WRITES_TO_POLL;
    if (mayPoll && !this.#isLong) {
      this.#polls++;
      this.#countAtPoll = this.#count;
      this.#options.defer(this.#onPassEnd);
      return;
    }
    this.end();
  }

  get #isLong(): boolean {
    return this.#options.elapsed() - this.#startedAt >= MAX_TURN_MS;
  }

  #writesDue(): number {
    return this.#batches.reduce((sum, { audience }) => sum + audience.members.size, this.#clients.length);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#startedAt = this.#options.elapsed();
    this.#options.defer(this.#onPassEnd);
  }

  #addToBatch(audience: Audience, outgoing: OutgoingEvent<Client>): void {
    if (audience.subscribers !== null) this.#addToBatch(audience.subscribers, outgoing);
    // An empty room needs no batch, except to count a message: a client that moves through empty rooms leaves nothing
    // behind.
    const isCounted = outgoing.event.kind === 'said' && audience.countsMessages;
    if (audience.members.size === 0 && audience.batch === null && !isCounted) return;
    if (audience.batch === null) {
      audience.batch = new Batch(audience);
      this.#batches.push(audience.batch);
    }
    audience.batch.events.push(outgoing);
    const { author } = outgoing;
    if (author !== null && !author.encoder.dialect.echoesOwnMessages) author.hasOwnMessages = true;
    this.#schedule();
  }

  #addPersonal(client: Client, outgoing: OutgoingEvent<Client>): void {
    if (client.personal === null) client.personal = [outgoing];
    else client.personal.push(outgoing);
    if (client.personal.length === MAX_EVENTS_PER_CLIENT) client.pauseInput();
    this.#addClient(client);
    this.#schedule();
  }
}

function joinedLists<Item>(first: readonly Item[] | null, second: Item[] | null): Item[] | null {
  if (first === null) return second;
  return second === null ? [...first] : [...first, ...second];
}

/** In place of an event that is sent in case of a failure alone. */
const NOTHING: HubEvent = { kind: 'answered', at: 0, text: '' };
