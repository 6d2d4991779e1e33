/** The index of the hub's state: users by name, rooms by name. */
import type { Account } from '../accounts.js';
import type { SessionKey } from '../ports.js';
import type { Client } from './client.js';
import { Audience, Room, Subscribed } from './room.js';
import { type RemoteSession, type Session, sessionsOf } from './session.js';
import { Tally } from '../text/tally.js';
import { parseRoomName, type RoomName, type UserName, withoutDots } from '../text/text.js';

export class Directory {
  /** All users who are logged in, for events to the whole server. */
  readonly everyone = new Audience();
  /** The room of a login. It exists even when it is empty. */
  readonly lobby: Room;
  /** The connections of this node, logged in or not, by SessionKey.no. */
  readonly #clients = new Map<number, Client>();
  /** The sessions of other nodes: by node, by epoch and by SessionKey.no. */
  readonly #elsewhere = new Map<string, Map<number, Map<number, RemoteSession>>>();
  /** By UserName.fold. */
  readonly #users = new Map<string, Session>();
  /** Those with an İ, by `withoutDots` of UserName.fold. */
  readonly #undotted = new Map<string, Session>();
  /** How many users have each of UserName.skeletons: registered names that look alike may be here together. */
  #skeletons = new Tally();
  /** Names that only bots may use, by UserName.fold and by skeleton. */
  readonly #reserved = new Set<string>();
  readonly #reservedSkeletons = new Set<string>();
  /** By RoomName.fold: the lobby, and other rooms while they have members. */
  readonly #rooms = new Map<string, Room>();
  #lastRoomNumber = 0;
  /** Clients that receive a room without being in it, by RoomName.fold; those of mail have keys of their own. */
  readonly #subscribed = new Map<string, Subscribed>();

