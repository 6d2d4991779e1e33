/**
 * Every event that the hub sends. The text of an event depends on the event alone, never on its reader, so that
 * one encoding serves every reader of the same dialect.
 */
import type { OfflineMessage, Ban } from './accounts.js';
import type { Action } from './action.js';
import type { CommandKind, Signal } from './command.js';
import type { Form, Live, Message, PastePlace } from './message.js';
import type { Styled } from './text/styles.js';
import type { MaskEntry, MaskList, ModeChange, Modes, Status } from './modes.js';
import type { CloseReason, Refusal } from './reasons.js';

export type HubEvent =
  // To a room.
  | {
      readonly kind: 'said';
      readonly message: Message;
      readonly by: Who;
      /** Missing for a text alone. */
      readonly live?: Live | undefined;
      /** The message is a line of a paste. */
      readonly paste?: PastePlace | undefined;
    }
  /**
   * Something that is not stored, to a room or a user. Users of IRC alone are shown it, except for a message to members
   * with a status.
   */
  | {
      readonly kind: 'signal';
      readonly at: number;
      readonly by: Who;
      /** The room, or the user. */
      readonly to: string;
      readonly isRoom: boolean;
      readonly status: keyof Status | null;
      readonly signal: Signal;
    }
  /** `how`: a command to enter the room, or a login. */
  | {
      readonly kind: 'joined';
      readonly at: number;
      readonly name: string;
      readonly room: string;
      readonly lobby: boolean;
      readonly how: 'moved' | 'login';
      readonly by: Who;
      readonly awayText: string | null;
    }
  /** `how`: a command to leave the room, or the end of the session, of which users are told by `gone`. */
  | {
      readonly kind: 'left';
      readonly at: number;
      readonly name: string;
      readonly room: string;
      readonly how: 'moved' | 'ended';
      /** Whether the arrival was announced to interactive sessions; otherwise the end is not announced either. */
      readonly isAnnounced: boolean;
      readonly by: Who;
      /** Who put the user out of the room; null if it left by itself. */
      readonly forced: Who | null;
      /** The user's own words, or of the one who put it out; '' for none. */
      readonly reason: string;
    }
  /** The end of a session, to the members of all its rooms, to each once. */
  | {
      readonly kind: 'gone';
      readonly at: number;
      readonly name: string;
      readonly by: Who;
      readonly why: CloseReason;
      /** The operator who ended it, for kicks and bans; else empty. */
      readonly operator: string;
      /** The words of the user who left, or of that operator; '' for none. */
      readonly reason: string;
    }
  /** The same, for interactive sessions: to the rooms that were told of the arrival. */
  | { readonly kind: 'departed'; readonly at: number; readonly name: string }
  /**
   * These members of a room were users of a server that the others have lost. On a large server it takes the place of
   * `gone`, `departed` and `disconnected` of each, so that a room is told once. A dialect whose clients keep a list of the
   * members tells them of each, or of `split`.
   */
  | {
      readonly kind: 'server-lost';
      readonly at: number;
      readonly room: string;
      readonly users: readonly Who[];
    }
  /** The same users, each once to the members of all its rooms. */
  | { readonly kind: 'split'; readonly at: number; readonly users: readonly Who[] }
  /** Sent 2 s after a login that is still in its room, for interactive sessions: short visits are not shown. */
  | { readonly kind: 'arrived'; readonly at: number; readonly name: string; readonly room: string }
  | {
      readonly kind: 'notice';
      readonly at: number;
      readonly room: string | null;
      readonly notice: Notice;
      /** Who did it; of a rename as it was before. */
      readonly by: Who;
    }
  /**
   * What other dialects do not show, to the members of all rooms of the user, to each once. `text`: null if the user is
   * back, or has no account any more. `logged-out` is for the user itself, whose account another session has removed.
   */
  | {
      readonly kind: 'changed';
      readonly at: number;
      readonly by: Who;
      readonly what: 'away' | 'realname' | 'account' | 'logged-out';
      readonly text: string | null;
    }
  /** The modes of a room, or the status of members. `by`: null if the server did it. The changes made a difference. */
  | {
      readonly kind: 'moded';
      readonly at: number;
      readonly by: Who | null;
      readonly room: string;
      readonly changes: readonly ModeChange[];
    }
  /** Messages were deleted: this one, and with a paste those that follow it. */
  | {
      readonly kind: 'deleted';
      readonly at: number;
      readonly by: Who;
      readonly room: string;
      readonly id: number;
      readonly count: number;
      /** '' for none. */
      readonly reason: string;
    }
  /** The same of a direct message, to its receiver. */
  | {
      readonly kind: 'direct-deleted';
      readonly at: number;
      readonly by: Who;
      readonly to: string;
      readonly id: number;
      readonly count: number;
      readonly reason: string;
    }
  /** To the invited user, and to the room. */
  | {
      readonly kind: 'invited';
      readonly at: number;
      readonly by: Who;
      readonly to: string;
      readonly room: string;
      /** The reader is the invited user. */
      readonly isForReader: boolean;
    }
  // To everyone on the server.
  | { readonly kind: 'connected'; readonly at: number; readonly name: string }
  | { readonly kind: 'disconnected'; readonly at: number; readonly name: string; readonly why: CloseReason }
  /** A day begins in the server's time zone. */
  | { readonly kind: 'new-day'; readonly at: number }
  /** For clients that want such texts of operators. */
  | { readonly kind: 'wallops'; readonly at: number; readonly by: Who; readonly text: string }
  | { readonly kind: 'announced'; readonly at: number; readonly name: string; readonly text: string }
  // To one client. A long reply is sent in pages; `last` marks the last one.
  | {
      readonly kind: 'told';
      readonly id: number;
      readonly at: number;
      readonly from: string;
      readonly to: string;
      readonly text: string;
      readonly by: Who;
      readonly form?: Form | undefined;
      readonly live?: Live | undefined;
      /** Of a message of several lines. */
      readonly paste?: PastePlace | undefined;
    }
  /** `isOffline`: the message is stored. `awayText`: the text of AWAY; null if the user is not away. */
  | {
      readonly kind: 'delivered';
      readonly id: number;
      readonly at: number;
      readonly to: string;
      readonly isOffline: boolean;
      readonly awayText: string | null;
    }
  /** Direct messages that arrived while the user was offline. */
  | {
      readonly kind: 'mail';
      readonly at: number;
      readonly to: string;
      readonly mail: readonly OfflineMessage[];
      /** How many this page and all others hold. */
      readonly inAll: number;
      readonly first: boolean;
    }
  | {
      readonly kind: 'logged-in';
      readonly at: number;
      readonly name: string;
      /** '' if it is in no room. */
      readonly room: string;
      readonly by: Who;
      readonly isOperator: boolean;
      /** For a session that is in the rooms of its own choice; else null. */
      readonly census: Census | null;
      /** A secret was given and ignored: the name is not registered. */
      readonly secretIgnored?: boolean | undefined;
      /** Takes the name back at a later login; no observer is shown it. */
      readonly resumeValue?: string | undefined;
    }
  /** The client is in this room now; with `isNew` false it was in it already. */
  | {
      readonly kind: 'entered';
      readonly at: number;
      readonly room: string;
      readonly by: Who;
      readonly isNew: boolean;
    }
  /** Users whom the client watches. */
  | {
      readonly kind: 'watched';
      readonly at: number;
      readonly online: readonly Who[];
      readonly offline: readonly string[];
      readonly isReply: boolean;
    }
  /** The client, which is `target`, was put out of a room. */
  | {
      readonly kind: 'put-out';
      readonly at: number;
      readonly room: string;
      readonly by: Who;
      readonly target: Who;
      /** '' for none. */
      readonly reason: string;
    }
  /** The client has left a room that it followed. */
  | {
      readonly kind: 'exited';
      readonly at: number;
      readonly room: string;
      readonly by: Who;
      /** The user's own words; '' for none. */
      readonly reason: string;
    }
  /** Sent on entering a room: its members, and its last messages or the missed ones. */
  | {
      readonly kind: 'recap';
      readonly at: number;
      readonly room: string;
      /** '' if the room has no topic. */
      readonly topic: string;
      readonly others: readonly string[];
      readonly othersInAll: number;
      /** Set when missed messages replace the room's last ones. */
      readonly missed: Missed | null;
      readonly messages: readonly Message[];
      /** When the last message of the page before was sent; missing on the first page. */
      readonly previousAt?: number | undefined;
      readonly first: boolean;
      readonly last: boolean;
    }
  /** What the client said is stored. `ids`: those of the first and the last message; null for a paste without lines. */
  | {
      readonly kind: 'stored';
      readonly at: number;
      readonly room: string;
      readonly ids: { readonly first: number; readonly last: number } | null;
      readonly isPaste: boolean;
    }
  /** The token that the client asked for; no observer is shown it. */
  | { readonly kind: 'page-token'; readonly at: number; readonly token: string; readonly expiresAt: number }
  /** The position of the user in the room: the answer to READ and MARKREAD, and shown on entering. */
  | {
      readonly kind: 'marked';
      readonly at: number;
      readonly room: string;
      /** `room` is another user, and it is about what they say to each other. */
      readonly isUser: boolean;
      /** The time of the newest message that the user has read; null if that is not known. */
      readonly readAt: number | null;
    }
  /** Another session of the account has read the room up to this message; `at` is the time of the message. */
  | {
      readonly kind: 'read';
      readonly at: number;
      readonly room: string;
      readonly isUser: boolean;
      readonly id: number;
    }
  /** The change is made and stored. */
  | {
      readonly kind: 'done';
      readonly at: number;
      readonly action: Action;
      /** Who did it; of a rename as it was before. */
      readonly by: Who;
    }
  | {
      readonly kind: 'roster';
      readonly at: number;
      /** Each with its room, or null where that is hidden from the reader. */
      readonly users: readonly { readonly name: string; readonly room: string | null }[];
      readonly room: string | null;
      /** How many this page and those before it hold. */
      readonly count: number;
      readonly last: boolean;
    }
  /** The members of a room, or all users that a mask matches. */
  | {
      readonly kind: 'members';
      readonly at: number;
      /** Null for a list of all users, and for a room that the asker may not see. */
      readonly room: { readonly name: string; readonly isSecret: boolean } | null;
      /** The room or the mask, as it was asked for. */
      readonly of: string;
      /** The dialect's own word for the form of the answer, as the command had it. */
      readonly style: string;
      readonly users: readonly ListedUser[];
      readonly first: boolean;
      readonly last: boolean;
    }
  | {
      readonly kind: 'rooms';
      readonly at: number;
      readonly rooms: readonly {
        readonly name: string;
        readonly members: number;
        /** '' if it has none. */
        readonly topic: string;
        /** When its topic was set, and its first member entered; null if that is not known. */
        readonly topicAt: number | null;
        readonly madeAt: number | null;
        /** Null unless they were asked for. */
        readonly details: RoomDetails | null;
      }[];
      readonly last: boolean;
    }
  | {
      readonly kind: 'history';
      readonly at: number;
      readonly messages: readonly Message[];
      readonly previousAt?: number | undefined;
      readonly last: boolean;
    }
  /** The result of a search. While the search is running, pages are empty. */
  | {
      readonly kind: 'found';
      readonly at: number;
      readonly messages: readonly Message[];
      readonly previousAt?: number | undefined;
      /** How many this page and those before it hold. */
      readonly count: number;
      readonly last: boolean;
    }
  | {
      readonly kind: 'bans';
      readonly at: number;
      readonly bans: readonly Ban[];
      readonly last: boolean;
    }
  /** The answer to a query. `isReply` is false for an answer that an interactive session gets at its login unasked. */
  | { readonly kind: 'report'; readonly at: number; readonly report: Report; readonly isReply: boolean }
  | { readonly kind: 'pong'; readonly token: string }
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'idle-soon'; readonly at: number }
  | {
      readonly kind: 'refused';
      readonly at: number;
      readonly reason: Refusal;
      readonly detail: RefusalDetail;
      /** Whether the connection ends with it. */
      readonly final: boolean;
      /** The client has no name yet. */
      readonly atLogin: boolean;
      /** The command that is refused, where it is known. */
      readonly command: CommandKind | null;
    }
  /** A text of the dialect's own: help, a prompt, an acknowledgement. */
  | { readonly kind: 'answered'; readonly at: number; readonly text: string }
  | {
      readonly kind: 'closing';
      readonly at: number;
      /** The name of the client; null if it has none yet. */
      readonly name: string | null;
      readonly why: CloseReason;
      /** The operator who did it and the reason, for kicks and bans; else empty. */
      readonly by: string;
      /** Also the words of a leaving user. */
      readonly reason: string;
      /** As others see it; '' before the login. */
      readonly host: string;
    }
  // To observers alone.
  | { readonly kind: 'attached' }
  /** `room` is its last room; null if it had not logged in. */
  | {
      readonly kind: 'detached';
      readonly at: number;
      readonly why: CloseReason;
      readonly room: string | null;
    };

