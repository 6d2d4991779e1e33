/** Replies made from the hub's state and the history: members, rooms, messages. A long reply is sent in pages. */
import type { OfflineMessage, ReadMarker } from '../accounts.js';
import type { Client } from './client.js';
import type { HistoryQuery } from '../command.js';
import { isAwaited, replayedMessages } from '../dialect.js';
import type { HubContext } from './hub-context.js';
import type { HubEvent, Missed } from '../event.js';
import { type Page, pagesOf, pageWeightWithin, recapWeightWithin, slicesOf } from '../delivery/pages.js';
import type { HistoryStore } from '../ports.js';
import type { Message } from '../message.js';
import { messagesFor, withoutEmpty } from './history-ranges.js';
import type { ClientRequest, ClientRoomRequest } from './request.js';
import type { Room } from './room.js';
import { allRooms, detailsOf, liveRooms, type ListedRoom } from './room-list.js';
import type { Session } from './session.js';
import { foldName, type RoomName } from '../text/text.js';

/** Messages read at a time where all of a room are shown. */
const MESSAGES_PER_READ = 500;
const MAX_SEARCH_RESULTS = 20;
/** Members named to a client that enters a room. */
const MAX_RECAP_NAMES = 20;
/** Missed messages that are shown, and that are counted. */
const MAX_MISSED_SHOWN = 50;
const MAX_MISSED_COUNTED = 100_000;
/** Beyond these, messages of ignored users are counted too. */
const MAX_MISSED_READ = 1000;

/** A character of a topic takes up to so many where it is percent-encoded. */
const MAX_ENCODED_LENGTH = 9;

/** What was stored for a user who was offline. */
interface WaitingMessages {
  readonly mail: readonly OfflineMessage[];
  /** Where the last session ended; null if unknown. */
  readonly readMarker: ReadMarker | null;
}

export class Queries {
  readonly #context: HubContext;
  readonly #history: HistoryStore;
  readonly #pageWeight: number;
  readonly #recapWeight: number;

  constructor(context: HubContext, history: HistoryStore, writeQueueBytes: number) {
    this.#context = context;
    this.#history = history;
    this.#pageWeight = pageWeightWithin(writeQueueBytes);
    this.#recapWeight = recapWeightWithin(writeQueueBytes);
  }

  /** Lists the users of the server, or of a room. */
  who({ session: client, command: { of: where, room: own }, at }: ClientRequest<'who'>): void {
    const { permissions, directory } = this.#context;
    if (where === null) {
      this.#context.refuse(client, 'invalid-room', {}, at);
      return;
    }
    let room: Room | null = null;
    if (where === 'own') {
      room = client.roomFor(own);
      if (room === null) {
        this.#context.refuse(client, 'not-in-room', {}, at);
        return;
      }
    } else if (where !== 'server') {
      room = directory.room(where.fold) ?? null;
      if (room === null || !permissions.maySee(client, where.fold)) {
        this.#context.refuseMissing(client, 'room-not-found', where.shown, at);
        return;
      }
    }
    const toUser = ({ name, currentRoom }: Session) => ({
      name: name?.shown ?? '',
      room:
        currentRoom !== null && permissions.maySee(client, currentRoom.name.fold)
          ? currentRoom.name.shown
          : null,
    });
    const toEvent = ({ items, count, last }: Page<ReturnType<typeof toUser>>): HubEvent => {
      return { kind: 'roster', at, users: items, room: room?.name.shown ?? null, count, last };
    };
    this.#sendList(client, at, (room ?? directory.everyone).list(), toUser, toEvent);
  }

  rooms({ session: client, command: { all }, at }: ClientRequest<'rooms'>): void {
    const context = this.#context;
    const history = this.#history;
    const toRoom = (room: ListedRoom) => {
      const { name, members } = room;
      if (!context.permissions.maySee(client, name.fold)) return null;
      const details = all ? detailsOf(context, history, room, client) : null;
      if (all && details === null) return null;
      const { topic, topicAt = null } = context.accounts.rooms.room(name.fold) ?? {};
      const madeAt = context.directory.room(name.fold)?.madeAt ?? null;
      return { name: name.shown, members, topic: topic ?? '', topicAt, madeAt, details };
    };
    const toEvent = ({ items, last }: Page<NonNullable<ReturnType<typeof toRoom>>>): HubEvent => {
      return { kind: 'rooms', at, rooms: items, last };
    };
    const rooms = all ? allRooms(context, history) : liveRooms(context);
    const weigh = ({ name, details }: NonNullable<ReturnType<typeof toRoom>>) =>
      name.length + MAX_ENCODED_LENGTH * (details?.topic?.length ?? 0);
    this.#sendList(client, at, rooms, toRoom, toEvent, weigh);
  }

