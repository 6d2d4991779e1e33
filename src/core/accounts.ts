/**
 * What outlives a session: whose a name is, who may keep order, who is shut out, which rooms are kept for whom, what
 * waits for whom. The hub asks from memory and never waits. What it tells is stored when the call returns; a call that
 * cannot store throws, and has changed nothing.
 */
import type { RoomName, Text, UserName } from './text/text.js';

/** A registered name. The object stays the same while the name is registered. */
export interface Account {
  /** UserName.fold */
  readonly fold: string;
  /** As it was registered. */
  readonly shown: string;
  /** What is kept of its password. A new password is another. */
  readonly passwordHash: string;
  readonly isOperator: boolean;
  /** UserName.fold of those whom it does not want to hear. */
  readonly ignores: ReadonlySet<string>;
}

export interface Users {
  account(fold: string): Account | undefined;
  /** By a name as typed. */
  find(typed: string): Account | undefined;
  /** Whether a registered name is, or looks like, this one. */
  isLike(name: UserName): boolean;
  register(name: UserName, passwordHash: string, at: number): Account;
  changePassword(fold: string, passwordHash: string): void;
  unregister(fold: string): void;
  ignore(fold: string, other: string): void;
  unignore(fold: string, other: string): void;
  /** The id of the token that this secret is, if it is one of this name's and still good. */
  tokenFor(fold: string, secret: string, at: number): string | null;
  hasToken(id: string): boolean;
}

/** Who is shut out or silenced, until when, and by whom. */
export interface Ban {
  readonly kind: 'banned-name' | 'banned-address' | 'muted';
  /** UserName.fold, or an address or block as `blockOf` writes it. */
  readonly target: string;
  /** As people read it. */
  readonly shown: string;
  /** Milliseconds since 1970; Infinity for ever. */
  readonly until: number;
  readonly by: string;
  readonly reason: string;
}

export interface Bans {
  add(ban: Ban): void;
  remove(kind: Ban['kind'], target: string): void;
  has(kind: Ban['kind'], target: string): boolean;
  bans(at: number): readonly Ban[];
  isNameBanned(fold: string, at: number): boolean;
  isAddressBanned(address: string, at: number): boolean;
  /** Whether a block, as `blockOf` writes it, holds this address. */
  covers(block: string, address: string): boolean;
  /** An address, or a block of them, in the one way it is written here; null for what is none. */
  blockOf(typed: string): string | null;
  /** 0 if that name may speak. */
  mutedUntil(fold: string): number;
}

/** A room that somebody founded, or that was locked or given a topic. */
export interface RegisteredRoom {
  readonly name: RoomName;
  /** UserName.fold; null if its founder is registered no longer. */
  readonly founder: string | null;
  /** What is kept of its key; null if it is open. */
  readonly keyHash: string | null;
  readonly topic: string | null;
}

export interface RegisteredRooms {
  room(fold: string): RegisteredRoom | undefined;
  /** Stored with the next `Accounts.commit`. Does nothing for a room that has a founder. */
  found(room: RoomName, founder: string): void;
  lock(room: RoomName, keyHash: string | null): void;
  setTopic(room: RoomName, topic: Text): void;
}

/** A direct message that waits for someone who is away. */
export interface OfflineMessage {
  readonly id: number;
  readonly at: number;
  readonly from: string;
  readonly text: string;
}

/** Where a user's last session was, and what of it was shown. */
export interface ReadMarker {
  readonly room: RoomName;
  /** The id of the last message that could be seen there. */
  readonly id: number;
  readonly at: number;
  /** The session goes on. */
  readonly isHere: boolean;
}

export interface OfflineStore {
  /** `full` keeps nothing. */
  add(fold: string, mail: OfflineMessage): 'kept' | 'full';
  waitingFor(fold: string, at: number): readonly OfflineMessage[];
  /** They need not be kept any longer, up to this id. */
  removeDelivered(fold: string, lastId: number): void;
  /** The highest id of what is kept, 0 if nothing is. */
  lastId(): number;
  readMarker(fold: string): ReadMarker | undefined;
  /** Stored with the next `Accounts.commit`. */
  setReadMarker(fold: string, mark: ReadMarker): void;
}

export interface Accounts {
  readonly users: Users;
  readonly bans: Bans;
  readonly rooms: RegisteredRooms;
  readonly offline: OfflineStore;
  /** Stores what was only noted. What cannot be stored is tried again with the next; it is no one's to wait for. */
  commit(): void;
}
