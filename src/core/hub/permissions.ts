/**
 * Who may ask for what. Looked at in one place for every command, whatever dialect it came in: by the hub before it
 * does anything, and by the gateway before it has a password looked at in vain.
 */
import type { RegisteredRooms } from '../accounts.js';
import type { Client } from './client.js';
import type { Refusal } from '../reasons.js';
import type { Room } from './room.js';

export type Permission =
  /** Whoever is connected. */
  | 'anyone'
  | 'user'
  /** A user who is not muted. */
  | 'speaker'
  /** A user with a registered name, or without. */
  | 'owner'
  | 'guest'
  /** Who founded the room one is in, or an operator. */
  | 'founder'
  | 'operator';

export class Permissions {
  readonly #rooms: RegisteredRooms;
  readonly #lobby: Room;

  constructor(rooms: RegisteredRooms, lobby: Room) {
    this.#rooms = rooms;
    this.#lobby = lobby;
  }

  /** Why this client may not ask for that; null if it may. */
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
      case 'founder':
        return this.#ownsRoom(client) ? null : 'not-permitted';
      case 'operator':
        return client.isOperator ? null : 'not-permitted';
    }
  }

  /** Whether it may go into a room: `knownKeyHash` is what is kept of the key that it gave, if that was right. */
  mayEnter(client: Client, fold: string, knownKeyHash: string | null): boolean {
    const keyHash = this.#rooms.room(fold)?.keyHash ?? null;
    return keyHash === null || keyHash === knownKeyHash || client.isOperator || isIn(client, fold);
  }

  /** Whether a room is there for it: a locked one is as if absent for those outside. */
  maySee(client: Client, fold: string): boolean {
    return this.mayEnter(client, fold, null);
  }

  /** The lobby is nobody's. */
  #ownsRoom({ currentRoom, account, isOperator }: Client): boolean {
    if (currentRoom === null || currentRoom === this.#lobby || account === null) return false;
    return isOperator || this.#rooms.room(currentRoom.name.fold)?.founder === account.fold;
  }
}

function isIn(client: Client, fold: string): boolean {
  return client.rooms.some(({ name }) => name.fold === fold);
}