  constructor() {
    const name = parseRoomName('lobby');
    if (name === null) throw new Error('the lobby must have a name');
    this.lobby = new Room(name, this.#lastRoomNumber);
    this.#rooms.set(name.fold, this.lobby);
  }

  get userCount(): number {
    return this.#users.size;
  }

  get roomCount(): number {
    return this.#rooms.size;
  }

  /** The connections of this node, logged in or not. */
  get clientCount(): number {
    return this.#clients.size;
  }

  addClient(client: Client): void {
    this.#clients.set(client.key.no, client);
  }

  /** The connections of this node, logged in or not. */
  clients(): readonly Client[] {
    return [...this.#clients.values()];
  }

  /** Forgets all sessions and rooms, to make them again from their rows. Clients have left their rooms before. */
  clear(): void {
    this.#clients.clear();
    this.#elsewhere.clear();
    this.#users.clear();
    this.#undotted.clear();
    this.#skeletons = new Tally();
    this.#rooms.clear();
    this.#rooms.set(this.lobby.name.fold, this.lobby);
    this.lobby.clearElsewhere();
    this.everyone.clearElsewhere();
  }

  addRemote(session: RemoteSession): void {
    const { node, epoch, no } = session.key;
    const epochs = this.#elsewhere.get(node) ?? new Map<number, Map<number, RemoteSession>>();
    const sessions = epochs.get(epoch) ?? new Map<number, RemoteSession>();
    this.#elsewhere.set(node, epochs.set(epoch, sessions.set(no, session)));
  }

  removeSession({ key: { node, epoch, no }, local }: Session): void {
    if (local !== null) {
      this.#clients.delete(no);
      return;
    }
    const epochs = this.#elsewhere.get(node);
    const sessions = epochs?.get(epoch);
    sessions?.delete(no);
    if (sessions?.size === 0) epochs?.delete(epoch);
    if (epochs?.size === 0) this.#elsewhere.delete(node);
  }

  /** The session with this key, on whichever node; null if it has ended, or its client has not logged in elsewhere. */
  sessionOf({ node, epoch, no }: SessionKey): Session | null {
    const client = this.#clients.get(no);
    if (client !== undefined && client.key.epoch === epoch && client.key.node === node) return client;
    return this.#elsewhere.get(node)?.get(epoch)?.get(no) ?? null;
  }

  /** The sessions of a node's run: those that are logged in, in the order of their logins, then the others. */
  sessionsOf(node: string, epoch: number): readonly Session[] {
    const isOfRun = ({ key }: Session) => key.epoch === epoch && key.node === node;
    const loggedIn = Array.from(this.everyone.sessions()).filter(isOfRun);
    const others = Array.from(this.#clients.values()).filter(({ name }) => name === null);
    return [...loggedIn, ...others.filter(isOfRun)];
  }

  /** The sessions that are logged in to an account, in the order of their logins. Some may have another name. */
  sessionsWith(account: Account): readonly Session[] {
    const entries = Array.from(sessionsOf(account), (session) => ({
      session,
      entry: this.everyone.entryOf(session),
    }));
    const loggedIn = entries.filter(({ entry }) => entry > 0).toSorted((a, b) => a.entry - b.entry);
    return loggedIn.map(({ session }) => session);
  }

  /** The same by UserName.fold, also once the account is removed. It looks at all sessions. */
  sessionsOfAccount(fold: string): readonly Session[] {
    return Array.from(this.everyone.sessions()).filter(({ account }) => account?.fold === fold);
  }

  /** Finds a user by the fold of a name: the very name, or else the one that differs in the dot of an İ alone. */
  user(fold: string): Session | undefined {
    return this.#users.get(fold) ?? this.#undotted.get(withoutDots(fold));
  }

  /** Finds a user by UserName.fold, the very name alone. */
  userNamed(fold: string): Session | undefined {
    return this.#users.get(fold);
  }

  addUser(name: UserName, session: Session): void {
    this.#users.set(name.fold, session);
    const plain = withoutDots(name.fold);
    if (plain !== name.fold) this.#undotted.set(plain, session);
    for (const skeleton of name.skeletons) this.#skeletons.add(skeleton);
  }

  removeUser(name: UserName): void {
    this.#users.delete(name.fold);
    this.#undotted.delete(withoutDots(name.fold));
    for (const skeleton of name.skeletons) this.#skeletons.remove(skeleton);
  }

  /** Whether the name, or one that looks like it, is in use or reserved. */
  isTaken(name: UserName): boolean {
    return name.skeletons.some(
      (skeleton) => this.#skeletons.has(skeleton) || this.#reservedSkeletons.has(skeleton),
    );
  }

  /** Whether the very name is in use or reserved, whatever looks like it. */
  isInUse({ fold }: UserName): boolean {
    return this.#users.has(fold) || this.#reserved.has(fold);
  }

  /** Reserves a name, and those that look like it, for bots. */
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

  /** The rooms, for a list that is made in slices: those that exist from this call until it is their turn. */
  listRooms(): Iterable<Room> {
    return this.#roomsUpTo(this.#lastRoomNumber);
  }

  /** By RoomName.fold. */
  room(fold: string): Room | undefined {
    return this.#rooms.get(fold);
  }

  /** The room of that name, created if it does not exist. Its spelling is that of the user who created it. */
  roomFor(name: RoomName): Room {
    const known = this.#rooms.get(name.fold);
    if (known !== undefined) return known;
    const room = new Room(name, ++this.#lastRoomNumber);
    room.subscribers = this.#subscribed.get(name.fold) ?? null;
    this.#rooms.set(name.fold, room);
    return room;
  }

  /** The subscribers of a room, which need not exist. */
  subscribersOf(fold: string): Audience {
    const known = this.#subscribed.get(fold);
    if (known !== undefined) return known;
    const subscribers = new Subscribed();
    this.#subscribed.set(fold, subscribers);
    const room = this.#rooms.get(fold);
    if (room !== undefined) room.subscribers = subscribers;
    return subscribers;
  }

  /** The same, if there are any. */
  audienceOf(key: string): Audience | null {
    return this.#subscribed.get(key) ?? null;
  }

  /** Forgets the audience of a room that has no subscribers left. */
  removeIfUnsubscribed(fold: string): void {
    if (this.#subscribed.get(fold)?.members.size !== 0) return;
    this.#subscribed.delete(fold);
    const room = this.#rooms.get(fold);
    if (room !== undefined) room.subscribers = null;
  }

  /** Creates a room again under its number, which is greater than those of all others. */
  restoreRoom(name: RoomName, number: number): Room {
    const known = this.#rooms.get(name.fold);
    if (known !== undefined) return known;
    this.#lastRoomNumber = number - 1;
    return this.roomFor({ shown: name.shown, fold: name.fold });
  }

  /** Rooms that are created from here on have greater numbers: invitations to earlier rooms of their names are void. */
  skipRoomNumbers(upTo: number): void {
    this.#lastRoomNumber = Math.max(this.#lastRoomNumber, upTo);
  }

  /** Removes a room that has no members. Returns whether it was removed. */
  removeIfEmpty(room: Room): boolean {
    return room.size === 0 && room !== this.lobby && this.#rooms.delete(room.name.fold);
  }

  *#roomsUpTo(lastNumber: number): Generator<Room> {
    for (const room of this.#rooms.values()) {
      // Rooms are in the order of their creation.
      if (room.number > lastNumber) return;
      yield room;
    }
  }

  *userNames(): Iterable<string> {
    for (const { name } of this.#users.values()) if (name !== null) yield name.shown;
  }
}
