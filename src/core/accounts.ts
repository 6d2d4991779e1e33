/**
 * The port for data that outlives a session: registered names, roles, bans, registered rooms and offline messages. The
 * hub reads it from memory and never waits. A change takes effect in memory at once, and is stored with the turn; if that
 * fails, it is undone.
 */
import type { Form } from './message.js';
import type { Modes } from './modes.js';
import type { RoomName, Text, UserName } from './text/text.js';

/** A registered name. The same object stands for it as long as it is registered. */
export interface Account {
  /** UserName.fold */
  readonly fold: string;
  /** The name as it was registered. */
  readonly shown: string;
  /** Milliseconds since 1970. */
  readonly registeredAt: number;
  /** The highest id of a message before it was registered; null if it is not known. */
  readonly lastIdBefore: number | null;
  /** Changes with the password. */
  readonly passwordHash: string;
  readonly isOperator: boolean;
  /** UserName.fold of the users that it ignores. */
  readonly ignores: ReadonlySet<string>;
}

/** A token as it is stored. */
export interface TokenRow {
  readonly id: string;
  /** UserName.fold of its owner. */
  readonly fold: string;
  /** SHA-256 of the token. A token has 256 random bits, so a slow hash would not make it safer. */
  readonly hash: string;
  /** Milliseconds since 1970; null for a token that does not expire. */
  readonly createdAt: number;
  readonly expiresAt: number | null;
  /** 1 for a token of SESSION, which is renewed by each use; else 0. */
  readonly isPage: number;
}

export interface Users {
  account(fold: string): Account | undefined;
  /** Finds an account by the fold of a name: the very name, or else the one that differs in the dot of an İ alone. */
  findFolded(fold: string): Account | undefined;
  /** Whether a registered name equals this one or looks like it. */
  isLike(name: UserName): boolean;
  /** `lastId` is the highest id of a message so far. */
  register(name: UserName, passwordHash: string, at: number, lastId?: number): Account;
  changePassword(fold: string, passwordHash: string): void;
  unregister(fold: string): void;
  ignore(fold: string, other: string): void;
  unignore(fold: string, other: string): void;
  /** The token with this secret and the fold of its owner, unless it has expired. */
  tokenWith(secret: string, at: number): { readonly id: string; readonly fold: string } | null;
  /** The id of the token with this secret, if the name has such a token and it has not expired; else null. */
  tokenFor(fold: string, secret: string, at: number): string | null;
  hasToken(id: string): boolean;
  token(id: string): TokenRow | undefined;
  /** The tokens of SESSION of a name; the one that was used longest ago comes first. */
  pageTokens(fold: string): readonly TokenRow[];
  renewToken(id: string, expiresAt: number): void;
  setOperator(fold: string, isOperator: boolean): void;
  addToken(token: TokenRow): void;
  revokeToken(id: string): void;
  /** Revokes all tokens of a name. */
  revokeTokens(fold: string): void;
}

/** A ban or a mute. */
export interface Ban {
  readonly kind: 'banned-name' | 'banned-address' | 'muted';
  /** UserName.fold, or an address or block as `blockOf` writes it. */
  readonly target: string;
  /** The target as it is shown. */
  readonly shown: string;
  /** Milliseconds since 1970; Infinity = permanent. */
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
  /** Makes a test whether a block, as `blockOf` writes it, contains an address. */
  addressTest(block: string): (address: string) => boolean;
  /** Whether a block, as `blockOf` writes it, contains an address of this machine. */
  holdsLoopback(block: string): boolean;
  /** The canonical form of an address or block; null if the text is neither. */
  blockOf(typed: string): string | null;
  /** When the mute of a name ends; -Infinity if it is not muted. */
  mutedUntil(fold: string): number;
}

/** A room that has a founder, or that was locked or given a topic. */
export interface RegisteredRoom {
  readonly name: RoomName;
  /** UserName.fold; null if it has no founder, or its founder has unregistered. */
  readonly founder: string | null;
  /** The hash of its key; null if the room is open. */
  readonly keyHash: string | null;
  readonly topic: string | null;
  /** Who set the topic, and when, in milliseconds since 1970; null if it is not known. */
  readonly topicBy: string | null;
  readonly topicAt: number | null;
  /** When the room that was founded began, in milliseconds since 1970; null if it is not known. */
  readonly madeAt: number | null;
  /** Null: as every room has them at first. */
  readonly modes: Modes | null;
  /** It has no founder, and all of this ends with the room. */
  readonly isTemporary: boolean;
}

/** What is set of a room, by whom and when; `isTemporary` counts for a room that is not registered yet. */
export interface TopicSetting {
  /** Null removes it. */
  readonly topic: Text | null;
  readonly by: string;
  readonly at: number;
  readonly isTemporary?: boolean;
}

