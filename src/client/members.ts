/**
 * The members of the session's rooms, as the server reported them. A server reports the end of a session to every user;
 * the chat shows it in the rooms that the user was in.
 */
import { foldName } from '../core/text/text.js';
import type { PresenceChange } from './presence.js';

export class Members {
  /** Folded names, by folded room. */
  readonly #rooms = new Map<string, Set<string>>();

  /** The members of a room, as a list of the server has them. Those who came since are kept. */
  add(room: string, names: readonly string[]): void {
    const members = this.#membersOf(room);
    for (const name of names) members.add(foldName(name));
  }

  /** The session has left the room. */
  forget(room: string): void {
    this.#rooms.delete(foldName(room));
  }

  clear(): void {
    this.#rooms.clear();
  }

  /** Takes over what a notice tells of a user. `room`: the one that the notice names; null if it names none. */
  apply(change: PresenceChange, room: string | null): void {
    const name = foldName(change.name);
    if (room === null) {
      for (const members of this.#rooms.values()) {
        if (!members.has(name) || change.kind === 'joined') continue;
        members.delete(name);
        if (change.kind === 'renamed') members.add(foldName(change.to));
      }
      return;
    }
    if (change.kind === 'joined') this.#membersOf(room).add(name);
    else this.#rooms.get(foldName(room))?.delete(name);
  }

  has(room: string, name: string): boolean {
    return this.#rooms.get(foldName(room))?.has(foldName(name)) ?? false;
  }

  #membersOf(room: string): Set<string> {
    const members = this.#rooms.get(foldName(room)) ?? new Set<string>();
    this.#rooms.set(foldName(room), members);
    return members;
  }
}
