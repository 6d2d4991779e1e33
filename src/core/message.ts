/** One message of a room, and how messages are asked for. */
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
