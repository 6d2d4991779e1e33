/** How far a user has read in a room: reported by one of its programs, stored, and told to its others. */
import type { HistoryStore, ProposalOf } from '../ports.js';
import type { ReadPosition } from '../accounts.js';
import type { Client } from './client.js';
import { type HubContext, notStoredAt } from './hub-context.js';
import type { ClientRoomRequest } from './request.js';
import type { Room } from './room.js';
import type { Session } from './session.js';

/** Of so many rooms a session without an account is remembered how far it has read. */
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
    const known = client.account === null ? undefined : this.#positionOf(client.account.fold, room);
    if (known !== undefined && known.id >= id) this.#context.reply(client, this.#marked(room, known.at, at));
    else this.#context.propose(client, this.#proposal(client, room, { id, at: time }), at);
  }

  /** MARKREAD: the same by a time, or asks for the marker. Without an account, it is the session's own. */
  mark({ session: client, room, command: { time }, at }: ClientRoomRequest<'mark'>): void {
    const known = this.#readAt(client, room);
    // A time that is still to come would hide what is said until then.
    const readAt = time === null ? null : Math.min(time, at);
    if (readAt === null || (known !== null && known >= readAt))
      this.#context.reply(client, this.#marked(room, known, at));
    else if (client.account === null) {
      markOwn(client, room, readAt);
      this.#context.reply(client, this.#marked(room, readAt, at));
    } else this.#proposeTime(client, room, readAt, at);
  }

  /** Tells a client that enters a room how far it has read there, if its dialect shows that. */
  tell(client: Client, room: Room, at: number): void {
    if (client.encoder.dialect.tellsReadPosition === true)
      this.#context.turn.reply(client, this.#marked(room, this.#readAt(client, room), at));
  }

  #proposeTime(client: Client, room: Room, readAt: number, at: number): void {
    let id: number;
    try {
      id = Math.min(this.#history.idAt(room.name.fold, readAt, 'last'), this.#context.readableBefore - 1);
    } catch (error) {
      this.#context.onError(error);
      this.#context.refuse(client, 'busy', {}, at);
      return;
    }
    this.#context.propose(client, this.#proposal(client, room, { id, at: readAt }), at);
  }

  /** Moves the marker, which never goes back, and tells the other sessions of the account. */
  settleRead(session: Session, { room: fold, id, time }: ProposalOf<'read'>, at: number): void {
    const { account, local: client } = session;
    const { accounts, turn, directory } = this.#context;
    const room = session.roomNamed(fold);
    if (account === null || room === null) {
      this.#context.refuse(session, account === null ? 'not-registered' : 'not-in-room', {}, at);
      return;
    }
    const position = accounts.readPositions.advance(account.fold, fold, { id, at: time });
    if (position !== null) turn.scheduleCommit();
    const known = position ?? this.#positionOf(account.fold, room) ?? { id, at: time };
    if (client !== null)
      turn.sendOnlyIfStored(turn.reply(client, this.#marked(room, known.at, at)), notStoredAt(at, 'read'));
    if (position === null) return;
    const event = { kind: 'read', room: room.name.shown, id: position.id, at: position.at } as const;
    for (const other of directory.sessionsWith(account))
      if (other !== session && other.local !== null)
        turn.sendOnlyIfStored(turn.send(other.local, event), null);
  }

  #positionOf(fold: string, { name }: Room): ReadPosition | undefined {
    return this.#context.accounts.readPositions.of(fold, name.fold);
  }

  #proposal({ key }: Session, { name }: Room, { id, at: time }: ReadPosition) {
    return { kind: 'read', session: key, room: name.fold, id, time } as const;
  }

  #marked({ name }: Room, readAt: number | null, at: number) {
    return { kind: 'marked', at, room: name.shown, readAt } as const;
  }

  /** How far a client has read, as its account or its session knows it. */
  #readAt({ account, readTimes }: Client, room: Room): number | null {
    if (account === null) return readTimes?.get(room.name.fold) ?? null;
    return this.#positionOf(account.fold, room)?.at ?? null;
  }

  /** The time of the message with this id, or of the one before it; null if there is neither. */
  #timeOf({ name }: Room, id: number): number | null {
    const range = { after: 0, before: id + 1, limit: 1, keep: 'newest' } as const;
    return this.#history.read(name.fold, range)[0]?.at ?? null;
  }
}

/** Remembers it for the session. Beyond the limit, the room that was marked first is forgotten. */
function markOwn(client: Client, { name }: Room, readAt: number): void {
  const times = (client.readTimes ??= new Map());
  times.set(name.fold, readAt);
  if (times.size <= MAX_READ_TIMES) return;
  const [oldest] = times.keys();
  if (oldest !== undefined) times.delete(oldest);
}
