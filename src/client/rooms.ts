/** The rooms of a session: those it is in, and those it is entering. One of them is the home room. */
import { foldName } from '../core/text/text.js';
import type { LiveLine } from './request-channel.js';
import { ShownMessages } from './shown-messages.js';

export const LOBBY = 'lobby';

/** A live line that waits. `isRepeated`: it is shown in an earlier room as well. */
export interface HeldLine {
  readonly line: LiveLine;
  readonly isRepeated: boolean;
}

/** A room from the moment the user asks for it until it is left. */
export class Room {
  /** `entering` until the server confirms it; `reading` its history; then `open`: its live lines are shown at once. */
  state: 'entering' | 'reading' | 'open' = 'entering';
  /** Whether the user has left it; the server is told when everything typed before is sent. */
  isLeaving = false;
  /** Live lines that came while the history was read. */
  heldLines: HeldLine[] = [];
  /** The topic that the user has seen; null if there is none. */
  topic: string | null = null;

  readonly name: string;
  /** Null unless the user entered with one, or has set one. */
  key: string | null;
  readonly shown: ShownMessages;

  constructor(name: string, key: string | null, shown: ShownMessages) {
    this.name = name;
    this.key = key;
    this.shown = shown;
  }

  /** What follows FOLLOW or JOIN. */
  get arguments(): string {
    return this.key === null ? this.name : `${this.name} ${this.key}`;
  }

  get isLobby(): boolean {
    return foldName(this.name) === LOBBY;
  }
}

export class Rooms {
  /** By fold, in the order in which they were entered. */
  readonly #rooms = new Map<string, Room>();
  readonly #shown = new Map<string, ShownMessages>();
  /** Folds: the name of the user, and former ones. */
  readonly #ownNames: Set<string>;
  /** The room that a message without the name of a room goes to. A login begins in the lobby. */
  home: Room;

  /** `others` are entered beside the home room. */
  constructor(home: string | null, userName: string, others: readonly string[] = []) {
    this.#ownNames = new Set([foldName(userName)]);
    this.home = this.add(home ?? LOBBY, null);
    for (const room of others) if (this.find(room) === null) this.add(room, null);
  }

  get all(): readonly Room[] {
    return [...this.#rooms.values()];
  }

  has(room: Room): boolean {
    return this.find(room.name) === room;
  }

  find(name: string): Room | null {
    return this.#rooms.get(foldName(name)) ?? null;
  }

  /** Adds a room that is being entered, in place of one of this name that is being left. */
  add(name: string, key: string | null): Room {
    const fold = foldName(name);
    const shown = this.#shown.get(fold) ?? new ShownMessages(this.#ownNames);
    this.#shown.set(fold, shown);
    const room = new Room(name, key, shown);
    this.#rooms.set(fold, room);
    return room;
  }

  /** What was shown of the room is remembered, for a return to it. */
  remove(room: Room): void {
    if (this.has(room)) this.#rooms.delete(foldName(room.name));
  }

  /** The room is new to the user at the next visit. */
  forget(room: Room): void {
    if (!this.has(room)) return;
    this.remove(room);
    this.#shown.delete(foldName(room.name));
  }

  /** The connection is lost: the session does not return to the rooms that the user has left. */
  forgetLeft(): void {
    for (const room of this.all) if (room.isLeaving) this.forget(room);
  }

  /** Before a login: the home room if it was not left, else another one; the lobby where it is wanted in any case. */
  chooseHome(prefersLobby: boolean): Room {
    const lobby = prefersLobby ? this.find(LOBBY) : null;
    const home = this.has(this.home) ? this.home : this.all[0];
    this.home = lobby ?? home ?? this.add(LOBBY, null);
    return this.home;
  }

  /** Another room of the session, to which MSG can go when the home room is left. */
  openRoomBesides(home: Room): Room | null {
    const open = this.all.filter((room) => room !== home && room.state === 'open');
    return open.find(({ isLeaving }) => !isLeaving) ?? open[0] ?? null;
  }

  /** The user has another name from now on. */
  rename(userName: string): void {
    this.#ownNames.add(foldName(userName));
  }
}
