/** The history's tables. Ids are the messages' own. */
import type { Migration } from '../store/migrations.js';

export const historyTables: Migration = {
  brings: 'rooms and their messages',
  sql: `
    CREATE TABLE rooms (
      id INTEGER PRIMARY KEY,
      fold TEXT NOT NULL UNIQUE,
      shown TEXT NOT NULL
    );
    CREATE TABLE messages (
      id INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      room INTEGER NOT NULL REFERENCES rooms,
      name TEXT NOT NULL,
      text TEXT NOT NULL
    );
    CREATE INDEX messages_by_room ON messages (room, id);
  `,
};
