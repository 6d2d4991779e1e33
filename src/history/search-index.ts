/**
 * The full-text index of the stored messages (FTS5). Indexing a message costs several times as much as storing it, so it
 * is done after the turn in small steps; messages that are not indexed yet are found by reading them (scan.ts).
 *
 * A word is indexed as `room:bucket:word`, with both numbers in base 36; a bucket is a range of ids. A search reads the
 * words of one room in one bucket at a time, so the most common word of the largest room costs no more than a rare one,
 * and no step is long. `wordsOf` splits texts into words, because FTS5 has other rules for letters and case.
 */
import { wordsOf } from '../core/text/search-words.js';
import type { Database } from '../database/sqlite.js';
import type { Migration } from '../database/migrate.js';

/** Ids in a bucket. A query takes some milliseconds per bucket, even if its words are in every message. */
const ID_BUCKET = 32_768;
/** Messages indexed in one step. */
const MESSAGES_PER_STEP = 256;
/**
 * Index pages merged in one step. Automatic merges of FTS5 take up to 50 ms, so they are off. This many pages after each
 * step take a few milliseconds and keep the number of index segments low.
 */
const PAGES_MERGED_PER_STEP = 16;

/** The index stores no texts: it can be rebuilt from the messages. */
export const searchTables: Migration = {
  description: 'full-text index of the messages',
  sql: `
    CREATE VIRTUAL TABLE message_words USING fts5(
      words, content = '', columnsize = 0, detail = none, tokenize = "ascii tokenchars ':'"
    );
    INSERT INTO message_words (message_words, rank) VALUES ('automerge', 0), ('crisismerge', 1000);
    CREATE TABLE indexed (last_id INTEGER NOT NULL);
    INSERT INTO indexed VALUES (0);
  `,
};

/** `wordsOf` folds `İstanbul` to `istanbul` now. The messages are indexed again, step by step; SEARCH reads them until then. */
export const searchRebuild: Migration = {
  description: 'the full-text index anew: the dot of İ is not part of a word',
  sql: `
    INSERT INTO message_words (message_words) VALUES ('delete-all');
    UPDATE indexed SET last_id = 0;
  `,
};

/** The part of a message that the index needs. */
export interface Indexable {
  readonly id: number;
  readonly room: number;
  readonly text: string;
}

interface Match {
  readonly id: number;
  readonly at: number;
  readonly name: string;
  readonly text: string;
  readonly form: number;
}

export class SearchIndex {
  /** All messages up to this id are indexed. */
  lastId = 0;
  readonly #selectLastId;
  readonly #updateLastId;
  readonly #selectUnindexed;
  readonly #insertWords;
  readonly #deleteWords;
  readonly #mergePages;
  readonly #selectNewestBelow;
  readonly #selectMatches;

  constructor(database: Database) {
    this.#selectLastId = database.prepareValue<[], number>('SELECT last_id FROM indexed');
    this.refresh();
    this.#selectUnindexed = database.prepare<[number, number], Indexable>(
      'SELECT id, room, text FROM messages WHERE id > ? ORDER BY id LIMIT ?',
    );
    this.#insertWords = database.prepare<[number, string]>(
      'INSERT INTO message_words (rowid, words) VALUES (?, ?)',
    );
    this.#deleteWords = database.prepare<[number, string]>(
      "INSERT INTO message_words (message_words, rowid, words) VALUES ('delete', ?, ?)",
    );
    this.#mergePages = database.prepare<[number]>(
      "INSERT INTO message_words (message_words, rank) VALUES ('merge', ?)",
    );
    this.#updateLastId = database.prepare<[number]>('UPDATE indexed SET last_id = ?');
    this.#selectNewestBelow = database.prepareValue<[number, number], number | null>(
      'SELECT max(id) FROM messages WHERE room = ? AND id < ?',
    );
    this.#selectMatches = database.prepare<[string, number, number], Match>(
      `SELECT id, at, name, text, form FROM message_words JOIN messages ON id = message_words.rowid
       WHERE message_words MATCH ? AND message_words.rowid < ? ORDER BY message_words.rowid DESC LIMIT ?`,
    );
  }

  get hasUnindexed(): boolean {
    return this.#selectUnindexed.get(this.lastId, 1) !== undefined;
  }

  /** Must run in a transaction, followed by `refresh`. Indexes the next messages. */
  extend(): void {
    const messages = this.#selectUnindexed.all(this.lastId, MESSAGES_PER_STEP);
    const newest = messages.at(-1);
    if (newest === undefined) return;
    for (const message of messages) this.#insertWords.run(message.id, indexedWords(message));
    this.#updateLastId.run(newest.id);
    this.merge();
  }

  /** Must run in a transaction, after each step. FTS5 allows at most 2,000 segments. */
  merge(): void {
    this.#mergePages.run(PAGES_MERGED_PER_STEP);
  }

  /** Reads `lastId` again, since the transaction may have failed. */
  refresh(): void {
    this.lastId = this.#selectLastId.get() ?? 0;
  }

  /** Must run in a transaction. Removes a message, whose text must be the indexed one. */
  remove(message: Indexable): void {
    if (message.id <= this.lastId) this.#deleteWords.run(message.id, indexedWords(message));
  }

  /**
   * Searches one bucket: that of the room's newest message below `before`. Returns its newest matches, newest first, and
   * the id below which to continue; null if the room has no message below `before`.
   */
  find(room: number, words: readonly string[], before: number, limit: number) {
    const newest = this.#selectNewestBelow.get(room, before) ?? null;
    if (newest === null) return null;
    const prefix = prefixOf(room, newest);
    const query = words.map((word) => `"${prefix}${word}"`).join(' AND ');
    const bucketStart = newest - (newest % ID_BUCKET);
    return { matches: this.#selectMatches.all(query, before, limit), before: bucketStart };
  }
}

function indexedWords({ id, room, text }: Indexable): string {
  const prefix = prefixOf(room, id);
  let words = '';
  for (const word of wordsOf(text)) words += `${prefix}${word} `;
  return words;
}

function prefixOf(room: number, id: number): string {
  return `${room.toString(36)}:${Math.floor(id / ID_BUCKET).toString(36)}:`;
}
