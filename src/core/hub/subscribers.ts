/**
 * Subscribers: clients that receive the messages of rooms without being in them. They have no name, are in no list and
 * keep no room alive; other servers do not know of them. A subscriber with a cursor is sent the stored messages first,
 * in pages, and then what is said: no message is left out, and none comes twice.
 */
import type { Account, Ban, OfflineMessage } from '../accounts.js';
import { type Page, pagesOf, pageWeightWithin } from '../delivery/pages.js';
import type { CursorLost } from '../dialect.js';
import type { HubEvent } from '../event.js';
import type { Message } from '../message.js';
import type { HistoryStore } from '../ports.js';
import type { CloseReason, Refusal } from '../reasons.js';
import { cleanText, foldName, type RoomName } from '../text/text.js';
import type { Client } from './client.js';
import type { HubContext } from './hub-context.js';

/** Messages read at a time, of all rooms together. A room is read in parts of at least `MIN_MESSAGES_PER_ROOM`. */
const MESSAGES_PER_READ = 200;
const MIN_MESSAGES_PER_ROOM = 10;
/** More than a turn can hold. */
const ALL = 1_000_000_000;

/** The reader of a stream that proved to own a registered name. */
export interface Reader {
  readonly account: Account;
  /** The token that proved it; null for a password. */
  readonly tokenId: string | null;
}

export interface Subscription {
  /** Each with the room's key hash if the right key was given; null if none was. */
  readonly rooms: readonly { readonly name: RoomName; readonly knownKeyHash: string | null }[];
  /** The messages after this id are sent; null for those that follow. */
  readonly after: number | null;
  readonly reader: Reader | null;
  /** In place of rooms: the direct messages that are stored for the reader. */
  readonly isOfMail?: boolean;
}

/** Where a subscription begins. `lost`: why not all messages after its cursor can be sent. */
export interface Start {
  readonly after: number | null;
  readonly lost: CursorLost | null;
}

/** Called when a message may have been stored; `over` when the server stops. */
export type OnMessage = (what: 'message' | 'over') => void;

type Deleted = Extract<HubEvent, { kind: 'deleted' }>;

interface Feed {
  readonly client: Client;
  readonly rooms: readonly RoomName[];
  /** UserName.fold of the account whose stored direct messages it receives; null for rooms. */
  readonly mailOf: string | null;
  readonly reader: Reader | null;
  /** The last message that was sent, or that the client has. */
  cursor: number;
  /** It has been sent all stored messages, and receives what is sent to the rooms. */
  isLive: boolean;
  /** It ends when it has been sent all stored messages. */
  endsWhenLive: boolean;
  /** Messages that were deleted since it began: they may have been read, to be sent with a later page. */
  readonly deleted: Set<number>;
}

export interface SubscribersOptions {
  readonly history: HistoryStore;
  readonly writeQueueBytes: number;
  /** Runs something in its place among the entries: not while a turn is being stored. */
  readonly inOrder: (run: () => void) => void;
}

export class Subscribers {
  readonly #context: HubContext;
  readonly #options: SubscribersOptions;
  readonly #pageWeight: number;
  readonly #feeds = new Map<Client, Feed>();
  /** What waits for a message in a room, by RoomName.fold. */
  readonly #waiting = new Map<string, Set<OnMessage>>();

  constructor(context: HubContext, options: SubscribersOptions) {
    this.#context = context;
    this.#options = options;
    this.#pageWeight = pageWeightWithin(options.writeQueueBytes);
  }

  /** Why the rooms may not be read; null if they may. A room that is not open to all is as if it did not exist. */
  refusalFor({ rooms, reader }: Pick<Subscription, 'rooms' | 'reader'>): Refusal | null {
    if (reader?.account.isOperator === true) return null;
    const { permissions } = this.#context;
    const isOpen = rooms.every(({ name, knownKeyHash }) =>
      permissions.isOpenToRead(name.fold, knownKeyHash, reader?.account ?? null),
    );
    return isOpen ? null : 'room-not-found';
  }