export interface RegisteredRooms {
  room(fold: string): RegisteredRoom | undefined;
  all(): Iterable<RegisteredRoom>;
  /** The rooms that a name founded. */
  foundedBy(founder: string): readonly RegisteredRoom[];
  /** Makes a name the founder, unless the room has one. `madeAt`: when the room began. */
  found(room: RoomName, founder: string, madeAt?: number | null): void;
  lock(room: RoomName, keyHash: string | null, isTemporary?: boolean): void;
  setTopic(room: RoomName, setting: TopicSetting): void;
  setModes(room: RoomName, modes: Modes | null, isTemporary?: boolean): void;
  /** Forgets what is temporary, of a room that has ended; without one, of all rooms. */
  forgetTemporary(fold?: string): void;
}

/** A direct message for an offline user. */
export interface OfflineMessage {
  readonly id: number;
  readonly at: number;
  readonly from: string;
  readonly text: string;
  readonly form?: Form | undefined;
}

/** The room of a user's last session, and the last message shown there. */
export interface ReadMarker {
  readonly room: RoomName;
  /** The id of the last message that was shown. */
  readonly id: number;
  readonly at: number;
  /** The session has not ended. */
  readonly isHere: boolean;
}

export interface OfflineStore {
  /** Whether the mailbox holds `count` more messages: in all, and of a sender, by UserName.fold. */
  hasSpaceFor(fold: string, sender: string, count: number, maxFromSender: number): boolean;
  /**
   * Stores a message, with the UserName.fold of its author's account. `full`: the mailbox holds too many; nothing is
   * stored.
   */
  add(fold: string, message: OfflineMessage, account?: string): 'kept' | 'full';
  waitingFor(fold: string): readonly OfflineMessage[];
  /**
   * The message with this id, the UserName.fold of its receiver and that of its author's account, which is null if it has
   * none, or if that is not known; null if no message is stored.
   */
  find(id: number): {
    readonly to: string;
    readonly account: string | null;
    readonly message: OfflineMessage;
  } | null;
  /** Removes one message. */
  remove(fold: string, id: number): void;
  /** Removes the messages up to this id. */
  removeDelivered(fold: string, lastId: number): void;
  /** The highest id that is stored, 0 if none is. */
  lastId(): number;
  readMarker(fold: string): ReadMarker | undefined;
  /** A marker that cannot be stored is tried again with the next turn; no client waits for it. */
  setReadMarker(fold: string, mark: ReadMarker): void;
}

/** Hosts that stand for addresses. */
export interface Cloak {
  readonly key: string;
  /** Whether the servers of a cluster have agreed on the key. */
  readonly isAgreed: boolean;
  /** Takes the key of the servers of a cluster. */
  agree(key: string): void;
  /** The same for the same address. An IPv6 /64 is one address. */
  hostOf(address: string): string;
}

/** A webhook, which posts in one room under one name, as it is stored. */
export interface HookRow {
  readonly id: string;
  /** SHA-256 of its secret, which has 256 random bits. */
  readonly hash: string;
  /** RoomName.shown and RoomName.fold. */
  readonly room: string;
  readonly roomFold: string;
  /** UserName.shown. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

export interface Hooks {
  /** By its id. */
  hook(id: string): HookRow | undefined;
  hookFor(secret: string): HookRow | undefined;
  /** Whether the name, or one that looks like it, is that of a hook: no user can take it. */
  keepsName(name: UserName): boolean;
  add(hook: HookRow): void;
  remove(id: string): void;
}

/** The result of a post that was made with a key. */
export interface KeyedPost {
  /** Who made it: another one's same key is another key. */
  readonly who: string;
  readonly key: string;
  /** Of what was posted. */
  readonly hash: string;
  /** As in Posted; `isKept` is 0 or 1. */
  readonly at: number;
  readonly id: number;
  readonly lastId: number;
  readonly name: string;
  readonly target: string;
  readonly isKept: number;
}

export interface PostKeys {
  /** The post with this key, unless it is more than a day older than `at`. */
  find(who: string, key: string, at: number): KeyedPost | undefined;
  add(post: KeyedPost): void;
}

/** The newest message of a room that a user has read, and its time, or that of reading it, in milliseconds since 1970. */
export interface ReadPosition {
  readonly id: number;
  readonly at: number;
}

/** How far registered users have read, by UserName.fold and RoomName.fold. */
export interface ReadPositions {
  of(fold: string, room: string): ReadPosition | undefined;
  /** Moves a position forward; neither its id nor its time goes back. Returns the new position; null if it is as before. */
  advance(fold: string, room: string, position: ReadPosition): ReadPosition | null;
}

export interface Accounts {
  readonly users: Users;
  readonly cloak: Cloak;
  readonly bans: Bans;
  readonly rooms: RegisteredRooms;
  readonly hooks: Hooks;
  readonly offline: OfflineStore;
  readonly postKeys: PostKeys;
  readonly readPositions: ReadPositions;
  /** The last message of each room that a registered user was shown before it left the room. */
  readonly leftPositions: ReadPositions;
}
