/**
 * The limits of a paste: lines that stay together. A longer one would only push the messages of others out of sight.
 */

export const MAX_PASTE_LINES = 200;
/** Without the line ends. */
export const MAX_PASTE_BYTES = 16 * 1024;
