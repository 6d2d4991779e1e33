/** All that a client may ask of the hub, whatever language it asked in. */
import type { RoomName, Text, UserName } from './text.js';

export type Command =
  /** `name` is null when what was typed is no name; `room` is where to go, null for the lobby. */
  | {
      readonly kind: 'login';
      readonly name: UserName | null;
      readonly room: RoomName | null;
      /** A refusal ends the connection: there is no second try. */
      readonly once: boolean;
    }
  /** To the room one is in. */
  | { readonly kind: 'say'; readonly text: Text }
  /** The same, as lines that nothing comes between. */
  | { readonly kind: 'paste'; readonly texts: readonly Text[] }
  /** To one user, by the name as typed. */
  | { readonly kind: 'tell'; readonly to: Text; readonly text: Text }
  | { readonly kind: 'join'; readonly room: RoomName | null }
  | { readonly kind: 'leave' }
  /** Everyone on the server, or in one room. */
  | { readonly kind: 'who'; readonly room: RoomName | 'server' | null }
  | { readonly kind: 'rooms' }
  | { readonly kind: 'history'; readonly query: HistoryQuery }
  /** Of the room one is in: the messages with all of these words, folded as `wordsOf` has them. */
  | { readonly kind: 'search'; readonly words: readonly string[] }
  | { readonly kind: 'ping'; readonly token: string }
  | { readonly kind: 'quit' };

/** The last `limit` messages, or those next to an id, which is itself left out. */
export type HistoryQuery =
  | { readonly kind: 'latest'; readonly limit: number }
  | { readonly kind: 'after'; readonly id: number; readonly limit: number }
  | { readonly kind: 'before'; readonly id: number; readonly limit: number };
