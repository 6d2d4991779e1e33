/** Sets the signals from what the model knows, at most once for each frame. Values that are the same stay the same objects. */
import { batch } from '@preact/signals';
import { foldName } from '../../core/text/fold-name.js';
import type { Composing } from './composing.js';
import type { Context } from './context.js';
import type { PlaceData } from './place.js';
import type { Conversation, Person, RoomInfo } from './state.js';
import { LOBBY } from './store.js';

const MAX_TITLE_COUNT = 99;

export class Publisher {
  readonly #context: Context;
  readonly #composing: () => Composing;
  #isDue = false;

  constructor(context: Context, composing: () => Composing) {
    this.#context = context;
    this.#composing = composing;
  }

  /** Soon: all that changes until then is shown at once. */
  schedule(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#context.platform.onFrame(() => {
      this.#isDue = false;
      this.publish();
    });
  }

  publish(): void {
    batch(() => this.#set());
  }

  #set(): void {
    const { places, signals } = this.#context;
    const joined = places.rooms.filter(({ room }) => room?.isJoined === true || room?.problem != null);
    const rooms = joined.map((place) => this.#roomInfo(place)).sort(byName);
    const known = new Set(rooms.map(({ place }) => place));
    const others = places.rooms
      .filter(({ place }) => !known.has(place))
      .map((place) => this.#roomInfo(place));
    const conversations = places.conversations
      .toSorted((one, other) => newestAt(other) - newestAt(one))
      .map((place) => this.#conversation(place));
    signals.rooms.value = reuse(signals.rooms.value, rooms, ({ place }) => place);
    signals.otherRooms.value = reuse(signals.otherRooms.value, others.sort(byName), ({ place }) => place);
    signals.conversations.value = reuse(signals.conversations.value, conversations, ({ place }) => place);
    const open = signals.place.value;
    signals.room.value = signals.rooms.value.find(({ place }) => place === open) ?? null;
    signals.conversation.value = signals.conversations.value.find(({ place }) => place === open) ?? null;
    const place = places.at(open);
    signals.members.value = reuse(signals.members.value, this.#members(place), ({ name }) => name);
    if (place !== null) this.#setTimeline(place);
    this.#setTitle();
  }

  #setTimeline(place: PlaceData): void {
    const { signals } = this.#context;
    const before = signals.timeline.value;
    const chunks = place.rows.chunksOf(place.log.segments, place.pending, {
      showsPresence: signals.preferences.value.showsPresence,
      newAfter: place.newAfter,
      dayOf,
    });
    const isSame =
      before.place === place.place &&
      chunks.length === before.chunks.length &&
      chunks.every((chunk, index) => chunk === before.chunks[index]);
    const next = {
      place: place.place,
      chunks: isSame ? before.chunks : chunks,
      isLoadingOlder: place.isLoadingOlder,
      isAtBeginning: place.isAtBeginning,
      newBelow: place.newBelow,
      isDetached: place.isDetached,
      isLoaded: place.isLoaded,
    };
    if (!isEqual(before, next)) signals.timeline.value = next;
  }

  #setTitle(): void {
    const { platform, signals } = this.#context;
    const all = [...signals.rooms.value, ...signals.conversations.value];
    const unread = all.reduce((sum, place) => sum + place.unread, 0);
    const count = unread === 0 ? '' : `(${unread > MAX_TITLE_COUNT ? `${MAX_TITLE_COUNT}+` : unread}) `;
    const title =
      signals.screen.value === 'chat' ? `${count}${signals.place.value} – Partyline` : 'Partyline';
    if (title === signals.title.value) return;
    signals.title.value = title;
    platform.setTitle(title, unread > 0);
  }

  #roomInfo(place: PlaceData): RoomInfo {
    const { signals } = this.#context;
    const { room: facts } = place;
    const isMine = facts?.isMine ?? false;
    const isJoined = facts?.isJoined ?? false;
    const { unread, mentions, hasMore } = isJoined ? place.unread() : NONE;
    const isLobby = foldName(place.name) === LOBBY;
    return {
      place: place.place,
      name: place.name,
      members: facts?.members ?? 0,
      isMine,
      isLocked: facts?.isLocked ?? false,
      topic: facts?.topic ?? '',
      canLeave: !isLobby,
      canManage: (isMine || signals.self.value.isOperator) && !isLobby,
      unread,
      hasMoreUnread: hasMore,
      mentions,
      hasDraft: this.#composing().hasDraft(place.place),
      problem: facts?.problem ?? null,
    };
  }

  #conversation(place: PlaceData): Conversation {
    const { roster, signals } = this.#context;
    const { isHere, isAway, isIgnored } = roster.person(place.name, signals.self.value.name);
    return {
      place: place.place,
      name: place.name,
      unread: place.unread().unread,
      isHere,
      isAway,
      isIgnored,
      hasDraft: this.#composing().hasDraft(place.place),
    };
  }

  #members(place: PlaceData | null): readonly Person[] {
    const { roster, signals } = this.#context;
    if (place === null) return [];
    const names = place.room === null ? [place.name] : [...(place.room.names?.values() ?? [])];
    return names.map((name) => roster.person(name, signals.self.value.name)).sort(byName);
  }
}

const NONE = { unread: 0, mentions: 0, hasMore: false };

/** The lobby is the first. */
function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  const isLobby = (name: string) => Number(name === LOBBY);
  return isLobby(other.name) - isLobby(one.name) || one.name.localeCompare(other.name);
}

function newestAt({ log, pending }: PlaceData): number {
  const last = pending.at(-1) ?? log.lastItem;
  return last?.kind === 'message' ? last.message.at : 0;
}

/** Days of local time. */
function dayOf(at: number): number {
  const date = new Date(at);
  return date.getFullYear() * 400 + date.getMonth() * 32 + date.getDate();
}

/** The list before, with the objects that have not changed; the same list if none has. */
function reuse<Item extends object>(
  before: readonly Item[],
  next: readonly Item[],
  keyOf: (item: Item) => string,
): readonly Item[] {
  const known = new Map(before.map((item) => [keyOf(item), item]));
  const items = next.map((item) => {
    const old = known.get(keyOf(item));
    return old !== undefined && isEqual(old, item) ? old : item;
  });
  return items.length === before.length && items.every((item, index) => item === before[index])
    ? before
    : items;
}

function isEqual(one: object, other: object): boolean {
  const others = new Map(Object.entries(other));
  return Object.entries(one).every(([key, value]) => others.get(key) === value);
}
