/** What is posted without a session: by a bot of this process, or by an HTTP request. */
import type { Proof } from './command.js';
import type { UserName } from './text/text.js';

/** The one who posts. It is checked again when the post settles. */
export type Poster =
  /** A bot of this process. */
  | { readonly kind: 'bot' }
  /** A request under a name that is not registered. */
  | {
      readonly kind: 'guest';
      readonly address: string;
      /** The room's key hash if the right key was given. */
      readonly knownKeyHash: string | null;
      /** The name that is used if the wanted one is taken; null if the post is refused then. */
      readonly orElse: UserName | null;
    }
  /** A request of the owner of the name. */
  | {
      readonly kind: 'owner';
      readonly address: string;
      readonly knownKeyHash: string | null;
      readonly proof: Proof;
    }
  /** A webhook, which may post in its room under its name. */
  | { readonly kind: 'hook'; readonly address: string; readonly id: string };

/** Makes a post happen once, however often it is tried. */
export interface PostKey {
  readonly key: string;
  /** Of what is posted: the same key with another one is refused. */
  readonly hash: string;
}

/** A post that is stored. */
export interface Posted {
  /** The ids of the first and the last message. */
  readonly id: number;
  readonly lastId: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The name of the author, and of the room or the user, as they are spelled. */
  readonly name: string;
  readonly target: string;
  /** The direct messages wait for an offline user. */
  readonly isKept: boolean;
  /** This is the result of an earlier post with the same key. */
  readonly isReplay: boolean;
}

/** Why nothing was posted. */
export type PostRefusal =
  | 'username-taken'
  /** The name is registered, and what proved its ownership counts no longer; or the webhook was revoked. */
  | 'wrong-password'
  | 'banned'
  | 'muted'
  /** Only some users may speak in the room. */
  | 'moderated'
  | 'invalid-room'
  | 'room-locked'
  /** The room is not locked. It is open to invited users only. */
  | 'invite-only'
  | 'user-not-found'
  | 'mailbox-full'
  | 'key-reused'
  | 'not-stored';
