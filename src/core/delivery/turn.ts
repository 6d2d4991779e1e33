/**
 * One pass of the event loop: collect what is said, then commit it, write it, bury the condemned.
 *
 * What is said gets a number within the turn. A room's lines are collected once, in a Segment; at the end each
 * client is given either the segment's bytes, shared with all who read the same, or, when something was said to
 * it alone, when it came or went half-way, or when some lines are its own, the same lines merged by number.
 */
import type { Accounts } from '../accounts.js';
import type { Client } from '../hub/client.js';
import type { HubEvent } from '../event.js';
import type { Bytes, HistoryStore, Meter, EventObserver } from '../ports.js';
import type { Message } from '../message.js';
import type { CloseReason } from '../reasons.js';
import type { Audience } from '../hub/room.js';
import { Batch, type SharedBatch, type BatchRange } from './batch.js';
import { bySequence, DeferredReply, OutgoingEvent } from './outgoing-event.js';
import { TurnStats } from './turn-stats.js';
import { foldName } from '../text/text.js';
import type { Encoder } from './encoder.js';

/** From so many writes on, the turn looks once more at the sockets before it ends. */
const MIN_WRITES_TO_POLL = 32;
const MAX_POLLS = 8;
/** After so many things said to one client in a turn, it is not heard again before they are handed over. */
const MAX_EVENTS_PER_CLIENT = 64;

export interface TurnOptions {
  readonly history: HistoryStore;
  /** What was only noted there is stored with the turn; nobody is told if it is not. */
  readonly accounts: Pick<Accounts, 'commit'>;
  readonly observers: readonly EventObserver[];
  /** Runs the end of the turn once the pass is over. */
  readonly defer: (run: () => void) => void;
  /** What a client may leave unread, in bytes, before `tooSlow` is called. */
  readonly maxUnreadBytes: number;
  readonly onTooSlow: (client: Client) => void;
  /** Our bug, in what was to be said to this client: it costs that client. */
  readonly onBroken: (client: Client) => void;
  /** Something failed that should not: for the log. */
  readonly onError: (error: unknown) => void;
  readonly meter: Meter | null;
}

export class Turn {
  readonly #options: TurnOptions;
  readonly #onPassEnd = () => this.#endIfQuiet();
  #polls = 0;
  #countAtPoll = 0;
  #scheduled = false;
  #count = 0;
  #batches: Batch[] = [];
  #clients: Client[] = [];
  #observed: OutgoingEvent[] = [];
  /** Said in the belief that the commit will succeed. */
  #conditional: OutgoingEvent[] = [];
  #unsaved = false;
  #hasAccountChanges = false;
  #recordedId = 0;
  /** The last message that was shown in a turn that is over. */
  shownId = 0;
  #commitMs: number | null = null;
  #closing: Client[] = [];
  #stats = new TurnStats();

  constructor(options: TurnOptions) {
    this.#options = options;
    this.shownId = options.history.lastId();
    this.#recordedId = this.shownId;
  }

  /** Into the history with this turn's commit. */
  record(message: Message): void {
    this.#options.history.append(message);
    this.#recordedId = message.id;
    this.#unsaved = true;
    this.#schedule();
  }

  /** Something was noted in the accounts. */
  scheduleAccountCommit(): void {
    this.#hasAccountChanges = true;
    this.#schedule();
  }

  /** What this client asked for cost a disk's sync of its own: it is not heard again before others were. */
  pauseAfterSync(client: Client): void {
    client.pauseInput();
    this.#addClient(client);
    this.#schedule();
  }

  /** An id of something that is not kept. */
  consumeId(id: number): void {
    this.#options.history.consumeId(id);
    this.#unsaved = true;
    this.#schedule();
  }

