/** How far a user has read in a room: reported by one of its programs, stored, and told to its others. */
import type { HistoryStore, ProposalOf } from '../ports.js';
import type { ReadPosition } from '../accounts.js';
import type { Client } from './client.js';
import { type HubContext, notStoredAt } from './hub-context.js';
import type { ClientRequest, ClientRoomRequest } from './request.js';
import type { Room } from './room.js';
import type { Session } from './session.js';

/** Of so many rooms and users a session without an account is remembered how far it has read. */
const MAX_READ_TIMES = 100;

export class ReadMarkers {
  readonly #context: HubContext;
  readonly #history: HistoryStore;

  constructor(context: HubContext, history: HistoryStore) {
    this.#context = context;
    this.#history = history;
  }

  /** READ: proposes to move the marker to a message. One beyond the newest message stands for the newest. */
  read({ session: client, room, command: { id: typedId }, at }: ClientRoomRequest<'read'>): void {
    const id = Math.min(typedId, this.#context.readableBefore - 1);
    let time: number;
    try {
      time = this.#timeOf(room, id) ?? at;
    } catch (error) {
      this.#context.onError(error);
      this.#context.refuse(client, 'busy', {}, at);
      return;
    }
    const place = placeOf(room);
    const known = client.account === null ? undefined : this.#positionOf(client.account.fold, place);
    if (known !== undefined && known.id >= id) this.#context.reply(client, marked(place, known.at, at));
    else this.#propose(client, place, { id, at: time }, at);
  }

  /** MARKREAD: the same by a time, or asks for the marker. Without an account, it is the session's own. */
  mark({ session, room, command: { time }, at }: ClientRoomRequest<'mark'>): void {
    const newest = () => this.#context.readableBefore - 1;
    this.#mark(session, placeOf(room), time, at, (readAt) =>
      Math.min(this.#history.idAt(room.name.fold, readAt, 'last'), newest()),
    );
  }

  /** The same of the messages to and from another user. No history has them, so the newest message of all stands for them. */
  markUser({ session, command: { who, time }, at }: ClientRequest<'mark-user'>): void {
    const place = { key: `@${who.fold}`, shown: who.typed, isUser: true };
    this.#mark(session, place, time, at, () => this.#context.readableBefore - 1);
  }

  /** Tells a client that enters a room how far it has read there, if its dialect shows that. */
  tell(client: Client, room: Room, at: number): void {
    const place = placeOf(room);
    if (client.encoder.dialect.tellsReadPosition === true)
      this.#context.turn.reply(client, marked(place, this.#readAt(client, place), at));
  }

  #mark(
    client: Client,
    place: Place,
    time: number | null,
    at: number,
    idAt: (readAt: number) => number,
  ): void {
    const known = this.#readAt(client, place);
    // A time that is still to come would hide what is said until then.
    const readAt = time === null ? null : Math.min(time, at);
    if (readAt === null || (known !== null && known >= readAt)) {
      this.#context.reply(client, marked(place, known, at));
      return;
    }
    if (client.account === null) {
      markOwn(client, place, readAt);
      this.#context.reply(client, marked(place, readAt, at));
      return;
    }
    let id: number;
    try {
      id = idAt(readAt);
    } catch (error) {
      this.#context.onError(error);
      this.#context.refuse(client, 'busy', {}, at);
      return;
    }
    this.#propose(client, place, { id, at: readAt }, at);
  }

  /** Moves the marker, which never goes back, and tells the other sessions of the account. */
  settleRead(session: Session, { room: key, id, time, user }: ProposalOf<'read'>, at: number): void {
    const { account, local: client } = session;
    const { accounts, turn, directory } = this.#context;
    const room = session.roomNamed(key);
    const place =
      user !== undefined ? { key, shown: user, isUser: true } : room === null ? null : placeOf(room);
    if (account === null || place === null) {
      this.#context.refuse(session, account === null ? 'not-registered' : 'not-in-room', {}, at);
      return;
    }
    const position = accounts.readPositions.advance(account.fold, key, { id, at: time });
    if (position !== null) turn.scheduleCommit();
    const known = position ?? this.#positionOf(account.fold, place) ?? { id, at: time };
    if (client !== null)
      turn.sendOnlyIfStored(turn.reply(client, marked(place, known.at, at)), notStoredAt(at, 'read'));
    if (position === null) return;
    const { shown, isUser } = place;
    const event = { kind: 'read', room: shown, isUser, id: position.id, at: position.at } as const;
    for (const other of directory.sessionsWith(account))
      if (other !== session && other.local !== null)
        turn.sendOnlyIfStored(turn.send(other.local, event), null);
  }

  #positionOf(fold: string, { key }: Place): ReadPosition | undefined {
    return this.#context.accounts.readPositions.of(fold, key);
  }

  #propose(client: Client, { key, shown, isUser }: Place, { id, at: time }: ReadPosition, at: number): void {
    const read = { kind: 'read', session: client.key, room: key, id, time } as const;
    this.#context.propose(client, isUser ? { ...read, user: shown } : read, at);
  }

  /** How far a client has read, as its account or its session knows it. */
  #readAt({ account, readTimes }: Client, place: Place): number | null {
    if (account === null) return readTimes?.get(place.key) ?? null;
    return this.#positionOf(account.fold, place)?.at ?? null;
  }

  /** The time of the message with this id, or of the one before it; null if there is neither. */
  #timeOf({ name }: Room, id: number): number | null {
    const range = { after: 0, before: id + 1, limit: 1, keep: 'newest' } as const;
    return this.#history.read(name.fold, range)[0]?.at ?? null;
  }
}

/** Where a user reads: a room, or the messages to and from another user. */
interface Place {
  /** RoomName.fold, or `@` and UserName.fold. */
  readonly key: string;
  readonly shown: string;
  readonly isUser: boolean;
}

function placeOf({ name }: Room): Place {
  return { key: name.fold, shown: name.shown, isUser: false };
}

function marked({ shown, isUser }: Place, readAt: number | null, at: number) {
  return { kind: 'marked', at, room: shown, isUser, readAt } as const;
}

/** Remembers it for the session. Beyond the limit, the place that was marked first is forgotten. */
function markOwn(client: Client, { key }: Place, readAt: number): void {
  const times = (client.readTimes ??= new Map());
  times.set(key, readAt);
  if (times.size <= MAX_READ_TIMES) return;
  const [oldest] = times.keys();
  if (oldest !== undefined) times.delete(oldest);
}
