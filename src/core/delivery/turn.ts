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
import type { Bytes, HistoryStore, Message, Meter, Witness } from '../ports.js';
import type { CloseReason } from '../reasons.js';
import type { Audience } from '../hub/room.js';
import { Segment, type Share, type Stretch } from './batch.js';
import { byNumber, LaterAnswer, Spoken } from './outgoing-event.js';
import { Tally } from './turn-stats.js';
import { foldName } from '../text/text.js';
import type { Voice } from './encoder.js';

/** From so many writes on, the turn looks once more at the sockets before it ends. */
const WRITES_WORTH_A_LOOK = 32;
const MOST_LOOKS = 8;
/** After so many things said to one client in a turn, it is not heard again before they are handed over. */
const ENOUGH_FOR_NOW = 64;

export interface TurnOptions {
  readonly history: HistoryStore;
  /** What was only noted there is stored with the turn; nobody is told if it is not. */
  readonly notes: Pick<Accounts, 'commit'>;
  readonly witnesses: readonly Witness[];
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
  #segments: Segment[] = [];
  #touched: Client[] = [];
  #noted: Spoken[] = [];
  /** Said in the belief that the commit will succeed. */
  #conditional: Spoken[] = [];
  #unsaved = false;
  #hasNotes = false;
  #recordedId = 0;
  /** The last message that was shown in a turn that is over. */
  shownId = 0;
  #commitMs: number | null = null;
  #condemned: Client[] = [];
  #tally = new Tally();

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
    this.#options.history.spend(id);
    this.#unsaved = true;
    this.#schedule();
  }

  /** To one client. The very same answer again, with nothing said since, is but a count. */
  repeat(client: Client, event: HubEvent): void {
    const last = client.personal?.at(-1);
    if (last !== undefined && last.event === event && last.at === this.#count - 1) last.times++;
    else this.tell(client, event);
  }

  /** To one client. */
  tell(client: Client, event: HubEvent): Spoken {
    const spoken = new Spoken(this.#count++, event, null);
    this.#give(client, spoken);
    return spoken;
  }

  /** A direct message. */
  deliver(client: Client, event: HubEvent): void {
    this.#tally.addDirect();
    this.tell(client, event);
  }

  /** The pages of a long answer, made once the turn's messages are stored. The client is not heard before the last. */
  tellPages(client: Client, pages: () => Iterator<HubEvent>): void {
    const first = () => {
      client.pages = pages();
      return client.pages.next().value;
    };
    this.#give(client, new LaterAnswer(this.#count++, first));
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
  tellAll(audience: Audience, event: HubEvent, author: Client | null): Spoken {
    const spoken = new Spoken(this.#count++, event, author);
    // Nobody is there: whoever walks in and out of empty rooms leaves nothing behind.
    if (audience.members.size === 0 && audience.segment === null) return spoken;
    if (audience.segment === null) {
      audience.segment = new Segment(audience);
      this.#segments.push(audience.segment);
    }
    audience.segment.spoken.push(spoken);
    if (author !== null && !author.voice.dialect.hearsItself) author.spoke = true;
    this.#schedule();
    return spoken;
  }

  /** Says it only if the turn's messages are stored. `otherwise` is what its author, or its one reader, gets if not. */
  onceStored(spoken: Spoken, otherwise: HubEvent | null): void {
    spoken.otherwise = otherwise;
    this.#conditional.push(spoken);
  }

  /** For the witnesses, in this order, once it is certain. */
  note(spoken: Spoken): void {
    if (this.#options.witnesses.length > 0) this.#noted.push(spoken);
  }

  noteEvent(event: HubEvent, by: Client): void {
    if (this.#options.witnesses.length === 0) return;
    this.#noted.push(new Spoken(this.#count++, event, by));
    this.#schedule();
  }

  /** Joins an audience: it hears what is said from here on. */
  enter(audience: Audience, client: Client): void {
    audience.add(client);
    const { segment } = audience;
    if (segment === null) return;
    const stretch = { segment, from: segment.spoken.length, to: Number.POSITIVE_INFINITY };
    const known = segment.partial.get(client);
    if (known === undefined) segment.partial.set(client, [stretch]);
    else known.push(stretch);
  }

  /** Leaves an audience: it hears what was said up to here. */
  exit(audience: Audience, client: Client): void {
    audience.remove(client);
    const { segment } = audience;
    if (segment === null) return;
    const to = segment.spoken.length;
    const last = segment.partial.get(client)?.at(-1);
    if (last === undefined) segment.partial.set(client, [{ segment, from: 0, to }]);
    else last.to = to;
  }

  /** Leaves an audience, and need not hear what it was told in this turn. */
  drop(audience: Audience, client: Client): void {
    audience.remove(client);
    audience.segment?.partial.delete(client);
  }

  /** Speaks to a client in another voice from here on. */
  changeVoice(client: Client, voice: Voice): void {
    client.formerVoices ??= [];
    client.formerVoices.push({ voice: client.voice, until: this.#count });
    client.voice = voice;
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
    const segments = this.#segments;
    const noted = this.#noted;
    const condemned = this.#condemned;
    this.#commitNotes();
    const isStored = this.#commit();
    if (!isStored) this.#takeBack();
    const { meter } = this.#options;
    const tally = this.#tally;
    for (const segment of segments) {
      if (meter !== null) tally.addSegment(segment);
      this.#handOut(segment);
    }
    const touched = this.#touched;
    const commitMs = this.#commitMs;
    // From here on, whatever is said belongs to the next turn.
    this.#scheduled = false;
    this.#count = 0;
    this.#segments = [];
    this.#touched = [];
    this.#noted = [];
    this.#conditional = [];
    this.#condemned = [];
    this.#commitMs = null;
    this.#tally = new Tally();

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
    meter?.turned({ messages: tally.messages, deliveries: tally.deliveries, bytes: sent, commitMs });
  }

  #report(noted: readonly Spoken[]): void {
    for (const { event, author, silenced } of noted) {
      if (author === null || silenced) continue;
      for (const witness of this.#options.witnesses) {
        try {
          witness.saw(event, author);
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
    return this.#segments.reduce((sum, { audience }) => sum + audience.members.size, this.#touched.length);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.defer(this.#passed);
  }

  #give(client: Client, spoken: Spoken): void {
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
      const { author, otherwise } = spoken;
      if (author === null && otherwise !== null) {
        spoken.event = otherwise;
        continue;
      }
      spoken.silence();
      if (author === null || otherwise === null) continue;
      author.personal = [...(author.personal ?? []), new Spoken(spoken.at, otherwise, null)].sort(byNumber);
      this.#touch(author);
    }
  }

  /** Gives each member of an audience its part of what was said to it. */
  #handOut(segment: Segment): void {
    const { audience, partial, whole } = segment;
    audience.segment = null;
    if (isSilent(whole, audience, partial)) return;
    for (const [client, stretches] of partial) {
      client.stretches ??= [];
      for (const stretch of stretches) if (stretch.from < stretch.to) client.stretches.push(stretch);
      this.#touch(client);
    }
    const everyone = partial.size === 0;
    for (const client of audience.members) {
      if (!everyone && partial.has(client)) continue;
      client.share = client.share === null ? whole : client.share.plus(segment);
      this.#touch(client);
    }
  }

  /** All that this turn has for one client, in the order it was said. */
  #collect(client: Client): Bytes | null {
    const { share, personal, stretches, spoke, formerVoices, voice } = client;
    client.touched = false;
    client.share = null;
    client.personal = null;
    client.stretches = null;
    client.spoke = false;
    client.formerVoices = null;
    if (client.condemned === 'lost' || client.leaving) return null;
    const author = spoke ? client : null;
    const [stretch, ...more] = stretches ?? [];
    let text = '';
    const isPieced = formerVoices !== null || client.ignores !== null;
    if (isPieced || more.length > 0 || (stretch !== undefined && share !== null)) {
      text = this.#collectPieces(client, inOrder(share, stretches ?? [], personal ?? []), formerVoices ?? []);
    } else if (stretch !== undefined) {
      const script = stretch.segment.whole.script(voice);
      text = script.for(author, personal ?? [], stretch.from, stretch.to);
    } else if (share !== null) {
      const script = share.script(voice);
      if (personal === null && !spoke) return script.bytes;
      text = script.for(author, personal ?? []);
    } else if (personal !== null) {
      for (const spoken of personal) text += spoken.words(voice);
    }
    return text === '' ? null : voice.encode(text);
  }

  /** Line by line, for one who came and went or changed voice in the middle of the turn. */
  #collectPieces(
    client: Client,
    lines: readonly Spoken[],
    formerVoices: NonNullable<Client['formerVoices']>,
  ): string {
    let text = '';
    let voices = 0;
    for (const spoken of lines) {
      while (spoken.at >= (formerVoices[voices]?.until ?? Number.POSITIVE_INFINITY)) voices++;
      if (spoken.author === client && !client.voice.dialect.hearsItself) continue;
      if (isIgnored(spoken, client)) continue;
      text += spoken.words(formerVoices[voices]?.voice ?? client.voice);
    }
    return text;
  }
}

/** What it says is not heard by this client. Who comes and goes is. */
function isIgnored({ event }: Spoken, { ignores }: Client): boolean {
  return event.kind === 'said' && ignores !== null && ignores.has(foldName(event.message.from));
}

/** Whether nobody who hears it speaks a dialect with words for any of it: then there is nothing to hand out. */
function isSilent(share: Share, audience: Audience, partial: ReadonlyMap<Client, unknown>): boolean {
  for (const voice of audience.voices.keys()) if (!share.script(voice).silent) return false;
  for (const client of partial.keys()) if (!share.script(client.voice).silent) return false;
  return true;
}

/** What was said to a room and what was said to one client, as one list. */
function inOrder(
  share: Share | null,
  stretches: readonly Stretch[],
  personal: readonly Spoken[],
): readonly Spoken[] {
  const parts = stretches.flatMap(({ segment, from, to }) => segment.spoken.slice(from, to));
  return [...(share?.spoken ?? []), ...parts, ...personal].sort(byNumber);
}
