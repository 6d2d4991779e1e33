/** The tables of the history: rooms, messages, and the id sequence. */
import type { Migration } from '../database/migrate.js';

/**
 * Ids of messages and numbers of rooms are SQLite's row ids, so a message takes one row and one index entry. `room` is not
 * a foreign key: checking it for every message would cost more than it could detect.
 */
export const historyTables: Migration = {
  description: 'rooms, messages, and the highest id and time',
  sql: `
    CREATE TABLE rooms (
      id INTEGER PRIMARY KEY AUTOINCREMENT, -- the number of a deleted room is never reused
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

export const forgottenId: Migration = {
  description: 'the id of the last message that was deleted because of its age',
  sql: 'ALTER TABLE numbering ADD COLUMN forgotten_id INTEGER NOT NULL DEFAULT 0;',
};

export const clockSteps: Migration = {
  description: 'the ids of messages that are older than the message before them',
  sql: 'CREATE TABLE clock_steps (id INTEGER PRIMARY KEY);',
};
