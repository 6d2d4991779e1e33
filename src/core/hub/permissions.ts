/**
 * The permissions of commands and rooms. The hub checks them before it handles a command, and the authenticator before
 * it spends time on a password.
 */
import type { RegisteredRooms } from '../accounts.js';
import type { RefusalDetail } from '../event.js';
import type { Session } from './session.js';
import type { Refusal } from '../reasons.js';
import type { Room } from './room.js';
import { isObsolete, type RoomName } from '../text/text.js';

export type Permission =
  /** Every connection. */
  | 'anyone'
  | 'user'
  /** A user who is not muted. */
  | 'speaker'
  /** A user whose name is registered. */
  | 'owner'
  /** A user whose name is not registered. */
  | 'guest'
  /** The founder of the room that the command is about, or an operator. */
  | 'founder'
  /** The same, unless muted. */
  | 'speaking-founder'
  | 'operator';

export class Permissions {
  readonly #rooms: RegisteredRooms;
  readonly #lobby: Room;

  constructor(rooms: RegisteredRooms, lobby: Room) {
    this.#rooms = rooms;
    this.#lobby = lobby;
  }

  /** Why the session does not have the permission; null if it has. `room`: the one that the command is about. */
  refusalFor(session: Session, permission: Permission, room: Room | null, at: number): Refusal | null {
    if (permission === 'anyone') return null;
    if (session.name === null) return 'not-logged-in';
    switch (permission) {
      case 'user':
        return null;
      case 'speaker':
        return at < session.mutedUntil ? 'muted' : null;
      case 'owner':
        return session.account === null ? 'not-registered' : null;
      case 'guest':
        return session.account === null ? null : 'already-registered';
      case 'speaking-founder':
        if (at < session.mutedUntil) return 'muted';
        return this.#owns(session, room) ? null : 'not-permitted';
      case 'founder':
        return this.#owns(session, room) ? null : 'not-permitted';
      case 'operator':
        return session.isOperator ? null : 'not-permitted';
    }
  }

  /** Explains a refusal: which users have the permission. */
  detailFor(permission: Permission, room: Room | null): RefusalDetail {
    switch (permission) {
      case 'founder':
      case 'speaking-founder':
        return { denial: room === this.#lobby ? 'lobby' : 'founder-only' };
      case 'operator':
        return { denial: 'operators-only' };
      default:
        return {};
    }
  }

  /** Whether a session may enter a room. `knownKeyHash` is the room's key hash if its client gave the right key. */
  mayEnter(session: Session, fold: string, knownKeyHash: string | null): boolean {
    const keyHash = this.#rooms.room(fold)?.keyHash ?? null;
    return (
      keyHash === null || keyHash === knownKeyHash || session.isOperator || session.roomNamed(fold) !== null
    );
  }

  /** Whether the rules no longer allow the name of a room, and no registered room keeps it. */
  isInvalid(room: RoomName): boolean {
    return isObsolete(room) && this.#rooms.room(room.fold) === undefined;
  }

  /** Whether a session may know of a room: a locked room does not exist for sessions outside it. */
  maySee(session: Session, fold: string): boolean {
    return this.mayEnter(session, fold, null);
  }

  /** The lobby has no founder. */
  #owns({ account, isOperator }: Session, room: Room | null): boolean {
    if (room === null || room === this.#lobby || account === null) return false;
    return isOperator || this.#rooms.room(room.name.fold)?.founder === account.fold;
  }
}