/** The user behind an event. One object for all events, until something of it changes. */
export interface Who {
  readonly name: string;
  /** A word of the user's choice; else that of its dialect. */
  readonly user: string;
  /** Stands for the address, which it does not reveal. */
  readonly host: string;
  /** The name of the account that it is logged in to; null if there is none. */
  readonly account: string | null;
  readonly isBot: boolean;
  readonly realname: string;
}

export interface RoomDetails {
  /** The id of the newest message; null if there is none. */
  readonly lastId: number | null;
  readonly topic: string | null;
  readonly isLocked: boolean;
  /** The reader founded it. */
  readonly isMine: boolean;
  /** The id of the message up to which the reader has read it; null if that is not known. */
  readonly readId: number | null;
}

export type Notice =
  | { readonly kind: 'renamed'; readonly from: string; readonly to: string }
  | {
      readonly kind: 'topic-set';
      readonly by: string;
      readonly room: string;
      readonly topic: string;
      /** With its formatting, for readers of IRC alone; missing without any. */
      readonly styled?: Styled | undefined;
    }
  | { readonly kind: 'locked' | 'unlocked'; readonly by: string; readonly room: string };

/** The answer to a question of a user. */
export type Report =
  /** `by` and `setAt`: who set it, and when; null if that is not known. */
  | {
      readonly kind: 'topic';
      readonly room: string;
      readonly topic: string | null;
      readonly by: string | null;
      readonly setAt: number | null;
    }
  | { readonly kind: 'invitations'; readonly rooms: readonly string[] }
  | { readonly kind: 'watches'; readonly names: readonly string[] }
  /** Rooms with the times of their last messages, the oldest first. */
  | {
      readonly kind: 'targets';
      readonly targets: readonly { readonly room: string; readonly lastAt: number }[];
    }
  /** Users who were online under a name; none if nothing is known. */
  | { readonly kind: 'departures'; readonly name: string; readonly users: readonly UserReport[] }
  /** `key`: as it was typed; null if it is not known, or not for the asker. */
  | {
      readonly kind: 'modes';
      readonly room: string;
      readonly modes: Modes;
      readonly hasKey: boolean;
      readonly key: string | null;
      /** Milliseconds since 1970; null if it is not known. */
      readonly madeAt: number | null;
    }
  | {
      readonly kind: 'masks';
      readonly room: string;
      readonly list: MaskList;
      readonly entries: readonly MaskEntry[];
    }
  | { readonly kind: 'ignores'; readonly names: readonly string[] }
  | { readonly kind: 'last-address'; readonly name: string; readonly address: string }
  /** `lastHereAt`: null while the user is online. */
  | { readonly kind: 'seen'; readonly name: string; readonly lastHereAt: number | null }
  | { readonly kind: 'whois'; readonly user: UserReport }
  | { readonly kind: 'census'; readonly census: Census }
  /** Those of the users asked for that are online. */
  | { readonly kind: 'present'; readonly users: readonly PresentUser[] };

