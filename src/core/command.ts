/** Every command that the hub accepts, from any dialect. Secrets in it are checked already. */
import type { Extras, Live } from './message.js';
import type { MaskList, ModeChange, Status } from './modes.js';
import type { Styled } from './text/styles.js';
import type { Mask } from './text/mask.js';
import type { RoomName, Text, TypedName, UserName } from './text/text.js';

/**
 * The fields of each command. `room` of a command that enters or leaves a room is null if the
 * argument is not a valid name of a room.
 */
interface CommandFields {
  /** As the unverified command of the same name. */
  readonly login: {
    readonly name: UserName | null;
    readonly room: RoomName | null;
    readonly closeOnRefusal: boolean;
    readonly canPromptPassword: boolean;
    readonly proof: Proof;
    /** A secret was given that nothing needs. */
    readonly secretIgnored?: boolean | undefined;
    readonly roamer?: Roamer | undefined;
    readonly resume?: Resume | undefined;
  };
  /** Refuses a name that a login could not take, whatever secret comes with it. Nothing is reserved. */
  readonly 'check-name': { readonly name: UserName };
  readonly ping: { readonly token: string };
  readonly quit: { readonly reason?: Text | undefined };
  /**
   * Changes the name of the session; with a proof, it logs in to the account of that name. As the unverified command.
   */
  readonly nick: { readonly name: UserName | null; readonly proof: Proof };

  /** Logs in to an account, whatever the name of the session. Before the login it counts for the login. */
  readonly authenticate: Identity;
  /** The same, in its place in the order. */
  readonly 'change-account': Identity;

  /** Sends a message to a room. */
  readonly say: InRoom & { readonly text: Text; readonly extras?: Extras | undefined };
  /** The same with several lines, which stay together. */
  readonly paste: InRoom & { readonly texts: readonly Text[]; readonly extras?: Extras | undefined };
  /** Sends an action of the user: `* bob waves`. */
  readonly me: InRoom & { readonly text: Text; readonly live?: Live | undefined };
  /** Changes how others see the user. What is left out stays. */
  readonly describe: {
    readonly realname?: Text | undefined;
    readonly isBot?: boolean | undefined;
    readonly isInvisible?: boolean | undefined;
    /** Gives up the rights of an operator until it logs in to an account again. */
    readonly resigns?: boolean | undefined;
  };
  /** Deletes a message of a room. */
  readonly delete: InRoom & { readonly id: number; readonly reason: Text };
  /** Deletes a direct message that the user has sent to this one. */
  readonly 'delete-direct': { readonly who: TypedName; readonly id: number; readonly reason: Text };
  /** Marks the user as away; an empty text ends that. */
  readonly away: { readonly text: Text };
  /** Sends a direct message. */
  readonly tell: {
    readonly to: Text;
    readonly text: Text;
    /** Further lines, which stay together with the first. */
    readonly more?: readonly Text[] | undefined;
    readonly extras?: Extras | undefined;
  };
  /** Sends something that is shown as it comes, to users of IRC alone, and is not a message. */
  readonly signal: NamedRoom & {
    /** Null for one to the room. */
    readonly who: TypedName | null;
    /** Only to members with this status, or a higher one. */
    readonly status: keyof Status | null;
    readonly signal: Signal;
  };
  /** `knownKeyHash` is the room's key hash if the right key was given. */
  readonly join: { readonly room: RoomName | null; readonly knownKeyHash: string | null };
  /** Returns to the lobby from the current room. */
  readonly leave: NoFields;
  /** Enters a room without leaving another. A client without a current room has one then. */
  readonly follow: { readonly room: RoomName | null; readonly knownKeyHash: string | null };
  /** Leaves a room. Only a roamer may leave the current one, or its last one. */
  readonly unfollow: { readonly room: RoomName | null; readonly reason?: Text | undefined };

  /** Describes a user that is online, or was within the hour. */
  readonly whois: { readonly who: TypedName };
  /** Shows users who were online under a name, the last one first. */
  readonly departures: { readonly who: TypedName; readonly limit: number };
  /** Watches users: tells when they come and go; `isExtended`: also of changes. */
  readonly watch: {
    readonly action: 'add' | 'remove' | 'clear' | 'list' | 'status';
    readonly who: readonly TypedName[];
    readonly isExtended: boolean;
  };
  /** Shows when a user was last online. */
  readonly seen: { readonly who: TypedName };
  /** Shows the topic of a room. */
  readonly 'show-topic': InRoom;
  /** Lists the users that the user ignores. */
  readonly ignores: NoFields;
  /** Lists the users of the server, or of one room; `own`: of the room `room`, which the user must be in. */
  readonly who: InRoom & { readonly of: RoomName | 'server' | 'own' | null };
  /** Lists the rooms; `all`: also those without members, and each with its details. */
  readonly rooms: { readonly all: boolean };
  /** Tells which of these users are online. */
  readonly present: { readonly who: readonly TypedName[] };
  /** Counts users and rooms. */
  readonly census: NoFields;
  /** Lists the members of a room with all that is shown of them. `style` is the dialect's own. */
  readonly members: NamedRoom & { readonly style: string; readonly operatorsOnly?: boolean | undefined };
  /** The same for users that a mask matches in their name, user, host or real name. */
  readonly users: { readonly mask: Mask; readonly style: string; readonly operatorsOnly: boolean };
  readonly history: InRoom & { readonly query: HistoryQuery; readonly withoutEmpty?: boolean | undefined };
  /** Lists the rooms of the user whose last message is of a time between these two. */
  readonly 'history-targets': { readonly from: number; readonly to: number; readonly limit: number };
  /** Finds messages of a room with all of these words, folded as `wordsOf` folds them. */
  readonly search: InRoom & { readonly words: readonly string[] };
  readonly bans: NoFields;
  /** Tells that the user has read a room up to a message. */
  readonly read: InRoom & { readonly id: number };
  /** The same up to a time, in milliseconds since 1970; null asks how far it has. */
  readonly mark: InRoom & { readonly time: number | null };
  /** The same of what another user and this one say to each other. */
  readonly 'mark-user': { readonly who: TypedName; readonly time: number | null };

