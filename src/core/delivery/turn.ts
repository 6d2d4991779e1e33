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
import type { Bytes, HistoryStore, Message, Meter, EventObserver } from '../ports.js';
import type { CloseReason } from '../reasons.js';
import type { Audience } from '../hub/room.js';
import { Batch, type SharedBatch, type BatchRange } from './batch.js';
import { bySequence, DeferredReply, OutgoingEvent } from './outgoing-event.js';
import { TurnStats } from './turn-stats.js';
import { foldName } from '../text/text.js';
import type { Encoder } from './encoder.js';

/** From so many writes on, the turn looks once more at the sockets before it ends. */
const WRITES_WORTH_A_LOOK = 32;
const MOST_LOOKS = 8;
/** After so many things said to one client in a turn, it is not heard again before they are handed over. */
const ENOUGH_FOR_NOW = 64;

export interface TurnOptions {
  readonly history: HistoryStore;
  /** What was only noted there is stored with the turn; nobody is told if it is not. */
  readonly notes: Pick<Accounts, 'commit'>;
  readonly observers: readonly EventObserver[];
  /** Runs the end of the turn once the pass is over. */
  readonly defer: (run: () => void) => void;
  /** What a client may leave unread, in bytes, before `tooSlow` is called. */
  readonly maxUnreadBytes: number;
  readonly tooSlow: (client: Client) => void;
  /** Our bug, in what was to be said to this client: it costs that client. */
  readonly broken: (client: Client) => void;
  /** Something failed that should not: for the log. */
  readonly failed: (error: unknown) => void;
  readonly meter: Meter | null;
}

export class Turn {
  readonly #options: TurnOptions;
  readonly #passed = () => this.#endIfQuiet();
  #looks = 0;
  #countAtLook = 0;
  #scheduled = false;
  #count = 0;
  #batches: Batch[] = [];
  #touched: Client[] = [];
  #noted: OutgoingEvent[] = [];
  /** Said in the belief that the commit will succeed. */
  #conditional: OutgoingEvent[] = [];
  #unsaved = false;
  #hasNotes = false;
  #recordedId = 0;
  /** The last message that was shown in a turn that is over. */
  shownId = 0;
  #commitMs: number | null = null;
  #condemned: Client[] = [];
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
  takeNote(): void {
    this.#hasNotes = true;
    this.#schedule();
  }

  /** What this client asked for cost a disk's sync of its own: it is not heard again before others were. */
  rest(client: Client): void {
    client.hold();
    this.#touch(client);
    this.#schedule();
  }

  /** An id of something that is not kept. */
  spend(id: number): void {
    this.#options.history.consumeId(id);
    this.#unsaved = true;
    this.#schedule();
  }

