/** All that a client may ask of the hub, whatever language it asked in. */
import type { RoomName, Text, UserName } from './text/text.js';

export type Command =
  /** As the wish of the same name. */
  | {
      readonly kind: 'login';
      readonly name: UserName | null;
      readonly room: RoomName | null;
      readonly closeOnRefusal: boolean;
      readonly canPromptPassword: boolean;
      readonly proof: Proof;
    }
  /** The name in use becomes its user's own. */
  | { readonly kind: 'register'; readonly passwordHash: string }
  /** Hashes: of the password that was shown to be known, and of the new one. */
  | { readonly kind: 'change-password'; readonly knownHash: string; readonly passwordHash: string }
  | { readonly kind: 'unregister'; readonly knownHash: string }
  /** Users are named as typed; a ban's target may be an address or a block of them. Null minutes are for ever. */
  | { readonly kind: 'kick'; readonly who: Text; readonly reason: Text }
  | { readonly kind: 'ban'; readonly who: Text; readonly minutes: number | null; readonly reason: Text }
  | { readonly kind: 'unban'; readonly who: Text }
  | { readonly kind: 'bans' }
  | { readonly kind: 'mute'; readonly who: Text; readonly minutes: number | null }
  | { readonly kind: 'unmute'; readonly who: Text }
  /** To everyone on the server. */
  | { readonly kind: 'announce'; readonly text: Text }
  | { readonly kind: 'ignore'; readonly who: Text }
  | { readonly kind: 'unignore'; readonly who: Text }
  /** The room one is in. */
  | { readonly kind: 'lock'; readonly keyHash: string }
  | { readonly kind: 'unlock' }
  | { readonly kind: 'topic'; readonly text: Text }
  /** To the room one is in. */
  | { readonly kind: 'say'; readonly text: Text }
  /** The same, as lines that nothing comes between. */
  | { readonly kind: 'paste'; readonly texts: readonly Text[] }
  /** To one user, by the name as typed. */
  | { readonly kind: 'tell'; readonly to: Text; readonly text: Text }
  /** `knownKeyHash` is what the room keeps of the key that was given, if it was the right one. */
  | { readonly kind: 'join'; readonly room: RoomName | null; readonly knownKeyHash: string | null }
  | { readonly kind: 'leave' }
  /** Everyone on the server, or in one room. */
  | { readonly kind: 'who'; readonly room: RoomName | 'server' | null }
  | { readonly kind: 'rooms' }
  | { readonly kind: 'history'; readonly query: HistoryQuery }
  /** Of the room one is in: the messages with all of these words, folded as `wordsOf` has them. */
  | { readonly kind: 'search'; readonly words: readonly string[] }
  | { readonly kind: 'ping'; readonly token: string }
  | { readonly kind: 'quit' };

/** What a secret was found to be: the password of which this hash is kept, or a token of the name. */
export type Proof =
  | { readonly kind: 'none' }
  | { readonly kind: 'password'; readonly hash: string }
  | { readonly kind: 'token'; readonly id: string };

/** The last `limit` messages, or those next to an id, which is itself left out. */
export type HistoryQuery =
  | { readonly kind: 'latest'; readonly limit: number }
  | { readonly kind: 'after'; readonly id: number; readonly limit: number }
  | { readonly kind: 'before'; readonly id: number; readonly limit: number };
