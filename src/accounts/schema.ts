/** The tables of users, bans, registered rooms and offline messages. */
import type { Migration } from '../database/migrate.js';

export const accountTables: Migration = {
  description: 'registered names, tokens, bans and mutes, registered rooms, offline messages',
  sql: `
    CREATE TABLE accounts (
      fold TEXT PRIMARY KEY,
      shown TEXT NOT NULL,
      passwordHash TEXT NOT NULL,
      isOperator INTEGER NOT NULL,
      registeredAt INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE tokens (
      id TEXT PRIMARY KEY,
      fold TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
      hash TEXT NOT NULL UNIQUE,
      createdAt INTEGER NOT NULL,
      expiresAt INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX tokens_by_account ON tokens (fold);
    CREATE TABLE ignores (
      fold TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
      other TEXT NOT NULL,
      PRIMARY KEY (fold, other)
    ) WITHOUT ROWID;
    CREATE TABLE restraints (
      kind TEXT NOT NULL,
      target TEXT NOT NULL,
      shown TEXT NOT NULL,
      until INTEGER,
      by TEXT NOT NULL,
      reason TEXT NOT NULL,
      PRIMARY KEY (kind, target)
    ) WITHOUT ROWID;
    CREATE TABLE kept_rooms (
      fold TEXT PRIMARY KEY,
      shown TEXT NOT NULL,
      founder TEXT REFERENCES accounts ON DELETE SET NULL,
      keyHash TEXT,
      topic TEXT
    ) WITHOUT ROWID;
    CREATE INDEX kept_rooms_by_founder ON kept_rooms (founder);
    CREATE TABLE marks (
      fold TEXT PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
      room TEXT NOT NULL,
      id INTEGER NOT NULL,
      at INTEGER NOT NULL,
      isHere INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE mail (
      id INTEGER PRIMARY KEY,
      fold TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
      at INTEGER NOT NULL,
      name TEXT NOT NULL,
      text TEXT NOT NULL
    );
    CREATE INDEX mail_by_reader ON mail (fold, id);
    CREATE TABLE account_changes (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      fold TEXT NOT NULL
    );
  `,
};

export const hookTable: Migration = {
  description: 'webhooks for posting',
  sql: `
    CREATE TABLE hooks (
      id TEXT PRIMARY KEY,
      hash TEXT NOT NULL UNIQUE,
      room TEXT NOT NULL,
      roomFold TEXT NOT NULL,
      name TEXT NOT NULL,
      createdAt INTEGER NOT NULL
    ) WITHOUT ROWID;
  `,
};

export const accountChanges: Migration = {
  description: 'the kind of an account change, for the log; offline messages by time',
  sql: `
    ALTER TABLE account_changes ADD COLUMN what TEXT NOT NULL DEFAULT '';
    CREATE INDEX mail_by_time ON mail (at);
  `,
};

export const pageTables: Migration = {
  description: 'how far users have read in each room; which tokens are renewed by each use',
  sql: `
    ALTER TABLE tokens ADD COLUMN isPage INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE read_positions (
      fold TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
      room TEXT NOT NULL,
      id INTEGER NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (fold, room)
    ) WITHOUT ROWID;
  `,
};

export const roomModes: Migration = {
  description: 'the modes of a room, and who set its topic',
  sql: `
    ALTER TABLE kept_rooms ADD COLUMN topicBy TEXT;
    ALTER TABLE kept_rooms ADD COLUMN topicAt INTEGER;
    ALTER TABLE kept_rooms ADD COLUMN modes TEXT;
    ALTER TABLE kept_rooms ADD COLUMN isTemporary INTEGER NOT NULL DEFAULT 0;
  `,
};

export const leftPositions: Migration = {
  description: 'the last message of each room that users were shown before they left it',
  sql: `
    CREATE TABLE left_positions (
      fold TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
      room TEXT NOT NULL,
      id INTEGER NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (fold, room)
    ) WITHOUT ROWID;
  `,
};

export const roomsMadeAt: Migration = {
  description: 'when a room that has a founder began',
  sql: 'ALTER TABLE kept_rooms ADD COLUMN madeAt INTEGER;',
};

export const authorship: Migration = {
  description:
    'the last message before a name was registered, and the account of the author of an offline message',
  sql: `
    ALTER TABLE accounts ADD COLUMN lastIdBefore INTEGER;
    ALTER TABLE mail ADD COLUMN account TEXT;
  `,
};

export const mailForms: Migration = {
  description: 'the form of an offline message: an action, or a notice',
  sql: 'ALTER TABLE mail ADD COLUMN form TEXT;',
};
