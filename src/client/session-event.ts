/** What a session tells whoever shows it to a person. */
import type { Text } from '../core/text/text.js';
import type { Reply } from './request-pipeline.js';
import type { Message } from './server-line.js';

export type SessionEvent =
  /** Said in the room; `past` if it comes out of the history as we come in, not because we missed it. */
  | { readonly kind: 'said'; readonly message: Message; readonly past: boolean }
  /** Said by ourselves, just now; `waiting` if it goes out when we are connected again. */
  | { readonly kind: 'own'; readonly to: Text | null; readonly text: Text; readonly waiting: boolean }
  | { readonly kind: 'told'; readonly from: Text; readonly text: Text; readonly at: number | null }
  | { readonly kind: 'info'; readonly text: Text; readonly at: number | null }
  /** By the server, in its words; `about` is what we had asked, if that is known. */
  | { readonly kind: 'refused'; readonly code: string; readonly about: string | null }
  /** Ours, and it did not go out, or nobody can say whether it did. */
  | { readonly kind: 'unsent'; readonly what: string; readonly why: Unsent }
  | { readonly kind: 'answer'; readonly replies: readonly Reply[] }
  /** Who is here and what rooms there are, for Tab. */
  | { readonly kind: 'present'; readonly replies: readonly Reply[] }
  /** We are in; `again` if it is not the first time. */
  | { readonly kind: 'online'; readonly room: string; readonly again: boolean }
  /** We went to another room. */
  | { readonly kind: 'entered'; readonly room: string }
  /** Some of what was missed cannot be had any more. */
  | { readonly kind: 'gap' }
  | { readonly kind: 'offline'; readonly problem: string | null; readonly retryInMs: number }
  /** Something of what waited has gone out; there is room for more. */
  | { readonly kind: 'progress' }
  | { readonly kind: 'ended'; readonly why: Ended };

export type Unsent =
  /** Not connected, and a command is not kept until we are. */
  | 'offline'
  /** The connection broke before the server confirmed it. */
  | 'doubtful'
  /** We are no longer in the room it was meant for. */
  | 'elsewhere'
  | 'too-long'
  | 'too-many';

export type Ended =
  | { readonly kind: 'left'; readonly unsent: number }
  | { readonly kind: 'unreachable'; readonly problem: string | null }
  /** At the login, or for the room that was asked for. */
  | { readonly kind: 'refused'; readonly code: string }
  /** Thrown out for good; the server's last words. */
  | { readonly kind: 'dismissed'; readonly words: string };
