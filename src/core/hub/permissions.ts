/**
 * The permissions of commands and rooms. The hub checks them before it handles a command, and the authenticator before
 * it spends time on a password.
 */
import type { RegisteredRooms } from '../accounts.js';
import type { Client } from './client.js';
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
  /** The founder of the current room, or an operator. */
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

  /** Why the client does not have the permission; null if it has. */
  refusalFor(client: Client, permission: Permission, at: number): Refusal | null {
    if (permission === 'anyone') return null;
    if (client.name === null) return 'not-logged-in';
    switch (permission) {
      case 'user':
        return null;
      case 'speaker':
        return at < client.mutedUntil ? 'muted' : null;
      case 'owner':
        return client.account === null ? 'not-registered' : null;
      case 'guest':
        return client.account === null ? null : 'already-registered';
      case 'speaking-founder':
        if (at < client.mutedUntil) return 'muted';
        return this.#ownsRoom(client) ? null : 'not-permitted';
      case 'founder':
        return this.#ownsRoom(client) ? null : 'not-permitted';
      case 'operator':
        return client.isOperator ? null : 'not-permitted';
    }
  }

  /** Whether a client may enter a room. `knownKeyHash` is the room's key hash if the client gave the right key. */
  mayEnter(client: Client, fold: string, knownKeyHash: string | null): boolean {
    const keyHash = this.#rooms.room(fold)?.keyHash ?? null;
    return keyHash === null || keyHash === knownKeyHash || client.isOperator || isIn(client, fold);
  }

  /** Whether the rules no longer allow the name of a room, and no registered room keeps it. */
  isInvalid(room: RoomName): boolean {
    return isObsolete(room) && this.#rooms.room(room.fold) === undefined;
  }

  /** Whether a client may know of a room: a locked room does not exist for clients outside it. */
  maySee(client: Client, fold: string): boolean {
    return this.mayEnter(client, fold, null);
  }

  /** The lobby has no founder. */
  #ownsRoom({ currentRoom, account, isOperator }: Client): boolean {
    if (currentRoom === null || currentRoom === this.#lobby || account === null) return false;
    return isOperator || this.#rooms.room(currentRoom.name.fold)?.founder === account.fold;
  }
}

function isIn(client: Client, fold: string): boolean {
  return client.rooms.some(({ name }) => name.fold === fold);
}