export interface PresentUser {
  readonly who: Who;
  readonly isAway: boolean;
  readonly isOperator: boolean;
}

/** How many there are. */
export interface Census {
  readonly users: number;
  readonly operators: number;
  /** Connections of this server that have not logged in. */
  readonly unknown: number;
  readonly rooms: number;
  /** Users who are connected to this server. */
  readonly local: number;
  /** The most at a time since the start. */
  readonly maxUsers: number;
  readonly maxLocal: number;
}

export interface UserReport {
  readonly name: string;
  /** The rooms that the asker may see. */
  readonly rooms: readonly string[];
  readonly dialect: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Null once it has left. */
  readonly idleMs: number | null;
  readonly leftAt: number | null;
  /** Null to users who are not operators. */
  readonly address: string | null;
  readonly awayText: string | null;
  readonly by: Who;
  readonly isOperator: boolean;
  /** In each of `rooms`. */
  readonly statuses: readonly Status[];
}

/** A user in a list. */
export interface ListedUser {
  readonly who: Who;
  /** The room of the list; of a list of all users one that the asker may see, or null. */
  readonly room: string | null;
  /** In that room. */
  readonly status: Status;
  readonly isAway: boolean;
  readonly isOperator: boolean;
  readonly idleMs: number;
  /** Null to users who are not operators, of others. */
  readonly address: string | null;
}

