/** The rules for names as sentences, for refusals. */
export const USER_NAME_RULE = 'a name has 1 to 32 letters or digits of one script, and _ - . after the first';
export const ROOM_NAME_RULE = 'a room has 1 to 64 letters or digits of one script, and _ - . after the first';