  /** Registers the name in use. */
  readonly register: { readonly passwordHash: string };
  /** Registers a name before the login, which it then counts for. */
  readonly 'register-name': { readonly name: UserName; readonly passwordHash: string };
  /** `knownHash` is the hash of the password that was given. */
  readonly 'change-password': { readonly knownHash: string; readonly passwordHash: string };
  readonly unregister: { readonly knownHash: string };
  /** Gives the user a token for its registered name: `secret` is new and random, `hash` its hash. */
  readonly 'open-session': { readonly secret: string; readonly id: string; readonly hash: string };
  /** Revokes the token that the user was given last, or else logged in with. */
  readonly 'close-session': NoFields;

  readonly kick: { readonly who: TypedName; readonly reason: Text };
  /** `who` may be an address or a block of addresses. Without minutes the ban is permanent. */
  readonly ban: { readonly who: TypedName; readonly minutes: number | null; readonly reason: Text };
  readonly unban: { readonly who: TypedName };
  readonly mute: { readonly who: TypedName; readonly minutes: number | null };
  readonly unmute: { readonly who: TypedName };
  /** Sends a text to the users who asked for such texts of operators. */
  readonly wallops: { readonly text: Text };
  /** Sends an announcement to all users. */
  readonly announce: { readonly text: Text };
  readonly ignore: { readonly who: TypedName };
  readonly unignore: { readonly who: TypedName };
  /** Locks, unlocks or describes a room. */
  readonly lock: InRoom & { readonly keyHash: string; readonly key: string };
  readonly unlock: InRoom;
  readonly topic: InRoom & { readonly text: Text; readonly styled?: Styled | undefined };
  /** Changes the modes of a room and the status of its members. A key is hashed already. */
  readonly mode: NamedRoom & { readonly changes: readonly ModeChange[] };
  /** Shows the modes of a room, or one of its lists. */
  readonly modes: NamedRoom & { readonly list: MaskList | null };
  readonly invite: NamedRoom & { readonly who: TypedName };
  /** Lists the rooms that the user is invited to. */
  readonly invitations: NoFields;
  /** Puts a member out of a room. */
  readonly 'put-out': NamedRoom & { readonly who: TypedName; readonly reason: Text };
  /** Gives a room a founder, if it has none. */
  readonly found: InRoom & { readonly who: TypedName };
}

type NoFields = Readonly<Record<never, never>>;

/** For a command about a room that the user is in; null = the current one. */
interface InRoom {
  readonly room: RoomName | null;
}

/** For a command about any room; null if what was typed is not a name. */
interface NamedRoom {
  readonly room: RoomName | null;
}

export type CommandKind = keyof CommandFields;

export type CommandOf<Kind extends CommandKind> = {
  [K in Kind]: { readonly kind: K } & CommandFields[K];
}[Kind];

export type Command = CommandOf<CommandKind>;

/**
 * A session that is in the rooms of its own choice, in none at first: IRC's. All others are in the lobby where they are
 * in no other room.
 */
export interface Roamer {
  /** The rooms that it enters at its login. */
  readonly rooms: readonly RoomName[];
  /** See `Who`. */
  readonly user: string;
  readonly realname: Text;
  readonly isBot: boolean;
  /** Lists of users leave it out for those that share no room with it. */
  readonly isInvisible: boolean;
  /** How the client is shown the members of a room that it enters, after the topic; null: neither is shown. */
  readonly style: string | null;
}

/** An account that a client proved to own. */
export interface Identity {
  /** UserName.fold */
  readonly account: string;
  readonly proof: Proof;
}

export interface Signal {
  /** Tags alone; a request of CTCP or its answer; a message to members with a status, in one of its forms. */
  readonly kind: 'tags' | 'ctcp' | 'ctcp-reply' | 'message' | 'action' | 'notice';
  readonly text: string;
  /** As IRC writes them; '' for none. */
  readonly tags: string;
}

/** The result of a checked secret: the password with this hash, or the token with this id. */
export type Proof =
  | { readonly kind: 'none' }
  | { readonly kind: 'password'; readonly hash: string }
  | { readonly kind: 'token'; readonly id: string };

/** With it, an unregistered user takes back its name from its own connection, dead or alive. */
export interface Resume {
  /** The value for this login, which the client alone is told, and its hash. */
  readonly value: string;
  readonly hash: string;
  /** The hash of the value that the client has shown; null if it has shown none. */
  readonly shownHash: string | null;
}

/** The last `limit` messages, or those next to an id, the id itself excluded. */
export type HistoryQuery =
  | { readonly kind: 'latest'; readonly limit: number }
  | { readonly kind: 'after'; readonly id: number; readonly limit: number }
  | { readonly kind: 'before'; readonly id: number; readonly limit: number }
  /** The messages next to a message or a time. Only `around` includes that message itself. */
  | {
      readonly kind: 'next-to';
      readonly way: 'after' | 'before' | 'around' | 'newest-after';
      readonly bound: Bound;
      readonly limit: number;
    }
  /** Those between two, both excluded: the ones next to the first bound. */
  | { readonly kind: 'between'; readonly from: Bound; readonly to: Bound; readonly limit: number };

/** A message, or a time in milliseconds since 1970. */
export type Bound =
  { readonly kind: 'id'; readonly id: number } | { readonly kind: 'time'; readonly at: number };
