/** Who is here and which rooms there are: the hub's index of its own state. */
import type { Client } from './client.js';
import { Audience, Room } from './room.js';
import { foldName, parseRoomName, type RoomName, type UserName } from '../text/text.js';

export class Directory {
  /** All who are logged in, for news that concern the whole server. */
  readonly everyone = new Audience();
  /** Where everyone begins; it is there even when it is empty. */
  readonly lobby: Room;
  /** By UserName.fold. */
  readonly #users = new Map<string, Client>();
  /** Whose name looks like this; see UserName.looks. */
  readonly #skeletons = new Map<string, Client>();
  /** Names that no user may have, by UserName.fold, and what looks like them. */
  readonly #reserved = new Set<string>();
  readonly #reservedSkeletons = new Set<string>();
  /** By RoomName.fold; the lobby always, others while they have members. */
  readonly #rooms = new Map<string, Room>();

  constructor() {
    const name = parseRoomName('lobby');
    if (name === null) throw new Error('the lobby must have a name');
    this.lobby = new Room(name);
    this.#rooms.set(name.fold, this.lobby);
  }

  get userCount(): number {
    return this.#users.size;
  }

  get roomCount(): number {
    return this.#rooms.size;
  }

  /** The user of that name, in whatever case and form it was typed. */
  user(typed: string): Client | undefined {
    // A name typed as it is folded needs no folding.
    return this.#users.get(typed) ?? this.#users.get(foldName(typed));
  }

  addUser(name: UserName, client: Client): void {
    this.#users.set(name.fold, client);
    for (const skeleton of name.skeletons) this.#skeletons.set(skeleton, client);
  }

  removeUser(name: UserName): void {
    this.#users.delete(name.fold);
    for (const skeleton of name.skeletons) this.#skeletons.delete(skeleton);
  }

  /** In use, or too like one that is. */
  isTaken(name: UserName): boolean {
    return name.skeletons.some(
      (skeleton) => this.#skeletons.has(skeleton) || this.#reservedSkeletons.has(skeleton),
    );
  }

  /** Keeps a name from users, and those that look like it. */
  reserve(name: UserName): void {
    this.#reserved.add(name.fold);
    for (const skeleton of name.skeletons) this.#reservedSkeletons.add(skeleton);
  }

  isReserved(name: UserName): boolean {
    return this.#reserved.has(name.fold);
  }

  rooms(): Iterable<Room> {
    return this.#rooms.values();
  }

  /** By RoomName.fold. */
  room(fold: string): Room | undefined {
    return this.#rooms.get(fold);
  }

  /** The room of that name, made if there is none; spelled as by whoever made it. */
  roomFor(name: RoomName): Room {
    const room = this.#rooms.get(name.fold) ?? new Room(name);
    this.#rooms.set(name.fold, room);
    return room;
  }

  /** Forgets a room that nobody is in. */
  removeIfEmpty(room: Room): boolean {
    return room.members.size === 0 && room !== this.lobby && this.#rooms.delete(room.name.fold);
  }

  *userNames(): Iterable<string> {
    for (const { name } of this.#users.values()) if (name !== null) yield name.shown;
  }
}