  /** To one client. The very same answer again, with nothing said since, is but a count. */
  repeat(client: Client, event: HubEvent): void {
    const last = client.personal?.at(-1);
    if (last !== undefined && last.event === event && last.sequence === this.#count - 1) last.repeatCount++;
    else this.tell(client, event);
  }

  /** To one client. */
  tell(client: Client, event: HubEvent): OutgoingEvent {
    const spoken = new OutgoingEvent(this.#count++, event, null);
    this.#give(client, spoken);
    return spoken;
  }

  /** A direct message. */
  deliver(client: Client, event: HubEvent): void {
    this.#stats.addDirect();
    this.tell(client, event);
  }

  /** The pages of a long answer, made once the turn's messages are stored. The client is not heard before the last. */
  tellPages(client: Client, pages: () => Iterator<HubEvent>): void {
    const first = () => {
      client.pages = pages();
      return client.pages.next().value;
    };
    this.#give(client, new DeferredReply(this.#count++, first));
    client.hold();
  }

  /** Goes on with a client that was held and has taken all it was given: the next page, or its next line. */
  proceed(client: Client): void {
    if (client.condemned !== null) return;
    const page = client.pages?.next();
    if (page?.done === false) {
      this.tell(client, page.value);
      return;
    }
    client.pages = null;
    client.release();
  }

  /** To all of an audience but the author, who hears it only in a dialect that hears itself. */
  tellAll(audience: Audience, event: HubEvent, author: Client | null): OutgoingEvent {
    const spoken = new OutgoingEvent(this.#count++, event, author);
    // Nobody is there: whoever walks in and out of empty rooms leaves nothing behind.
    if (audience.members.size === 0 && audience.batch === null) return spoken;
    if (audience.batch === null) {
      audience.batch = new Batch(audience);
      this.#batches.push(audience.batch);
    }
    audience.batch.events.push(spoken);
    if (author !== null && !author.encoder.dialect.echoesOwnMessages) author.spoke = true;
    this.#schedule();
    return spoken;
  }

  /** Says it only if the turn's messages are stored. `otherwise` is what its author, or its one reader, gets if not. */
  onceStored(spoken: OutgoingEvent, otherwise: HubEvent | null): void {
    spoken.fallback = otherwise;
    this.#conditional.push(spoken);
  }

  /** For the witnesses, in this order, once it is certain. */
  note(spoken: OutgoingEvent): void {
    if (this.#options.observers.length > 0) this.#noted.push(spoken);
  }

  noteEvent(event: HubEvent, by: Client): void {
    if (this.#options.observers.length === 0) return;
    this.#noted.push(new OutgoingEvent(this.#count++, event, by));
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
    this.#touch(client);
    this.#schedule();
  }

  /** Closes a client's connection once it was written to. */
  condemn(client: Client, why: CloseReason): void {
    client.condemned = why;
    this.#condemned.push(client);
    this.#schedule();
  }

  end(): void {
    const batches = this.#batches;
    const noted = this.#noted;
    const condemned = this.#condemned;
    this.#commitNotes();
    const isStored = this.#commit();
    if (!isStored) this.#takeBack();
    const { meter } = this.#options;
    const stats = this.#stats;
    for (const batch of batches) {
      if (meter !== null) stats.addBatch(batch);
      this.#handOut(batch);
    }
    const touched = this.#touched;
    const commitMs = this.#commitMs;
    // From here on, whatever is said belongs to the next turn.
    this.#scheduled = false;
    this.#count = 0;
    this.#batches = [];
    this.#touched = [];
    this.#noted = [];
    this.#conditional = [];
    this.#condemned = [];
    this.#commitMs = null;
    this.#stats = new TurnStats();

    this.#report(noted);
    let sent = 0;
    const slow: Client[] = [];
    const waiting: Client[] = [];
    const broken: Client[] = [];
    for (const client of touched) {
      try {
        const bytes = this.#collect(client);
        if (bytes !== null) {
          client.send(bytes);
          sent += bytes.length;
        }
      } catch (error) {
        this.#options.failed(error);
        broken.push(client);
      }
      if (client.blocked) client.behindFrom ??= this.shownId;
      if (client.blocked && client.unread > this.#options.maxUnreadBytes) slow.push(client);
      else if (client.held && !client.blocked) waiting.push(client);
    }
    this.shownId = this.#recordedId;
    for (const client of condemned) client.leave();
    for (const client of slow) this.#options.tooSlow(client);
    for (const client of broken) this.#options.broken(client);
    for (const client of waiting) this.proceed(client);
    meter?.onTurn({ messages: stats.messages, deliveries: stats.deliveries, bytes: sent, commitMs });
  }

  #report(noted: readonly OutgoingEvent[]): void {
    for (const { event, author, isRetracted } of noted) {
      if (author === null || isRetracted) continue;
      for (const observer of this.#options.observers) {
        try {
          observer.onEvent(event, author);
        } catch (error) {
          this.#options.failed(error);
        }
      }
    }
  }

  /**
   * Many writes are due: one more look at the sockets costs as much as a few of them, and finds what came while this
   * pass was at work. It goes on while more comes, a few times at most, so that nobody waits long.
   */
  #endIfQuiet(): void {
    const isNews = this.#looks === 0 || this.#count > this.#countAtLook;
    if (isNews && this.#looks < MOST_LOOKS && this.#writesDue() >= WRITES_WORTH_A_LOOK) {
      this.#looks++;
      this.#countAtLook = this.#count;
      this.#options.defer(this.#passed);
      return;
    }
    this.#looks = 0;
    this.end();
  }

  #writesDue(): number {
    return this.#batches.reduce((sum, { audience }) => sum + audience.members.size, this.#touched.length);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.defer(this.#passed);
  }

  #give(client: Client, spoken: OutgoingEvent): void {
    if (client.personal === null) client.personal = [spoken];
    else client.personal.push(spoken);
    if (client.personal.length === ENOUGH_FOR_NOW) client.hold();
    this.#touch(client);
    this.#schedule();
  }

  #touch(client: Client): void {
    if (client.touched) return;
    client.touched = true;
    this.#touched.push(client);
  }

  #commitNotes(): void {
    if (!this.#hasNotes) return;
    this.#hasNotes = false;
    try {
      this.#options.notes.commit();
    } catch (error) {
      this.#options.failed(error);
    }
  }

  /** False if what was recorded could not be stored. */
  #commit(): boolean {
    if (!this.#unsaved) return true;
    this.#unsaved = false;
    const { history, meter, failed } = this.#options;
    const before = meter?.elapsed() ?? 0;
    try {
      history.commit();
      return true;
    } catch (error) {
      failed(error);
      return false;
    } finally {
      if (meter !== null) this.#commitMs = meter.elapsed() - before;
    }
  }

  /** What depended on the commit is unsaid, and its authors are told. */
  #takeBack(): void {
    for (const spoken of this.#conditional) {
      const { author, fallback } = spoken;
      if (author === null && fallback !== null) {
        spoken.event = fallback;
        continue;
      }
      spoken.retract();
      if (author === null || fallback === null) continue;
      author.personal = [...(author.personal ?? []), new OutgoingEvent(spoken.sequence, fallback, null)].sort(
        bySequence,
      );
      this.#touch(author);
    }
  }

