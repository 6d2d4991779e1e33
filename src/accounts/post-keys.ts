/** The keys of posts that were made once: for a day, the same post with the same key has the first one's result. */
import type { KeyedPost, PostKeys } from '../core/accounts.js';
import type { Journal } from '../database/journal.js';
import type { Migration } from '../database/migrate.js';
import type { Database } from '../database/sqlite.js';

const DAY_MS = 86_400_000;
/** Of the keys in memory. Beyond it, the oldest ones are forgotten before their day is over. */
const MAX_IN_MEMORY = 50_000;
/** With each new key, at most so many old ones are deleted: none remain, and no turn deletes many. */
const MAX_DELETED = 10;

export const postKeys: Migration = {
  description: 'the keys of posts over HTTP',
  sql: `
    CREATE TABLE posts (
      who TEXT NOT NULL,
      key TEXT NOT NULL,
      hash TEXT NOT NULL,
      at INTEGER NOT NULL,
      id INTEGER NOT NULL,
      lastId INTEGER NOT NULL,
      name TEXT NOT NULL,
      target TEXT NOT NULL,
      isKept INTEGER NOT NULL,
      PRIMARY KEY (who, key)
    ) WITHOUT ROWID;
    CREATE INDEX posts_by_time ON posts (at);
  `,
};

/** Whether a key still counts. Only the time of the entry that asks matters, so all servers of a cluster agree. */
function counts(post: KeyedPost | undefined, at: number): KeyedPost | undefined {
  return post !== undefined && post.at > at - DAY_MS ? post : undefined;
}

function nameOf({ who, key }: Pick<KeyedPost, 'who' | 'key'>): string {
  return `${who}\n${key}`;
}

/** For HISTORY=memory: until the server stops. */
export class MemoryPostKeys implements PostKeys {
  readonly #journal: Journal;
  /** The oldest first. */
  readonly #posts = new Map<string, KeyedPost>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  find(who: string, key: string, at: number): KeyedPost | undefined {
    return counts(this.#posts.get(nameOf({ who, key })), at);
  }

  add(post: KeyedPost): void {
    const name = nameOf(post);
    this.#posts.delete(name);
    this.#posts.set(name, post);
    this.#journal.onUndo(() => this.#posts.delete(name));
    for (const [other, { at }] of this.#posts) {
      if (this.#posts.size <= MAX_IN_MEMORY && at > post.at - DAY_MS) break;
      this.#posts.delete(other);
    }
  }
}

/** In the data file. Memory holds those of the turn that is not stored yet. */
export class SqlitePostKeys implements PostKeys {
  readonly #journal: Journal;
  readonly #select;
  readonly #pending = new Map<string, KeyedPost>();

  constructor(database: Database, journal: Journal) {
    this.#journal = journal;
    this.#select = database.prepare<[string, string], KeyedPost>(
      'SELECT * FROM posts WHERE who = ? AND key = ?',
    );
  }

  find(who: string, key: string, at: number): KeyedPost | undefined {
    return counts(this.#pending.get(nameOf({ who, key })) ?? this.#select.get(who, key), at);
  }

  add(post: KeyedPost): void {
    const name = nameOf(post);
    this.#pending.set(name, post);
    this.#journal.record({ sql: DELETE_OLD, values: { before: post.at - DAY_MS } });
    this.#journal.record({ sql: INSERT, values: { ...post } }, () => {
      if (this.#pending.get(name) === post) this.#pending.delete(name);
    });
  }
}

const INSERT =
  'INSERT OR REPLACE INTO posts VALUES (@who, @key, @hash, @at, @id, @lastId, @name, @target, @isKept)';
const DELETE_OLD = `DELETE FROM posts WHERE (who, key) IN
  (SELECT who, key FROM posts WHERE at <= @before ORDER BY at, who, key LIMIT ${MAX_DELETED})`;