  /** To one client. The very same answer again, with nothing said since, is but a count. */
  repeat(client: Client, event: HubEvent): void {
    const last = client.personal?.at(-1);
    if (last !== undefined && last.event === event && last.sequence === this.#count - 1) last.repeatCount++;
    else this.send(client, event);
  }

  /** To one client. */
  send(client: Client, event: HubEvent): OutgoingEvent {
    const outgoing = new OutgoingEvent(this.#count++, event, null);
    this.#addPersonal(client, outgoing);
    return outgoing;
  }

  /** A direct message. */
  sendDirect(client: Client, event: HubEvent): void {
    this.#stats.addDirect();
    this.send(client, event);
  }

  /** The pages of a long answer, made once the turn's messages are stored. The client is not heard before the last. */
  sendPages(client: Client, pages: () => Iterator<HubEvent>): void {
    const first = () => {
      client.pages = pages();
      return client.pages.next().value;
    };
    this.#addPersonal(client, new DeferredReply(this.#count++, first));
    client.pauseInput();
  }

  /** Goes on with a client that was held and has taken all it was given: the next page, or its next line. */
  continue(client: Client): void {
    if (client.closeReason !== null) return;
    const page = client.pages?.next();
    if (page?.done === false) {
      this.send(client, page.value);
      return;
    }
    client.pages = null;
    client.resumeInput();
  }

  /** To all of an audience but the author, who hears it only in a dialect that hears itself. */
  sendToAudience(audience: Audience, event: HubEvent, author: Client | null): OutgoingEvent {
    const outgoing = new OutgoingEvent(this.#count++, event, author);
    // Nobody is there: whoever walks in and out of empty rooms leaves nothing behind.
    if (audience.members.size === 0 && audience.batch === null) return outgoing;
    if (audience.batch === null) {
      audience.batch = new Batch(audience);
      this.#batches.push(audience.batch);
    }
    audience.batch.events.push(outgoing);
    if (author !== null && !author.encoder.dialect.echoesOwnMessages) author.hasOwnMessages = true;
    this.#schedule();
    return outgoing;
  }

  /** Says it only if the turn's messages are stored. `otherwise` is what its author, or its one reader, gets if not. */
  sendOnlyIfStored(outgoing: OutgoingEvent, fallback: HubEvent | null): void {
    outgoing.fallback = fallback;
    this.#conditional.push(outgoing);
  }

  /** For the witnesses, in this order, once it is certain. */
  observe(outgoing: OutgoingEvent): void {
    if (this.#options.observers.length > 0) this.#observed.push(outgoing);
  }

  observeEvent(event: HubEvent, by: Client): void {
    if (this.#options.observers.length === 0) return;
    this.#observed.push(new OutgoingEvent(this.#count++, event, by));
    this.#schedule();
  }

  /** Joins an audience: it hears what is said from here on. */
  enter(audience: Audience, client: Client): void {
    audience.add(client);
    const { batch } = audience;
    if (batch === null) return;
    const range = { batch, from: batch.events.length, to: Number.POSITIVE_INFINITY };
    const known = batch.partial.get(client);
    if (known === undefined) batch.partial.set(client, [range]);
    else known.push(range);
  }

  /** Leaves an audience: it hears what was said up to here. */
  exit(audience: Audience, client: Client): void {
    audience.remove(client);
    const { batch } = audience;
    if (batch === null) return;
    const to = batch.events.length;
    const last = batch.partial.get(client)?.at(-1);
    if (last === undefined) batch.partial.set(client, [{ batch, from: 0, to }]);
    else last.to = to;
  }

  /** Leaves an audience, and need not hear what it was told in this turn. */
  drop(audience: Audience, client: Client): void {
    audience.remove(client);
    audience.batch?.partial.delete(client);
  }

  /** Speaks to a client in another voice from here on. */
  changeEncoder(client: Client, encoder: Encoder): void {
    client.formerEncoders ??= [];
    client.formerEncoders.push({ encoder: client.encoder, until: this.#count });
    client.encoder = encoder;
    this.#addClient(client);
    this.#schedule();
  }

  /** Closes a client's connection once it was written to. */
  close(client: Client, why: CloseReason): void {
    client.closeReason = why;
    this.#closing.push(client);
    this.#schedule();
  }

  end(): void {
    const batches = this.#batches;
    const observed = this.#observed;
    const closing = this.#closing;
    this.#commitAccounts();
    const isStored = this.#commit();
    if (!isStored) this.#retract();
    const { meter } = this.#options;
    const stats = this.#stats;
    for (const batch of batches) {
      if (meter !== null) stats.addBatch(batch);
      this.#distribute(batch);
    }
    const clients = this.#clients;
    const commitMs = this.#commitMs;
    // From here on, whatever is said belongs to the next turn.
    this.#scheduled = false;
    this.#count = 0;
    this.#batches = [];
    this.#clients = [];
    this.#observed = [];
    this.#conditional = [];
    this.#closing = [];
    this.#commitMs = null;
    this.#stats = new TurnStats();

    this.#notifyObservers(observed);
    let sent = 0;
    const slow: Client[] = [];
    const waiting: Client[] = [];
    const broken: Client[] = [];
    for (const client of clients) {
      try {
        const bytes = this.#compose(client);
        if (bytes !== null) {
          client.send(bytes);
          sent += bytes.length;
        }
      } catch (error) {
        this.#options.onError(error);
        broken.push(client);
      }
      if (client.isBlocked) client.lastIdBeforeBacklog ??= this.shownId;
      if (client.isBlocked && client.unreadBytes > this.#options.maxUnreadBytes) slow.push(client);
      else if (client.isInputPaused && !client.isBlocked) waiting.push(client);
    }
    this.shownId = this.#recordedId;
    for (const client of closing) client.closeAfterFlush();
    for (const client of slow) this.#options.onTooSlow(client);
    for (const client of broken) this.#options.onBroken(client);
    for (const client of waiting) this.continue(client);
    meter?.onTurn({ messages: stats.messages, deliveries: stats.deliveries, bytes: sent, commitMs });
  }

  #notifyObservers(observed: readonly OutgoingEvent[]): void {
    for (const { event, author, isRetracted } of observed) {
      if (author === null || isRetracted) continue;
      for (const observer of this.#options.observers) {
        try {
          observer.onEvent(event, author);
        } catch (error) {
          this.#options.onError(error);
        }
      }
    }
  }

  /**
   * Many writes are due: one more look at the sockets costs as much as a few of them, and finds what came while this
   * pass was at work. It goes on while more comes, a few times at most, so that nobody waits long.
   */
  #endIfQuiet(): void {
    const isNews = this.#polls === 0 || this.#count > this.#countAtPoll;
    if (isNews && this.#polls < MAX_POLLS && this.#writesDue() >= MIN_WRITES_TO_POLL) {
      this.#polls++;
      this.#countAtPoll = this.#count;
      this.#options.defer(this.#onPassEnd);
      return;
    }
    this.#polls = 0;
    this.end();
  }

  #writesDue(): number {
    return this.#batches.reduce((sum, { audience }) => sum + audience.members.size, this.#clients.length);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.defer(this.#onPassEnd);
  }

  #addPersonal(client: Client, outgoing: OutgoingEvent): void {
    if (client.personal === null) client.personal = [outgoing];
    else client.personal.push(outgoing);
    if (client.personal.length === MAX_EVENTS_PER_CLIENT) client.pauseInput();
    this.#addClient(client);
    this.#schedule();
  }

  #addClient(client: Client): void {
    if (client.isInTurn) return;
    client.isInTurn = true;
    this.#clients.push(client);
  }

  #commitAccounts(): void {
    if (!this.#hasAccountChanges) return;
    this.#hasAccountChanges = false;
    try {
      this.#options.accounts.commit();
    } catch (error) {
      this.#options.onError(error);
    }
  }

  /** False if what was recorded could not be stored. */
  #commit(): boolean {
    if (!this.#unsaved) return true;
    this.#unsaved = false;
    const { history, meter, onError } = this.#options;
    const before = meter?.elapsed() ?? 0;
    try {
      history.commit();
      return true;
    } catch (error) {
      onError(error);
      return false;
    } finally {
      if (meter !== null) this.#commitMs = meter.elapsed() - before;
    }
  }

  /** What depended on the commit is unsaid, and its authors are told. */
  #retract(): void {
    for (const outgoing of this.#conditional) {
      const { author, fallback } = outgoing;
      if (author === null && fallback !== null) {
        outgoing.event = fallback;
        continue;
      }
      outgoing.retract();
      if (author === null || fallback === null) continue;
      author.personal = [
        ...(author.personal ?? []),
        new OutgoingEvent(outgoing.sequence, fallback, null),
      ].sort(bySequence);
      this.#addClient(author);
    }
  }

  /** Gives each member of an audience its part of what was said to it. */
  #distribute(batch: Batch): void {
    const { audience, partial, whole } = batch;
    audience.batch = null;
    if (isSilent(whole, audience, partial)) return;
    for (const [client, ranges] of partial) {
      client.ranges ??= [];
      for (const range of ranges) if (range.from < range.to) client.ranges.push(range);
      this.#addClient(client);
    }
    const everyone = partial.size === 0;
    for (const client of audience.members) {
      if (!everyone && partial.has(client)) continue;
      client.sharedBatch = client.sharedBatch === null ? whole : client.sharedBatch.with(batch);
      this.#addClient(client);
    }
  }

  /** All that this turn has for one client, in the order it was said. */
  #compose(client: Client): Bytes | null {
    const { sharedBatch, personal, ranges, hasOwnMessages, formerEncoders, encoder } = client;
    client.isInTurn = false;
    client.sharedBatch = null;
    client.personal = null;
    client.ranges = null;
    client.hasOwnMessages = false;
    client.formerEncoders = null;
    if (client.closeReason === 'lost' || client.isClosing) return null;
    const author = hasOwnMessages ? client : null;
    const [range, ...more] = ranges ?? [];
    let text = '';
    const isPieced = formerEncoders !== null || client.ignores !== null;
    if (isPieced || more.length > 0 || (range !== undefined && sharedBatch !== null)) {
      text = this.#composeLineByLine(
        client,
        inOrder(sharedBatch, ranges ?? [], personal ?? []),
        formerEncoders ?? [],
      );
    } else if (range !== undefined) {
      const rendered = range.batch.whole.renderedFor(encoder);
      text = rendered.textFor(author, personal ?? [], range.from, range.to);
    } else if (sharedBatch !== null) {
      const rendered = sharedBatch.renderedFor(encoder);
      if (personal === null && !hasOwnMessages) return rendered.bytes;
      text = rendered.textFor(author, personal ?? []);
    } else if (personal !== null) {
      for (const outgoing of personal) text += outgoing.render(encoder);
    }
    return text === '' ? null : encoder.encode(text);
  }

  /** Line by line, for one who came and went or changed voice in the middle of the turn. */
  #composeLineByLine(
    client: Client,
    lines: readonly OutgoingEvent[],
    formerEncoders: NonNullable<Client['formerEncoders']>,
  ): string {
    let text = '';
    let encoders = 0;
    for (const outgoing of lines) {
      while (outgoing.sequence >= (formerEncoders[encoders]?.until ?? Number.POSITIVE_INFINITY)) encoders++;
      if (outgoing.author === client && !client.encoder.dialect.echoesOwnMessages) continue;
      if (isIgnored(outgoing, client)) continue;
      text += outgoing.render(formerEncoders[encoders]?.encoder ?? client.encoder);
    }
    return text;
  }
}

/** What it says is not heard by this client. Who comes and goes is. */
function isIgnored({ event }: OutgoingEvent, { ignores }: Client): boolean {
  return event.kind === 'said' && ignores !== null && ignores.has(foldName(event.message.from));
}

/** Whether nobody who hears it speaks a dialect with words for any of it: then there is nothing to hand out. */
function isSilent(
  sharedBatch: SharedBatch,
  audience: Audience,
  partial: ReadonlyMap<Client, unknown>,
): boolean {
  for (const encoder of audience.encoders.keys()) if (!sharedBatch.renderedFor(encoder).isEmpty) return false;
  for (const client of partial.keys()) if (!sharedBatch.renderedFor(client.encoder).isEmpty) return false;
  return true;
}

/** What was said to a room and what was said to one client, as one list. */
function inOrder(
  sharedBatch: SharedBatch | null,
  ranges: readonly BatchRange[],
  personal: readonly OutgoingEvent[],
): readonly OutgoingEvent[] {
  const parts = ranges.flatMap(({ batch, from, to }) => batch.events.slice(from, to));
  return [...(sharedBatch?.events ?? []), ...parts, ...personal].sort(bySequence);
}