  /** Gives each member of an audience its part of what was said to it. */
  #handOut(batch: Batch): void {
    const { audience, partial, whole } = batch;
    audience.batch = null;
    if (isSilent(whole, audience, partial)) return;
    for (const [client, ranges] of partial) {
      client.ranges ??= [];
      for (const range of ranges) if (range.from < range.to) client.ranges.push(range);
      this.#touch(client);
    }
    const everyone = partial.size === 0;
    for (const client of audience.members) {
      if (!everyone && partial.has(client)) continue;
      client.sharedBatch = client.sharedBatch === null ? whole : client.sharedBatch.with(batch);
      this.#touch(client);
    }
  }

  /** All that this turn has for one client, in the order it was said. */
  #collect(client: Client): Bytes | null {
    const { sharedBatch, personal, ranges, spoke, formerEncoders, encoder } = client;
    client.touched = false;
    client.sharedBatch = null;
    client.personal = null;
    client.ranges = null;
    client.spoke = false;
    client.formerEncoders = null;
    if (client.condemned === 'lost' || client.leaving) return null;
    const author = spoke ? client : null;
    const [range, ...more] = ranges ?? [];
    let text = '';
    const isPieced = formerEncoders !== null || client.ignores !== null;
    if (isPieced || more.length > 0 || (range !== undefined && sharedBatch !== null)) {
      text = this.#collectPieces(
        client,
        inOrder(sharedBatch, ranges ?? [], personal ?? []),
        formerEncoders ?? [],
      );
    } else if (range !== undefined) {
      const rendered = range.batch.whole.renderedFor(encoder);
      text = rendered.textFor(author, personal ?? [], range.from, range.to);
    } else if (sharedBatch !== null) {
      const rendered = sharedBatch.renderedFor(encoder);
      if (personal === null && !spoke) return rendered.bytes;
      text = rendered.textFor(author, personal ?? []);
    } else if (personal !== null) {
      for (const spoken of personal) text += spoken.render(encoder);
    }
    return text === '' ? null : encoder.encode(text);
  }

  /** Line by line, for one who came and went or changed voice in the middle of the turn. */
  #collectPieces(
    client: Client,
    lines: readonly OutgoingEvent[],
    formerEncoders: NonNullable<Client['formerEncoders']>,
  ): string {
    let text = '';
    let encoders = 0;
    for (const spoken of lines) {
      while (spoken.sequence >= (formerEncoders[encoders]?.until ?? Number.POSITIVE_INFINITY)) encoders++;
      if (spoken.author === client && !client.encoder.dialect.echoesOwnMessages) continue;
      if (isIgnored(spoken, client)) continue;
      text += spoken.render(formerEncoders[encoders]?.encoder ?? client.encoder);
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
