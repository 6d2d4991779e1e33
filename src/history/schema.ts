/** The history's tables. */
import type { Migration } from '../database/migrate.js';

/**
 * Ids and rooms' numbers are the rows' own, so that a message costs one row and one entry in the index. Messages do not
 * reference rooms: to check it for every message would cost more than it could find.
 */
export const historyTables: Migration = {
  description: 'rooms, their messages, and how far ids and times have come',
  sql: `
    CREATE TABLE rooms (
      id INTEGER PRIMARY KEY AUTOINCREMENT, -- the number of a room that is forgotten is nobody's again
      fold TEXT NOT NULL UNIQUE,
      shown TEXT NOT NULL
    );
    CREATE TABLE messages (
      id INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      room INTEGER NOT NULL,
      name TEXT NOT NULL,
      text TEXT NOT NULL
    );
    CREATE INDEX messages_by_room ON messages (room);
    CREATE TABLE numbering (last_id INTEGER NOT NULL, last_at INTEGER NOT NULL);
    INSERT INTO numbering VALUES (0, 0);
  `,
};
