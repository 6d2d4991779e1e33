/** What a request without a session may read: rooms, their messages, and users. */
import type { Account } from '../accounts.js';
import type { HistoryRange, Message, SearchQuery } from '../message.js';
import type { HistoryStore } from '../ports.js';
import { foldName, type RoomName } from '../text/text.js';
import type { HubContext } from './hub-context.js';
import { allRooms, type ListedRoom } from './room-list.js';

/** What the one who reads has proved. */
export interface Access {
  /** UserName.fold of a registered name that it owns; null for none. */
  readonly account: string | null;
  /** The room's key hash if the right key was given. */
  readonly knownKeyHash: string | null;
}

export interface ReadMessages {
  readonly messages: readonly Message[];
  /** The ids of the first and the last message that was found, also of one that the reader ignores. */
  readonly firstId: number | undefined;
  readonly lastId: number | undefined;
  /** There may be more. */
  readonly isFull: boolean;
}

export interface ReadableRoom {
  readonly name: string;
  readonly members: number;
  /** 0 if it has no messages. */
  readonly lastId: number;
  /** '' if it has none. */
  readonly topic: string;
}

export interface ReadableUser {
  readonly name: string;
  /** The rooms that the reader may see. */
  readonly rooms: readonly string[];
}

export class Readings {
  readonly #context: HubContext;
  readonly #history: HistoryStore;

  constructor(context: HubContext, history: HistoryStore) {
    this.#context = context;
    this.#history = history;
  }

  /** Whether the reader may know of a room. One that is not open to all does not exist for others. */
  maySee(access: Access, fold: string): boolean {
    const account = this.#accountOf(access);
    if (account?.isOperator === true) return true;
    return this.#context.permissions.isOpenToRead(fold, access.knownKeyHash, account ?? null);
  }

  /** Messages of a room that the reader may see. @throws if they cannot be read */
  messages(access: Access, room: RoomName, range: HistoryRange): ReadMessages {
    const before = Math.min(range.before, this.#context.readableBefore);
    return this.#seenBy(access, this.#history.read(room.fold, { ...range, before }), range.limit);
  }

  /** The same for the messages with these words, in short steps. */
  *search(access: Access, query: SearchQuery): Generator<undefined, ReadMessages, undefined> {
    const before = Math.min(query.before, this.#context.readableBefore);
    return this.#seenBy(access, yield* this.#history.search({ ...query, before }), query.limit);
  }

  /**
   * The rooms with members or messages that the reader may see, one by one: they may be many. Null in place of one that
   * is left out. @throws if they cannot be read
   */
  *rooms(access: Access): Generator<ReadableRoom | null> {
    const { directory, accounts } = this.#context;
    const readableRoom = ({ name, members }: ListedRoom): ReadableRoom | null => {
      const last = this.#lastMessage(name);
      if (last === undefined && members === 0 && name.fold !== directory.lobby.name.fold) return null;
      const topic = accounts.rooms.room(name.fold)?.topic ?? '';
      return { name: name.shown, members, lastId: last?.id ?? 0, topic };
    };
    for (const room of allRooms(this.#context, this.#history)) {
      const isSeen = room !== null && this.maySee(access, room.name.fold);
      yield isSeen ? readableRoom(room) : null;
    }
  }

  /**
   * Those of a room, or of the server, in the order of WHO; null if the room does not exist for the reader. A room without
   * members that has messages has no users. @throws if the messages cannot be read
   */
  users(access: Access, room: RoomName | null): readonly ReadableUser[] | null {
    const { directory } = this.#context;
    if (room !== null && !this.maySee(access, room.fold)) return null;
    const audience = room === null ? directory.everyone : directory.room(room.fold);
    if (audience === undefined) return room === null || this.#lastMessage(room) === undefined ? null : [];
    return Array.from(audience.sessions(), (session) => ({
      name: session.name?.shown ?? '',
      rooms: session.rooms.filter(({ name }) => this.maySee(access, name.fold)).map(({ name }) => name.shown),
    }));
  }

  #lastMessage({ fold }: RoomName): Message | undefined {
    const { readableBefore: before } = this.#context;
    return this.#history.read(fold, { after: 0, before, limit: 1, keep: 'newest' })[0];
  }

  /** Leaves out the messages of users that the reader ignores. */
  #seenBy(access: Access, found: readonly Message[], limit: number): ReadMessages {
    const ignores = this.#accountOf(access)?.ignores;
    const messages =
      ignores === undefined || ignores.size === 0
        ? found
        : found.filter(({ from }) => !ignores.has(foldName(from)));
    return { messages, firstId: found.at(0)?.id, lastId: found.at(-1)?.id, isFull: found.length >= limit };
  }

  #accountOf({ account }: Access): Account | null {
    return account === null ? null : (this.#context.accounts.users.account(account) ?? null);
  }
}