  /** Where a subscription with this cursor begins. */
  startAt(after: number | null, rooms: readonly RoomName[]): Start {
    const { history } = this.#options;
    if (after === null) return { after, lost: null };
    if (after > this.#context.lastId)
      return { after: 0, lost: { reason: 'history-began-anew', first: null } };
    const isForgotten = after > 0 && rooms.some(({ fold }) => history.forgottenId(fold) > after);
    if (!isForgotten) return { after, lost: null };
    const [first] = this.#read(rooms, after, ALL, 1);
    return { after, lost: { reason: 'forgotten', first: first?.id ?? null } };
  }

  /** Begins to send. */
  add(client: Client, { rooms, after, reader, isOfMail = false }: Subscription, at: number): void {
    const feed: Feed = {
      client,
      rooms: rooms.map(({ name }) => name),
      mailOf: isOfMail ? (reader?.account.fold ?? null) : null,
      reader,
      cursor: after ?? this.#context.lastId,
      isLive: false,
      endsWhenLive: false,
      deleted: new Set(),
    };
    this.#feeds.set(client, feed);
    const ignores = reader?.account.ignores;
    if (ignores !== undefined && ignores.size > 0) client.ignores = ignores;
    // A mailbox holds few messages: they are read when the turn is stored.
    if (after === null || isOfMail) this.#options.inOrder(() => this.#goLive(feed, at));
    else
      this.#context.turn.sendPages(client, () => this.#storedPages(feed, at), {
        label: null,
        mayWait: true,
      });
  }

  /** The client sends no more: it is sent what is stored, and ends. */
  endWhenLive(client: Client, at: number): void {
    const feed = this.#feeds.get(client);
    if (feed === undefined || feed.isLive) this.#context.endSession(client, 'left', at);
    else feed.endsWhenLive = true;
  }

  /** Its connection has ended. */
  remove(client: Client): void {
    const feed = this.#feeds.get(client);
    if (feed === undefined) return;
    this.#feeds.delete(client);
    if (!feed.isLive) return;
    const { directory } = this.#context;
    for (const key of keysOf(feed)) {
      directory.subscribersOf(key).exit(client);
      directory.removeIfUnsubscribed(key);
    }
  }

  /** Ends those that read a room: it is not open to all now. */
  endInRoom(fold: string, at: number): void {
    this.#end(({ rooms }) => rooms.some((room) => room.fold === fold), 'locked', at);
  }

  /** Ends those whose proof is no longer valid, after a change of the account. */
  endRevoked(account: string, endsAll: boolean, at: number): void {
    const { users } = this.#context.accounts;
    const isOf = ({ reader }: Feed) => reader?.account.fold === account;
    this.#end((feed) => endsAll && isOf(feed), 'access-revoked', at);
    const isRevoked = ({ reader }: Feed) => reader?.tokenId != null && !users.hasToken(reader.tokenId);
    this.#end((feed) => isOf(feed) && isRevoked(feed), 'token-revoked', at);
  }

  /** The clients that read for an account. */
  clientsOf(account: string): Client[] {
    const feeds = [...this.#feeds.values()];
    return feeds.filter(({ reader }) => reader?.account.fold === account).map(({ client }) => client);
  }

  /** Ends those that an operator has banned: those of the name, or of addresses in the block. */
  endBanned({ kind, target, by, reason }: Ban, at: number): void {
    if (this.#feeds.size === 0) return;
    const isCovered =
      kind === 'banned-address' ? this.#context.accounts.bans.addressTest(target) : () => false;
    this.#end(
      ({ client, reader }) =>
        isCovered(client.address) || (kind === 'banned-name' && reader?.account.fold === target),
      'banned',
      at,
      by,
      reason,
    );
  }

  /** Calls back after each message that is stored in the room, until the returned function is called. */
  onMessage({ fold }: RoomName, run: OnMessage): () => void {
    const waiting = this.#waiting.get(fold) ?? new Set<OnMessage>();
    this.#waiting.set(fold, waiting.add(run));
    return () => {
      waiting.delete(run);
      if (waiting.size === 0 && this.#waiting.get(fold) === waiting) this.#waiting.delete(fold);
    };
  }

  /** Direct messages of this turn were stored for an account. */
  onMail(fold: string, mail: readonly OfflineMessage[]): void {
    const { turn, directory } = this.#context;
    const audience = directory.audienceOf(mailKey(fold));
    if (audience === null) return;
    for (const message of mail.map(messageOfMail))
      turn.sendOnlyIfStored(turn.sendToAudience(audience, historyPage([message], message.at), null), null);
  }

  /** A direct message to an account is deleted, which may have been stored for it. */
  onDirectDeleted(fold: string, event: Extract<HubEvent, { kind: 'direct-deleted' }>): void {
    const { turn, directory } = this.#context;
    const audience = directory.audienceOf(mailKey(fold));
    if (audience !== null) turn.sendOnlyIfStored(turn.sendToAudience(audience, event, null), null);
  }

  /** A message of this turn is in a room. */
  onSaid(fold: string): void {
    if (this.#waiting.size === 0) return;
    for (const run of this.#waiting.get(fold) ?? []) this.#context.turn.afterCommit(() => run('message'));
  }

  /**
   * Messages of this turn's rooms are deleted. Live subscribers are sent the event with the others of the room. Those that
   * are being sent the stored messages may have a deleted one already, so they are told once the deletion is stored.
   */
  onDeleted(fold: string, event: Deleted): void {
    const told = new Set([...this.#feeds.values()].filter(({ isLive }) => isLive));
    this.#context.turn.afterCommit((isStored) => {
      if (!isStored) return;
      for (const feed of this.#feeds.values()) {
        if (told.has(feed) || feed.client.isEnding || !feed.rooms.some((room) => room.fold === fold))
          continue;
        for (let id = event.id; id < event.id + event.count; id++) feed.deleted.add(id);
        this.#context.turn.send(feed.client, event);
      }
    });
  }

  /** The server stops: nothing waits any more. */
  close(): void {
    for (const waiting of this.#waiting.values()) for (const run of waiting) run('over');
    this.#waiting.clear();
  }

  #end(isMeant: (feed: Feed) => boolean, why: CloseReason, at: number, by = '', reason = ''): void {
    for (const feed of [...this.#feeds.values()])
      if (isMeant(feed)) this.#context.endNow(feed.client, why, at, by, reason);
  }

  /** The stored messages, as far as they are stored when a page is taken. At their end the subscriber goes live. */
  *#storedPages(feed: Feed, at: number): Generator<HubEvent> {
    // A reply needs a first page.
    yield historyPage([], at);
    try {
      for (;;) {
        const messages = this.#readFor(feed, ALL, MESSAGES_PER_READ);
        if (messages.length === 0) break;
        for (const { items } of pagesOf(messages, ({ text }) => text.length, this.#pageWeight)) {
          yield this.#pageFor(feed, items, at);
        }
      }
    } catch (error) {
      // A message must not be left out.
      this.#context.onError(error);
      this.#context.endSession(feed.client, 'internal-error', at);
      return;
    }
    this.#options.inOrder(() => this.#goLive(feed, at));
  }

  /**
   * From here on the subscriber is sent what is said. Before that it gets what was said since the last page and is stored
   * with this turn.
   */
  #goLive(feed: Feed, at: number): void {
    const { directory, turn, lastId } = this.#context;
    const { client } = feed;
    if (client.isEnding) return;
    if (!feed.endsWhenLive) for (const key of keysOf(feed)) directory.subscribersOf(key).enter(client);
    feed.isLive = !feed.endsWhenLive;
    if (feed.cursor < lastId)
      turn.sendWhenStored(client, () => this.#pageFor(feed, this.#readFor(feed, lastId + 1, ALL), at));
    if (feed.endsWhenLive) this.#context.endSession(client, 'left', at);
  }

  #pageFor(feed: Feed, messages: readonly Message[], at: number): HubEvent {
    feed.cursor = messages.at(-1)?.id ?? feed.cursor;
    const { ignores } = feed.client;
    const isShown = ({ id, from }: Message) => !feed.deleted.has(id) && ignores?.has(foldName(from)) !== true;
    return historyPage(messages.filter(isShown), at);
  }

  #readFor({ rooms, mailOf, cursor }: Feed, before: number, limit: number): readonly Message[] {
    if (mailOf === null) return this.#read(rooms, cursor, before, limit);
    const mail = this.#context.accounts.offline.waitingFor(mailOf);
    return mail.filter(({ id }) => id > cursor && id < before).map(messageOfMail);
  }

  /**
   * The next messages of all rooms with after < id < before, in the order of their ids; about `limit` at most, and none
   * only if there are no more.
   */
  #read(rooms: readonly RoomName[], after: number, before: number, limit: number): readonly Message[] {
    const perRoom = Math.max(MIN_MESSAGES_PER_ROOM, Math.ceil(limit / rooms.length));
    // Beyond the last message of a room that may have more, others may be missing.
    let end = before;
    const messages = rooms.flatMap(({ fold }) => {
      const part = this.#options.history.read(fold, { after, before, limit: perRoom, keep: 'oldest' });
      const last = part.at(-1);
      if (last !== undefined && part.length === perRoom) end = Math.min(end, last.id + 1);
      return part;
    });
    if (rooms.length === 1) return messages;
    return messages.filter(({ id }) => id < end).sort((a, b) => a.id - b.id);
  }
}

function historyPage(messages: Page<Message>['items'], at: number): HubEvent {
  return { kind: 'history', at, messages, last: false };
}

/** The audiences of a subscriber, by their keys in the directory. */
function keysOf({ rooms, mailOf }: Feed): readonly string[] {
  return mailOf === null ? rooms.map(({ fold }) => fold) : [mailKey(mailOf)];
}

/** No room has such a name. */
function mailKey(account: string): string {
  return `@${account}`;
}

/** A direct message has no room. */
const NO_ROOM: RoomName = { shown: '', fold: '' };

function messageOfMail({ id, at, from, text }: OfflineMessage): Message {
  return { id, at, room: NO_ROOM, from, text: cleanText(text) };
}
