/** One message of a room, and how messages are asked for. */
import type { Styled } from './text/styles.js';
import type { RoomName, Text } from './text/text.js';

/** One message of a room, as it is stored and shown. */
export interface Message {
  /** Unique on the server, growing with time; direct messages draw from the same numbers. */
  readonly id: number;
  /** Milliseconds since 1970, UTC, by the machine's clock: ids alone keep the order. */
  readonly at: number;
  readonly room: RoomName;
  readonly from: string;
  readonly text: Text;
  /** Missing for one that is its text alone. */
  readonly form?: Form | undefined;
  /** It is a line of a paste, and not the first; missing for any other. */
  readonly isFurtherLine?: true;
}

/** How a message is meant: as an action of its author, whose text is `* bob waves`, or as one that is not answered. */
export type Form = 'action' | 'notice';

/** What readers of IRC are shown beside the text of a message while it is new. Nothing stores it. */
export interface Live {
  /** The text with its formatting; null if it has none. An action is without its `* bob `. */
  readonly styled: Styled | null;
  /** The tags of the client, as IRC writes them; '' for none. */
  readonly tags: string;
}

/** The place of a line among those of a message of several. */
export interface PastePlace {
  /** The id of its first line. */
  readonly first: number;
  readonly index: number;
  readonly count: number;
  /** The index of its first line that is not empty; -1 if all are. */
  readonly lead: number;
}

/** What texts have beside themselves. `live` has an element for each text. */
export interface Extras {
  readonly form: Form | null;
  readonly live: readonly (Live | null)[];
}

/** A range of a room's messages: those with after < id < before. */
export interface HistoryRange {
  readonly after: number;
  readonly before: number;
  readonly limit: number;
  /** Which messages to return when more than `limit` match. They are returned oldest first either way. */
  readonly keep: 'newest' | 'oldest';
}

/** The newest `limit` messages of a room, with ids below `before`, that contain all of these words (see `wordsOf`). */
export interface SearchQuery {
  /** RoomName.fold. */
  readonly room: string;
  readonly words: readonly string[];
  readonly before: number;
  readonly limit: number;
}

/** What was deleted because of its age. */
export interface Forgotten {
  readonly count: number;
  /** The time of the newest of it, in milliseconds since 1970. */
  readonly upTo: number;
}
