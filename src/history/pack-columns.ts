/**
 * The columns of a pack, as SQL that gives NULL where a damaged data file has what no pack can have: a text, a fraction, a
 * number that a driver cannot read, or one that does not fit to the other packs. `last_id` is the key of the row, which
 * the rest is compared with.
 */

/** The highest time of a Date. */
const MAX_AT = 8_640_000_000_000_000;

function integer(column: string, condition: string): string {
  return `CASE WHEN typeof(packs.${column}) = 'integer' AND ${condition} THEN packs.${column} END`;
}

/** Packs of a room follow each other, and its messages with rows, without an overlap. */
const FIRST_ID = integer(
  'first_id',
  `packs.first_id BETWEEN 1 AND packs.last_id
   AND NOT EXISTS (SELECT 1 FROM packs AS other WHERE other.room = packs.room
                   AND other.last_id BETWEEN packs.first_id AND packs.last_id - 1)
   AND NOT EXISTS (SELECT 1 FROM messages WHERE messages.room = packs.room
                   AND messages.id BETWEEN packs.first_id AND packs.last_id)`,
);
const FIRST_AT = integer('first_at', `packs.first_at BETWEEN -${MAX_AT} AND ${MAX_AT}`);
const COUNT = integer('count', 'packs.count BETWEEN 1 AND packs.last_id');

/** The time of the first message, or of one before it. */
const ABOUT_AT = `coalesce(${FIRST_AT}, (SELECT at FROM messages ORDER BY id DESC LIMIT 1), (SELECT last_at FROM numbering))`;

/** The columns of PackText, and the number of the room, which is NULL where there is no such room. */
export const PACK_COLUMNS = `packs.last_id AS lastId, (SELECT id FROM rooms WHERE id = packs.room) AS room,
  ${FIRST_ID} AS firstId, ${FIRST_AT} AS firstAt, ${ABOUT_AT} AS aboutAt, ${COUNT} AS count, packs.body AS body`;

export const SIZE_COLUMNS = `packs.last_id AS lastId, ${FIRST_ID} AS firstId, coalesce(${COUNT}, 1) AS count`;

/** The same for `damaged_packs`, where none of them is NULL. A pack without its count has as many messages as it has ids. */
export const DAMAGED_COLUMNS = `packs.last_id, coalesce(fold, ''), coalesce(shown, ''),
  coalesce(${FIRST_ID}, packs.last_id), ${ABOUT_AT},
  coalesce(${COUNT}, packs.last_id - coalesce(${FIRST_ID}, packs.last_id) + 1), packs.body`;

/** A pack without its segment is unpacked alone. Never below `last_id`, so that each step takes a pack at least. */
export const SEGMENT = `coalesce(${integer(
  'segment',
  'packs.segment BETWEEN packs.last_id AND (SELECT max(last_id) FROM packs)',
)}, packs.last_id)`;

/** For the oldest pack: any time is after that of a pack without one. */
export const FIRST_AT_OR_ZERO = `coalesce(${FIRST_AT}, 0)`;
