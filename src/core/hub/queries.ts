/** Replies made from the hub's state and the history: members, rooms, messages. A long reply is sent in pages. */
import type { OfflineMessage, ReadMarker } from '../accounts.js';
import type { Client } from './client.js';
import type { HistoryQuery } from '../command.js';
import type { HubContext } from './hub-context.js';
import type { HubEvent, Missed } from '../event.js';
import { type Page, pagesOf, pageWeightWithin, recapWeightWithin } from '../delivery/pages.js';
import type { HistoryStore } from '../ports.js';
import type { Message } from '../message.js';
import type { Request } from './request.js';
import type { Room } from './room.js';
import { foldName, type RoomName } from '../text/text.js';

const MAX_SEARCH_RESULTS = 20;
/** Members named to a client that enters a room. */
const MAX_RECAP_NAMES = 20;
/** Missed messages that are shown, and that are counted. */
const MAX_MISSED_SHOWN = 50;
const MAX_MISSED_COUNTED = 100_000;

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
  who({ client, command: { room: where }, at }: Request<'who'>): void {
    if (where === null) {
      this.#context.refuse(client, 'invalid-room', {}, at);
      return;
    }
    const room = where === 'server' ? null : this.#context.directory.room(where.fold);
    if (where !== 'server' && (room === undefined || !this.#context.permissions.maySee(client, where.fold))) {
      this.#context.refuseMissing(client, 'room-not-found', where.shown, at);
      return;
    }
    const { permissions, directory } = this.#context;
    const users = Array.from((room ?? directory.everyone).members, ({ name, currentRoom }) => ({
      name: name?.shown ?? '',
      room:
        currentRoom !== null && permissions.maySee(client, currentRoom.name.fold)
          ? currentRoom.name.shown
          : null,
    }));
    const toEvent = ({ items, count, last }: Page<(typeof users)[number]>): HubEvent => {
      return { kind: 'roster', at, users: items, room: room?.name.shown ?? null, count, last };
    };
    this.#sendPages(
      client,
      at,
      () => users,
      ({ name }) => name.length,
      toEvent,
    );
  }

  rooms({ client, at }: Request<'rooms'>): void {
    const rooms = Array.from(this.#context.directory.rooms())
      .filter(({ name }) => this.#context.permissions.maySee(client, name.fold))
      .map(({ name, members }) => ({ name: name.shown, members: members.size }));
    const toEvent = ({ items, last }: Page<(typeof rooms)[number]>): HubEvent => {
      return { kind: 'rooms', at, rooms: items, last };
    };
    this.#sendPages(
      client,
      at,
      () => rooms,
      ({ name }) => name.length,
      toEvent,
    );
  }

  bans({ client, at }: Request<'bans'>): void {
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
  history({ client, room: { name }, command: { query }, at }: Request<'history'>): void {
    const before = this.#context.lastId + 1;
    const toEvent = ({ items, last }: Page<Message>): HubEvent => ({
      kind: 'history',
      at,
      messages: items,
      last,
    });
    this.#sendPages(
      client,
      at,
      () => this.#read(client, name, query, before),
      ({ text }) => text.length,
      toEvent,
    );
  }

  /** Only this client waits for its search: each turn does a short step of it. */
  search({ client, room, command: { words }, at }: Request<'search'>): void {
    const { fold } = room.name;
    const before = this.#context.lastId + 1;
    const history = this.#history;
    const toEvent = ({ items, count, last }: Page<Message>): HubEvent => ({
      kind: 'found',
      at,
      messages: items,
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

  /** Sends a long reply, made of `items` once the turn is stored. If they cannot be read, the client gets `busy`. */
  #sendPages<Item>(
    client: Client,
    at: number,
    items: () => readonly Item[] | Generator<HubEvent, readonly Item[]>,
    weigh: (item: Item) => number,
    toEvent: (page: Page<Item>) => HubEvent,
    pageWeight = this.#pageWeight,
  ): void {
    this.#context.turn.sendPages(client, () => this.#pages(at, items, weigh, toEvent, pageWeight));
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
      yield { kind: 'refused', at, reason: 'busy', detail: {}, final: false, atLogin: false };
    }
  }

  /** Messages with ids below `before`, without those of users that the client ignores. */
  #read(client: Client, room: RoomName, query: HistoryQuery, before: number) {
    const { kind, limit } = query;
    const messages = this.#history.read(room.fold, {
      after: kind === 'after' ? query.id : 0,
      before: kind === 'before' ? Math.min(query.id, before) : before,
      limit,
      keep: kind === 'after' ? 'oldest' : 'newest',
    });
    return withoutIgnored(client, messages);
  }

  /** Shows a client that enters a room its members and last messages, if its dialect has a recap. */
  recap(client: Client, room: Room, at: number): void {
    if (client.encoder.dialect.recapMessages > 0)
      this.#context.turn.sendPages(client, this.#recapPages(client, room, null, at));
  }

  /** Shows a client that logged in first its stored messages, then the missed ones or the recap. */
  welcome(client: Client, room: Room, { mail, readMarker }: WaitingMessages, at: number): void {
    const wantsRecap = client.encoder.dialect.recapMessages > 0;
    if (mail.length === 0 && !wantsRecap) return;
    const isTold =
      client.encoder.dialect.interactive &&
      readMarker !== null &&
      this.#context.permissions.maySee(client, readMarker.room.fold);
    const recap = this.#recapPages(client, room, isTold ? readMarker : null, at);
    const mailPages = () => this.#mailPages(client, mail, at);
    function* pages(): Generator<HubEvent> {
      if (mail.length > 0) yield* mailPages();
      if (wantsRecap) yield* recap();
    }
    this.#context.turn.sendPages(client, pages);
  }

  /** Shows a client its stored messages. */
  deliverMail(client: Client, mail: readonly OfflineMessage[], at: number): void {
    if (mail.length > 0) this.#context.turn.sendPages(client, () => this.#mailPages(client, mail, at));
  }

  /** Stored messages are removed after they are handed over: if the connection breaks before, they are sent again. */
  *#mailPages(client: Client, mail: readonly OfflineMessage[], at: number): Generator<HubEvent> {
    const to = shownName(client);
    for (const { items } of pagesOf(mail, ({ text }) => text.length, this.#pageWeight))
      yield { kind: 'mail', at, to, mail: items };
    try {
      const lastId = mail.at(-1)?.id ?? 0;
      if (client.account !== null)
        this.#context.accounts.offline.removeDelivered(client.account.fold, lastId);
    } catch (error) {
      this.#context.onError(error);
    }
  }

  #recapPages(
    client: Client,
    room: Room,
    readMarker: ReadMarker | null,
    at: number,
  ): () => Generator<HubEvent> {
    const { recapMessages } = client.encoder.dialect;
    const before = this.#context.lastId + 1;
    const others: string[] = [];
    for (const member of room.members) {
      if (others.length >= MAX_RECAP_NAMES) break;
      if (member !== client) others.push(shownName(member));
    }
    const othersInAll = room.members.size - 1;
    const topic = this.#context.accounts.rooms.room(room.name.fold)?.topic ?? '';
    const missedSince = (): Missed | null => {
      if (readMarker === null) return null;
      const count = this.#history.countBetween(
        readMarker.room.fold,
        readMarker.id,
        before,
        MAX_MISSED_COUNTED,
      );
      return count === 0 ? null : { count, room: readMarker.room.shown, since: readMarker.at };
    };
    let missed: Missed | null = null;
    const read = () => {
      missed = missedSince();
      if (readMarker === null || missed === null)
        return this.#read(client, room.name, { kind: 'latest', limit: recapMessages }, before);
      const range = { after: readMarker.id, before, limit: MAX_MISSED_SHOWN, keep: 'newest' } as const;
      return withoutIgnored(client, this.#history.read(readMarker.room.fold, range));
    };
    const toEvent = ({ items, count, last }: Page<Message>): HubEvent => {
      const part = { messages: items, first: count === items.length, last };
      return { kind: 'recap', at, room: room.name.shown, topic, others, othersInAll, missed, ...part };
    };
    return () => this.#pages(at, read, ({ text }) => text.length, toEvent, this.#recapWeight);
  }
}

/** Leaves out the messages of users that the client ignores. */
function withoutIgnored({ ignores }: Client, messages: readonly Message[]): readonly Message[] {
  return ignores === null ? messages : messages.filter(({ from }) => !ignores.has(foldName(from)));
}

function shownName(client: Client): string {
  return client.name?.shown ?? '';
}