  bans({ session: client, at }: ClientRequest<'bans'>): void {
    const bans = this.#context.accounts.bans.bans(at);
    const toEvent = ({ items, last }: Page<(typeof bans)[number]>): HubEvent => {
      return { kind: 'bans', at, bans: items, last };
    };
    this.#sendPages(
      client,
      at,
      () => bans,
      ({ shown, reason }) => shown.length + reason.length,
      toEvent,
    );
  }

  /** Messages that are sent after the command are left out. */
  history({ session: client, room: { name }, command, at }: ClientRoomRequest<'history'>): void {
    const history = command.withoutEmpty === true ? withoutEmpty(this.#history) : this.#history;
    const before = this.#context.readableBefore;
    const toEvent = ({ items, last, previous }: Page<Message>): HubEvent => ({
      kind: 'history',
      at,
      messages: items,
      previousAt: previous?.at,
      last,
    });
    this.#sendPages(
      client,
      at,
      () => withoutIgnored(client, messagesFor(history, name.fold, command.query, before)),
      ({ text }) => text.length,
      toEvent,
    );
  }

  /** The rooms of a user whose last message is of a time between these two. */
  historyTargets({
    session: client,
    command: { from, to, limit },
    at,
  }: ClientRequest<'history-targets'>): void {
    const before = this.#context.readableBefore;
    const [early, late] = [Math.min(from, to), Math.max(from, to)];
    const targets: { readonly room: string; readonly lastAt: number }[] = [];
    try {
      for (const { name } of client.rooms) {
        const [last] = this.#history.read(name.fold, { after: 0, before, limit: 1, keep: 'newest' });
        if (last !== undefined && early < last.at && last.at < late)
          targets.push({ room: name.shown, lastAt: last.at });
      }
    } catch (error) {
      this.#context.onError(error);
      this.#context.refuse(client, 'busy', {}, at);
      return;
    }
    const sorted = targets.sort((a, b) => a.lastAt - b.lastAt);
    const chosen = from > to ? sorted.slice(Math.max(0, sorted.length - limit)) : sorted.slice(0, limit);
    const report = { kind: 'targets', targets: chosen } as const;
    this.#context.turn.reply(client, { kind: 'report', at, report, isReply: true });
  }

  /** Only this client waits for its search: each turn does a short step of it. */
  search({ session: client, room, command: { words }, at }: ClientRoomRequest<'search'>): void {
    const { fold } = room.name;
    const before = this.#context.readableBefore;
    const history = this.#history;
    const toEvent = ({ items, count, last, previous }: Page<Message>): HubEvent => ({
      kind: 'found',
      at,
      messages: items,
      previousAt: previous?.at,
      count,
      last,
    });
    function* search(): Generator<HubEvent, readonly Message[]> {
      const steps = history.search({ room: fold, words, before, limit: MAX_SEARCH_RESULTS });
      for (;;) {
        const step = steps.next();
        if (step.done === true) return withoutIgnored(client, step.value);
        yield toEvent({ items: [], count: 0, last: false });
      }
    }
    this.#sendPages(client, at, search, ({ text }) => text.length, toEvent);
  }

  /** Sends users or rooms in slices. Each is looked at when its slice is made; null leaves it out. */
  #sendList<Source, Item extends { readonly name: string }>(
    client: Client,
    at: number,
    sources: Iterable<Source | null>,
    toItem: (source: Source) => Item | null,
    toEvent: (page: Page<Item>) => HubEvent,
    weigh: (item: Item) => number = ({ name }) => name.length,
  ): void {
    const context = this.#context;
    const pageWeight = this.#pageWeight;
    function* items(): Generator<Item | null> {
      for (const source of sources) yield source === null ? null : toItem(source);
    }
    function* pages(): Generator<HubEvent> {
      try {
        for (const page of slicesOf(items(), weigh, pageWeight)) yield toEvent(page);
      } catch (error) {
        context.onError(error);
        yield busyAt(at, 'rooms');
      }
    }
    context.turn.sendPages(client, pages, { mayWait: true });
  }

  /** Sends a long reply, made of `items` once the turn is stored. If they cannot be read, the client gets `busy`. */
  #sendPages<Item>(
    client: Client,
    at: number,
    items: () => readonly Item[] | Generator<HubEvent, readonly Item[]>,
    weigh: (item: Item) => number,
    toEvent: (page: Page<Item>) => HubEvent,
    pageWeight = this.#pageWeight,
  ): void {
    const pages = () => this.#pages(at, items, weigh, toEvent, pageWeight);
    this.#context.turn.sendPages(client, pages, { mayWait: true });
  }

  *#pages<Item>(
    at: number,
    items: () => readonly Item[] | Generator<HubEvent, readonly Item[]>,
    weigh: (item: Item) => number,
    toEvent: (page: Page<Item>) => HubEvent,
    pageWeight: number,
  ): Generator<HubEvent> {
    try {
      const source = items();
      const all = 'next' in source ? yield* source : source;
      for (const page of pagesOf(all, weigh, pageWeight)) yield toEvent(page);
    } catch (error) {
      this.#context.onError(error);
      yield busyAt(at, 'history');
    }
  }

  /** Messages with ids below `before`, without those of users that the client ignores. */
  #read(client: Client, room: RoomName, query: HistoryQuery, before: number) {
    return withoutIgnored(client, messagesFor(this.#history, room.fold, query, before));
  }

  /** Shows a client that enters a room its members and last messages, if its dialect has a recap. */
  recap({ local: client }: Session, room: Room, at: number): void {
    if (client !== null && wantsRecap(client))
      this.#context.turn.sendPages(client, this.#recapPages(client, room, null, at));
  }

  /** Shows a roamer that enters a room what its account missed there, or else the last messages, if its request has it. */
  replay(client: Client, room: Room, at: number): void {
    const limit = replayedMessages(client.label);
    if (limit === null) return;
    const before = this.#context.readableBefore;
    const leftAt = this.#leftAt(client, room);
    const read = () => {
      const range = { after: leftAt, before, limit: MAX_MISSED_SHOWN, keep: 'newest' } as const;
      const missed = leftAt < before ? this.#history.read(room.name.fold, range) : [];
      if (missed.length > 0) return withoutIgnored(client, missed);
      return limit === 0 ? [] : this.#read(client, room.name, { kind: 'latest', limit }, before);
    };
    const recap = {
      kind: 'recap',
      at,
      room: room.name.shown,
      topic: '',
      others: [],
      othersInAll: 0,
    } as const;
    const toEvent = ({ items, count, last, previous }: Page<Message>): HubEvent => {
      const part = { messages: items, first: count === items.length, last, previousAt: previous?.at };
      return { ...recap, missed: null, ...part };
    };
    const pages = () => this.#pages(at, read, ({ text }) => text.length, toEvent, this.#recapWeight);
    this.#context.turn.sendPages(client, pages);
  }

  /** The last message that the user was shown before it left the room; Infinity if it has missed none. */
  #leftAt(session: Session, { name: { fold } }: Room): number {
    const { account } = session;
    if (account === null) return Number.POSITIVE_INFINITY;
    const { directory, accounts } = this.#context;
    const isHere = directory
      .sessionsWith(account)
      .some((other) => other !== session && other.roomNamed(fold) !== null);
    if (isHere) return Number.POSITIVE_INFINITY;
    return accounts.leftPositions.of(account.fold, fold)?.id ?? Number.POSITIVE_INFINITY;
  }

  /** Shows a client that logged in first its stored messages, then the missed ones or the recap. */
  welcome(client: Client, room: Room, { mail, readMarker }: WaitingMessages, at: number): void {
    const isRecapped = wantsRecap(client);
    if (mail.length === 0 && !isRecapped) return;
    const isTold =
      client.encoder.dialect.interactive &&
      readMarker !== null &&
      this.#context.permissions.maySee(client, readMarker.room.fold);
    const recap = this.#recapPages(client, room, isTold ? readMarker : null, at);
    const mailPages = () => this.#mailPages(client, mail, at);
    function* pages(): Generator<HubEvent> {
      if (mail.length > 0) yield* mailPages();
      if (isRecapped) yield* recap();
    }
    this.#context.turn.sendPages(client, pages, { label: null });
  }

  /** Shows a client its stored messages. */
  deliverMail(client: Client, mail: readonly OfflineMessage[], at: number): void {
    const pages = () => this.#mailPages(client, mail, at);
    if (mail.length > 0) this.#context.turn.sendPages(client, pages, { label: null });
  }

  /** Stored messages are removed after they are handed over: if the connection breaks before, they are sent again. */
  *#mailPages(client: Client, mail: readonly OfflineMessage[], at: number): Generator<HubEvent> {
    const to = shownName(client);
    for (const { items, count } of pagesOf(mail, ({ text }) => text.length, this.#pageWeight))
      yield { kind: 'mail', at, to, mail: items, inAll: mail.length, first: count === items.length };
    const lastId = mail.at(-1)?.id ?? 0;
    if (client.account !== null)
      this.#context.submit({ kind: 'fetched', account: client.account.fold, lastId, token: null }, at);
  }

  /** All messages of a room, read in parts as the client takes them. */
  *#wholeHistory(
    client: Client,
    room: RoomName,
    before: number,
    toEvent: (page: Page<Message>) => HubEvent,
  ): Generator<HubEvent> {
    let after = 0;
    let isFirst = true;
    for (let isLast = false; !isLast;) {
      const range = { after, before, limit: MESSAGES_PER_READ, keep: 'oldest' } as const;
      let messages: readonly Message[] = [];
      try {
        messages = this.#history.read(room.fold, range);
      } catch (error) {
        this.#context.onError(error);
      }
      isLast = messages.length < MESSAGES_PER_READ;
      after = messages.at(-1)?.id ?? after;
      for (const page of pagesOf(
        withoutIgnored(client, messages),
        ({ text }) => text.length,
        this.#pageWeight,
      )) {
        // Only the first page of all has as many messages as are counted up to it.
        yield toEvent({ ...page, count: isFirst ? page.items.length : -1, last: page.last && isLast });
        isFirst = false;
      }
    }
  }

  /** How many messages were said after the marker, and the newest of them. */
  #missed(client: Client, readMarker: ReadMarker | null, before: number) {
    if (readMarker === null) return { count: 0, newest: [] };
    const { room, id: after } = readMarker;
    const count = this.#history.countBetween(room.fold, after, before, MAX_MISSED_COUNTED);
    if (count === 0) return { count, newest: [] };
    const limit = client.ignores === null ? MAX_MISSED_SHOWN : MAX_MISSED_READ;
    const read = this.#history.read(room.fold, { after, before, limit, keep: 'newest' });
    const shown = withoutIgnored(client, read);
    return { count: count - read.length + shown.length, newest: shown.slice(-MAX_MISSED_SHOWN) };
  }

  #recapPages(
    client: Client,
    room: Room,
    readMarker: ReadMarker | null,
    at: number,
  ): () => Generator<HubEvent> {
    const { recapMessages } = client.encoder.dialect;
    const before = this.#context.readableBefore;
    const others: string[] = [];
    for (const member of room.sessions()) {
      if (others.length >= MAX_RECAP_NAMES) break;
      if (member !== client) others.push(shownName(member));
    }
    const othersInAll = room.size - 1;
    const topic = this.#context.accounts.rooms.room(room.name.fold)?.topic ?? '';
    let missed: Missed | null = null;
    const read = () => {
      const { count, newest } = this.#missed(client, readMarker, before);
      if (readMarker === null || count === 0)
        return this.#read(client, room.name, { kind: 'latest', limit: recapMessages }, before);
      missed = { count, room: readMarker.room.shown, since: readMarker.at };
      return newest;
    };
    const toEvent = ({ items, count, last, previous }: Page<Message>): HubEvent => {
      const first = count === items.length;
      const part = { messages: items, first, last, previousAt: previous?.at };
      return { kind: 'recap', at, room: room.name.shown, topic, others, othersInAll, missed, ...part };
    };
    if (recapMessages === Number.POSITIVE_INFINITY)
      return () => this.#wholeHistory(client, room.name, before, toEvent);
    return () => this.#pages(at, read, ({ text }) => text.length, toEvent, this.#recapWeight);
  }
}

/** In place of the rest of a reply that cannot be read. */
function busyAt(at: number, command: 'history' | 'rooms'): HubEvent {
  return { kind: 'refused', at, reason: 'busy', detail: {}, final: false, atLogin: false, command };
}

/** A program that labels its commands asks for the history itself. */
function wantsRecap({ encoder, label }: Client): boolean {
  return encoder.dialect.recapMessages > 0 && !isAwaited(label);
}

/** Leaves out the messages of users that the client ignores. */
function withoutIgnored({ ignores }: Client, messages: readonly Message[]): readonly Message[] {
  return ignores === null ? messages : messages.filter(({ from }) => !ignores.has(foldName(from)));
}

function shownName({ name }: Session): string {
  return name?.shown ?? '';
}
