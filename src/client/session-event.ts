/** The events of a session, for the program that shows them to the user. */
import type { Text } from '../core/text/text.js';
import type { LoginRefusal } from './login.js';
import type { Reply } from './request-channel.js';
import type { Message } from './server-line.js';

export type SessionEvent =
  /** A message in the room; `past` if it is shown from the history on the first visit, not because it was missed. */
  | { readonly kind: 'said'; readonly message: Message; readonly past: boolean }
  /** The user's own new message; `waiting` if it is sent after a reconnect. */
  | { readonly kind: 'own'; readonly to: Text | null; readonly text: Text; readonly waiting: boolean }
  | { readonly kind: 'told'; readonly from: Text; readonly text: Text; readonly at: number | null }
  | { readonly kind: 'info'; readonly text: Text; readonly at: number | null }
  /** An ERR of the server: its code, and what it was about if that is known; `to` for a direct message. */
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly about: string | null;
      readonly to: string | null;
    }
  /** A message or command of the user that was not sent, or may not have arrived. */
  | { readonly kind: 'unsent'; readonly what: string; readonly why: Unsent }
  /** The answer to a command; `notices` is the number of INFO lines that came before its end. */
  | {
      readonly kind: 'answer';
      readonly line: Text;
      readonly room: string;
      readonly replies: readonly Reply[];
      readonly notices: number;
    }
  /** The user has another name. */
  | { readonly kind: 'renamed'; readonly name: string }
  /** Messages that waited for the reconnect are stored. */
  | { readonly kind: 'resent'; readonly count: number }
  /** The users and rooms on the server, for completion. */
  | { readonly kind: 'present'; readonly replies: readonly Reply[] }
  /** Logged in and in the room; `again` after a reconnect. */
  | { readonly kind: 'online'; readonly room: string; readonly again: boolean }
  /** Moved to another room. */
  | { readonly kind: 'entered'; readonly room: string }
  /** Some of the missed messages are not available. */
  | { readonly kind: 'gap' }
  /** `problem` is a code, or the last notice of the server; null if neither is known. */
  | { readonly kind: 'offline'; readonly problem: string | null; readonly retryInMs: number }
  /** A request was answered: the number of pending requests has changed. */
  | { readonly kind: 'progress' }
  | { readonly kind: 'ended'; readonly why: Ended };

export type Unsent =
  /** Not connected; commands are not queued. */
  | 'offline'
  /** The connection broke before the server confirmed it. */
  | 'unconfirmed'
  /** The session is no longer in the room of the message. */
  | 'elsewhere'
  | 'too-long'
  | 'too-many';

export type Ended =
  | { readonly kind: 'left'; readonly unsent: number }
  | { readonly kind: 'unreachable'; readonly problem: string | null }
  /** The login was refused, or the requested room. */
  | ({ readonly kind: 'refused' } & LoginRefusal)
  /** Ended by the server, without a reconnect; its last notice. */
  | { readonly kind: 'dismissed'; readonly words: string };
