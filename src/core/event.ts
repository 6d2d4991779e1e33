/**
 * All that the hub may say. A dialect puts each event into words from the event alone: it never learns who will
 * read them, so that one encoding serves every reader of the same dialect.
 */
import type { OfflineMessage, Ban } from './accounts.js';
import type { Action } from './action.js';
import type { Message } from './message.js';
import type { CloseReason, Refusal } from './reasons.js';

export type HubEvent =
  // To a room.
  | { readonly kind: 'said'; readonly message: Message }
  /** `how` tells a walk from another room from a login that begins in this one. */
  | {
      readonly kind: 'joined';
      readonly at: number;
      readonly name: string;
      readonly room: string;
      readonly lobby: boolean;
      readonly how: 'walked' | 'login';
    }
  /** `how` tells a walk to another room from the end of the session. */
  | {
      readonly kind: 'left';
      readonly at: number;
      readonly name: string;
      readonly room: string;
      readonly how: 'walked' | 'ended';
    }
  | { readonly kind: 'notice'; readonly at: number; readonly room: string | null; readonly notice: Notice }
  // To everyone on the server.
  | { readonly kind: 'connected'; readonly at: number; readonly name: string }
  | { readonly kind: 'disconnected'; readonly at: number; readonly name: string; readonly why: CloseReason }
  | { readonly kind: 'announced'; readonly at: number; readonly name: string; readonly text: string }
  // To one client. A long answer comes in pages; `last` says which is the last.
  | {
      readonly kind: 'told';
      readonly id: number;
      readonly at: number;
      readonly from: string;
      readonly to: string;
      readonly text: string;
    }
  | { readonly kind: 'delivered'; readonly at: number; readonly to: string; readonly isAway: boolean }
  /** Direct messages that came while one was away. */
  | {
      readonly kind: 'mail';
      readonly at: number;
      readonly to: string;
      readonly mail: readonly OfflineMessage[];
    }
  | { readonly kind: 'logged-in'; readonly at: number; readonly name: string; readonly room: string }
  /** One has come to a room, or back to the one one is in. */
  | { readonly kind: 'entered'; readonly at: number; readonly room: string }
  /** After coming to a room, for those who want it: who is there, and what was said last, or what was missed. */
  | {
      readonly kind: 'recap';
      readonly at: number;
      readonly room: string;
      /** What the room is about; '' if nobody said. */
      readonly topic: string;
      readonly others: readonly string[];
      readonly othersInAll: number;
      /** In place of the room's last messages: how many were missed, where, and since when. */
      readonly missed: Missed | null;
      readonly messages: readonly Message[];
      readonly first: boolean;
      readonly last: boolean;
    }
  | { readonly kind: 'pasted' }
  /** What was asked is done, and stored. */
  | { readonly kind: 'done'; readonly at: number; readonly action: Action }
  | {
      readonly kind: 'roster';
      readonly at: number;
      readonly names: readonly string[];
      readonly room: string | null;
      /** On this page and those before it. */
      readonly count: number;
      readonly last: boolean;
    }
  | {
      readonly kind: 'rooms';
      readonly at: number;
      readonly rooms: readonly { readonly name: string; readonly members: number }[];
      readonly last: boolean;
    }
  | {
      readonly kind: 'history';
      readonly at: number;
      readonly messages: readonly Message[];
      readonly last: boolean;
    }
  /** What a search found. While it goes on, a page with nothing on it. */
  | {
      readonly kind: 'found';
      readonly at: number;
      readonly messages: readonly Message[];
      /** On this page and those before it. */
      readonly count: number;
      readonly last: boolean;
    }
  | {
      readonly kind: 'bans';
      readonly at: number;
      readonly bans: readonly Ban[];
      readonly last: boolean;
    }
  | { readonly kind: 'pong'; readonly token: string }
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'idle-soon'; readonly at: number }
  | {
      readonly kind: 'refused';
      readonly at: number;
      readonly reason: Refusal;
      readonly detail: RefusalDetail;
      /** The connection ends with it. */
      readonly final: boolean;
      /** Who is refused has no name yet. */
      readonly atLogin: boolean;
    }
  /** The dialect's own words: help, a prompt, an acknowledgement. */
  | { readonly kind: 'answered'; readonly at: number; readonly text: string }
  | {
      readonly kind: 'closing';
      readonly at: number;
      readonly why: CloseReason;
      /** Who did it and what they said to it, for those that are kicked or banned; else empty. */
      readonly by: string;
      readonly reason: string;
    }
  // To witnesses alone.
  | { readonly kind: 'attached' }
  /** `room` is where it was; null if it had not logged in. */
  | {
      readonly kind: 'detached';
      readonly at: number;
      readonly why: CloseReason;
      readonly room: string | null;
    };

export type Notice = { readonly kind: 'renamed'; readonly from: string; readonly to: string };

export interface Missed {
  readonly count: number;
  readonly room: string;
  readonly since: number;
}

/** What helps a person to put it right. */
export interface RefusalDetail {
  /** What was typed: a name, a room, a verb. Cleaned. */
  readonly about?: string;
  /** A name that would have worked. */
  readonly suggestion?: string;
  /** How the verb is used, for `usage`. */
  readonly usage?: string;
}
