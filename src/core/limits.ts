/** How much may be said in one piece, that nothing comes between: more would only push out what others say. */

export const PASTE_LINES = 200;
/** Line ends not counted. */
export const PASTE_BYTES = 16 * 1024;
