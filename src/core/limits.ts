/** Limits that the protocol fixes. */

/** The rooms that one client may be in at a time, the lobby included. */
export const MAX_ROOMS = 50;

/** Of a paste: lines that stay together. A longer one would only push the messages of others out of sight. */
export const MAX_PASTE_LINES = 200;
/** Without the line ends. */
export const MAX_PASTE_BYTES = 16 * 1024;
