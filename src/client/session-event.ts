/**
 * The events of a session, for the program that shows them to the user. `room` is the room that an event belongs to, or
 * null if it belongs to none.
 */
import type { Text } from '../core/text/text.js';
import type { LoginRefusal } from './login.js';
import type { PresenceChange } from './presence.js';
import type { Answer } from './request-channel.js';
import type { Message } from './server-line.js';

export type SessionEvent =
  /** A message in a room; `past` if it is shown from the history on the first visit, not because it was missed. */
  | {
      readonly kind: 'said';
      readonly room: string;
      readonly message: Message;
      readonly past: boolean;
    }
  /** The user's own new message, to a room or a user; `waiting` if it is sent after a reconnect. */
  | {
      readonly kind: 'own';
      readonly room: string | null;
      readonly to: Text | null;
      readonly text: Text;
      readonly waiting: boolean;
    }
  | { readonly kind: 'told'; readonly from: Text; readonly text: Text; readonly at: number | null }
  /** A direct message is saved for an offline user. */
  | { readonly kind: 'kept'; readonly to: Text }
  /** `change`: what it says of a user. `isRepeated`: it is shown in an earlier room as well. */
  | {
      readonly kind: 'info';
      readonly room: string | null;
      readonly text: Text;
      readonly at: number | null;
      readonly change: PresenceChange | null;
      readonly isRepeated: boolean;
    }
  /** The topic of a room that the user enters. */
  | { readonly kind: 'topic'; readonly room: string; readonly text: Text }
  /** An ERR of the server: its code, and what it was about if that is known; `to` for a direct message. */
  | {
      readonly kind: 'refused';
      readonly room: string | null;
      readonly code: string;
      readonly about: string | null;
      readonly to: string | null;
    }
  /** A message or command of the user that was not sent, or may not have arrived. */
  | {
      readonly kind: 'unsent';
      readonly room: string | null;
      readonly what: string;
      readonly why: Unsent;
    }
  /** The answer to a command; `notices` is the number of INFO lines that came before its end, outside the answer. */
  | {
      readonly kind: 'answer';
      readonly room: string | null;
      readonly line: Text;
      readonly replies: Answer;
      readonly notices: number;
    }
  /** The user has another name. */
  | { readonly kind: 'renamed'; readonly name: string }
  /** Lines of messages that waited for the reconnect are stored. */
  | { readonly kind: 'resent'; readonly count: number }
  /** The users and rooms on the server, for completion. It comes after what is shown of the rooms that were entered. */
  | { readonly kind: 'present'; readonly replies: Answer }
  /** Logged in and in these rooms; `again` after a reconnect. */
  | { readonly kind: 'online'; readonly rooms: readonly string[]; readonly again: boolean }
  /** In one more room. */
  | { readonly kind: 'entered'; readonly room: string }
  /** In another room instead of the one before: the server allows one room at a time. */
  | { readonly kind: 'moved'; readonly room: string; readonly from: string }
  /** A room that the user asked for, or was in before a reconnect, was refused with this code. */
  | { readonly kind: 'barred'; readonly room: string; readonly code: string }
  /** The session is in none of its rooms, since this one is locked: its key is asked for, see `Session.tryKey`. */
  | { readonly kind: 'locked'; readonly room: string; readonly isKeyWrong: boolean }
  /** An operator has put the user out of the room; the words of the server. */
  | { readonly kind: 'put-out'; readonly room: string; readonly text: Text; readonly at: number | null }
  /** Some of the missed messages are not available. */
  | { readonly kind: 'gap'; readonly room: string }
  /**
   * The connection is lost, or again not made if `isRetry`. `problem` is a code, or the last notice of the server; null if
   * neither is known.
   */
  | {
      readonly kind: 'offline';
      readonly problem: string | null;
      readonly retryInMs: number;
      readonly isRetry: boolean;
    }
  /** A request was answered: the number of pending requests has changed. */
  | { readonly kind: 'progress' }
  | { readonly kind: 'ended'; readonly why: Ended };

export type Unsent =
  /** Not connected; commands are not queued. */
  | 'offline'
  /** The connection broke before the server confirmed it. */
  | 'unconfirmed'
  /** The session is not, or no longer, in the room of the message. */
  | 'elsewhere'
  | 'too-long'
  | 'too-many';

export type Ended =
  | { readonly kind: 'left'; readonly unsent: number }
  | { readonly kind: 'unreachable'; readonly problem: string | null }
  /** The login was refused, or the requested `room`. */
  | ({ readonly kind: 'refused'; readonly room?: string } & LoginRefusal)
  /** Ended by the server, without a reconnect; its last notice. */
  | { readonly kind: 'dismissed'; readonly words: string };
