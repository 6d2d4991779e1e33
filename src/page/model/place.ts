/** A room or a conversation with all that the page knows of it. */
import { foldName } from '../../core/text/fold-name.js';
import { type Item, Log } from './log.js';
import { RowMaker } from './rows.js';
import type { Message, Place } from './state.js';

/** More unread messages are not counted. */
const MAX_UNREAD = 1000;

export class PlaceData {
  /** As the server spells it. */
  name: string;
  readonly log = new Log();
  readonly rows = new RowMaker();
  /** Own messages that are not stored. */
  pending: readonly Item[] = [];
  /** The largest id that was read; 0 = nothing is known. */
  lastRead = 0;
  /** Where the rule "new" is. */
  newAfter: number | null = null;
  isLoaded = false;
  isAtBeginning = false;
  isLoadingOlder = false;
  /** The newest messages were dropped from the log. */
  isDetached = false;
  newBelow = 0;

  /** Null for a conversation. */
  readonly room: RoomFacts | null;

  constructor(name: string, room: RoomFacts | null) {
    this.name = name;
    this.room = room;
  }

  get place(): Place {
    return this.room === null ? `@${this.name}` : `#${this.name}`;
  }

  /** Unread messages of others, and those that mention the user. */
  unread(): { readonly unread: number; readonly mentions: number; readonly hasMore: boolean } {
    let unread = 0;
    let mentions = 0;
    for (const { items } of this.log.segments.toReversed())
      for (const item of items.toReversed()) {
        if (item.kind !== 'message' || item.message.id === null) continue;
        if (item.message.id <= this.lastRead) return { unread, mentions, hasMore: false };
        if (item.message.isOwn) continue;
        unread++;
        if (item.message.isMention) mentions++;
        if (unread === MAX_UNREAD) return { unread, mentions, hasMore: true };
      }
    return { unread, mentions, hasMore: unread > 0 && !this.isAtBeginning && this.room !== null };
  }

  /** The id of the oldest unread message; Infinity if there is none. */
  #firstUnread(): number {
    for (const { id, isOwn } of this.log.messages()) if (!isOwn && (id ?? 0) > this.lastRead) return id ?? 0;
    return Infinity;
  }

  /** The rule "new" is before what was not read, if there is none yet. */
  markNew(): void {
    if (this.lastRead > 0 && this.unread().unread > 0) this.newAfter ??= this.lastRead;
  }

  /** Marks all messages as read, and returns the id of the newest one if it was not read before. */
  markRead(): number | null {
    const last = this.log.lastId;
    if (last === null || last <= this.lastRead) return null;
    this.lastRead = last;
    return last;
  }

  /** Takes the messages of another conversation, where their ids belong. What is unread in one of them stays unread. */
  join(other: PlaceData): void {
    const lastRead = Math.max(this.lastRead, other.lastRead);
    this.lastRead = Math.min(lastRead, this.#firstUnread() - 1, other.#firstUnread() - 1);
    for (const message of other.log.messages()) this.log.add({ kind: 'message', message, group: null });
  }
}

/** A conversation whose user has another name. */
export interface Renamed {
  /** What it was called. */
  readonly before: Place;
  readonly place: PlaceData;
  /** The conversation that was joined to it and is gone; null if there was none. */
  readonly joined: PlaceData | null;
}

/** What the server tells about a room. */
export interface RoomFacts {
  members: number;
  topic: string;
  isLocked: boolean;
  isMine: boolean;
  /** The newest id that the server names; 0 = none. */
  lastId: number;
  /** The user is in it. */
  isJoined: boolean;
  /** Its members, by folded name; null until the server was asked. */
  names: Map<string, string> | null;
  /** Of a locked room, for the next reconnect. */
  key: string | null;
  problem: string | null;
}

function newRoom(name: string): PlaceData {
  return new PlaceData(name, {
    members: 0,
    topic: '',
    isLocked: false,
    isMine: false,
    lastId: 0,
    isJoined: false,
    names: null,
    key: null,
    problem: null,
  });
}

function newConversation(name: string): PlaceData {
  const conversation = new PlaceData(name, null);
  conversation.isLoaded = true;
  conversation.isAtBeginning = true;
  return conversation;
}

/** All rooms and conversations, by kind and folded name: the server may spell a name differently. */
export class Places {
  readonly #places = new Map<string, PlaceData>();

  room(name: string): PlaceData | null {
    return this.#places.get(`#${foldName(name)}`) ?? null;
  }

  conversation(name: string): PlaceData | null {
    return this.#places.get(`@${foldName(name)}`) ?? null;
  }

  at(place: Place): PlaceData | null {
    return place.startsWith('#') ? this.room(place.slice(1)) : this.conversation(place.slice(1));
  }

  ensureRoom(name: string): PlaceData {
    const found = this.room(name);
    if (found !== null) return found;
    const made = newRoom(name);
    this.#places.set(`#${foldName(name)}`, made);
    return made;
  }

  ensureConversation(name: string): PlaceData {
    const found = this.conversation(name);
    if (found !== null) return found;
    const made = newConversation(name);
    this.#places.set(`@${foldName(name)}`, made);
    return made;
  }

  remove({ name, room }: PlaceData): void {
    this.#places.delete(`${room === null ? '@' : '#'}${foldName(name)}`);
  }

  /** The user of a conversation has another name. A conversation under that name is joined to it. */
  rename(from: string, to: string): Renamed | null {
    const renamed = this.conversation(from);
    if (renamed === null) return null;
    const before = renamed.place;
    this.remove(renamed);
    const joined = this.conversation(to);
    if (joined !== null) renamed.join(joined);
    renamed.name = to;
    this.#places.set(`@${foldName(to)}`, renamed);
    return { before, place: renamed, joined };
  }

  clear(): void {
    this.#places.clear();
  }

  get rooms(): readonly PlaceData[] {
    return [...this.#places.values()].filter(({ room }) => room !== null);
  }

  get joined(): readonly PlaceData[] {
    return [...this.#places.values()].filter(({ room }) => room?.isJoined === true);
  }

  get conversations(): readonly PlaceData[] {
    return [...this.#places.values()].filter(({ room }) => room === null);
  }
}

/** The messages of a log that are the user's own and newer than an id. */
export function ownAfter({ log }: PlaceData, id: number): readonly Message[] {
  return [...log.messages()].filter((message) => message.isOwn && (message.id ?? 0) > id);
}