export interface Missed {
  readonly count: number;
  readonly room: string;
  readonly since: number;
}

/** Why a command is not permitted. `has-founder`: the room needs no other, or is the lobby. */
type Denial =
  | 'operators-only'
  | 'founder-only'
  | 'lobby'
  | 'operators-in-lobby'
  | 'has-founder'
  | 'yourself'
  | 'own-address'
  /** The room that MSG goes to is left by JOIN or LEAVE only. */
  | 'current-room';

/** Details with which a dialect explains the refusal. */
export interface RefusalDetail {
  /** The argument as typed: a name, a room, a verb; cleaned. For `not-registered`: the user, if it is another one. */
  readonly about?: string;
  /** A name that would have worked. */
  readonly suggestion?: string;
  /** The usage of the verb, for `usage`. */
  readonly usage?: string;
  /** A command that would have worked. */
  readonly example?: string;
  /** Replaces the dialect's remedy for the reason. */
  readonly remedy?: string;
  /** For `not-permitted`: why. */
  readonly denial?: Denial;
  /** The room, where `about` is something else. */
  readonly room?: string;
  /** For `mask-list-full`. */
  readonly list?: MaskList;
  /** For `not-in-room`: the user may not know of the room, or there is none. */
  readonly isAbsent?: boolean;
  /** For `busy`: another server of the cluster is too old for the command. */
  readonly needsUpgrade?: boolean;
  /** The minimum length of a password, for `weak-password`. */
  readonly minLength?: number;
}
