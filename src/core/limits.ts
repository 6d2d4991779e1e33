/** How much may be said in one piece, that nothing comes between: more would only push out what others say. */

export const MAX_PASTE_LINES = 200;
/** Line ends not counted. */
export const MAX_PASTE_BYTES = 16 * 1024;
