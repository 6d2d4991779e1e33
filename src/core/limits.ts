/** Limits that more than one part needs. */

/** The idle timeout of programs where IDLE_TIMEOUT is empty: SocketChat's. */
export const PROGRAM_IDLE_MS = 60_000;

/** The rooms that one client may be in at a time, the lobby included. */
export const MAX_ROOMS = 50;

/** The users that one client may watch. */
export const MAX_WATCHES = 100;

/** The different words of one search. */
export const MAX_SEARCH_WORDS = 32;

/** Of a paste: lines that stay together. A longer one would only push the messages of others out of sight. */
export const MAX_PASTE_LINES = 200;
/** Without the line ends. */
export const MAX_PASTE_BYTES = 16 * 1024;
