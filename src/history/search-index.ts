/**
 * The words of the messages on disk (FTS5). To index a message costs several times what it costs to store it, so this
 * is not done in the turn but afterwards, in small steps; what is not indexed yet is found by reading it.
 *
 * A word is indexed as `room:epoch:word`, both numbers in base 36: a search looks at one room's words of one epoch, so
 * that the commonest word of the largest room costs no more than a rare one, and so that no step of it is long. Words
 * are taken apart here and not by FTS5, whose rules for letters and case are not ours.
 */
import { wordsOf } from '../core/text/search-words.js';
import type { Database } from '../database/sqlite.js';
import type { Migration } from '../database/migrate.js';

/** Ids in an epoch. All words of a query, however common, are looked through in one within some milliseconds. */
const ID_BUCKET = 32_768;
/** Messages indexed in a step. */
const MESSAGES_PER_STEP = 256;
/**
 * Pages merged in a step. FTS5 would merge by itself, for up to 50 ms at a time. So much of it after each step keeps the
 * parts of the index few, and takes a few milliseconds.
 */
const PAGES_MERGED_PER_STEP = 16;

/** Of the index, no text: it can always be made again from the messages. */
export const searchTables: Migration = {
  description: 'the words of the messages',
  sql: `
    CREATE VIRTUAL TABLE message_words USING fts5(
      words, content = '', columnsize = 0, detail = none, tokenize = "ascii tokenchars ':'"
    );
    INSERT INTO message_words (message_words, rank) VALUES ('automerge', 0), ('crisismerge', 1000);
    CREATE TABLE indexed (last_id INTEGER NOT NULL);
    INSERT INTO indexed VALUES (0);
  `,
};

/** What the index needs of a message. */
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
}

export class SearchIndex {
  /** Messages up to this id are indexed. */
  lastId = 0;
  readonly #last;
  readonly #next;
  readonly #add;
  readonly #remove;
  readonly #merge;
  readonly #note;
  readonly #newestBelow;
  readonly #match;

  constructor(database: Database) {
    this.#last = database.prepare<[], number>('SELECT last_id FROM indexed').pluck();
    this.refresh();
    this.#next = database.prepare<[number, number], Indexable>(
      'SELECT id, room, text FROM messages WHERE id > ? ORDER BY id LIMIT ?',
    );
    this.#add = database.prepare<[number, string]>('INSERT INTO message_words (rowid, words) VALUES (?, ?)');
    this.#remove = database.prepare<[number, string]>(
      "INSERT INTO message_words (message_words, rowid, words) VALUES ('delete', ?, ?)",
    );
    this.#merge = database.prepare<[number]>(
      "INSERT INTO message_words (message_words, rank) VALUES ('merge', ?)",
    );
    this.#note = database.prepare<[number]>('UPDATE indexed SET last_id = ?');
    this.#newestBelow = database
      .prepare<[number, number], number | null>('SELECT max(id) FROM messages WHERE room = ? AND id < ?')
      .pluck();
    this.#match = database.prepare<[string, number, number], Match>(
      `SELECT id, at, name, text FROM message_words JOIN messages ON id = message_words.rowid
       WHERE message_words MATCH ? AND message_words.rowid < ? ORDER BY message_words.rowid DESC LIMIT ?`,
    );
  }

  /** Whether there is anything to index. */
  get isBehind(): boolean {
    return this.#next.get(this.lastId, 1) !== undefined;
  }

  /** Within a transaction, after which `refresh` is due: indexes some more. */
  extend(): void {
    const messages = this.#next.all(this.lastId, MESSAGES_PER_STEP);
    const newest = messages.at(-1);
    if (newest === undefined) return;
    for (const message of messages) this.#add.run(message.id, entriesOf(message));
    this.#note.run(newest.id);
    this.tidy();
  }

  /** Within a transaction, after each step: keeps the parts of the index few. There can be no more than 2,000. */
  tidy(): void {
    this.#merge.run(PAGES_MERGED_PER_STEP);
  }

  /** Looks how far it has come: a transaction may have failed. */
  refresh(): void {
    this.lastId = this.#last.get() ?? 0;
  }

  /** Within a transaction: forgets a message. */
  remove(message: Indexable): void {
    if (message.id <= this.lastId) this.#remove.run(message.id, entriesOf(message));
  }

  /**
   * The newest matches below an id, newest first, from the epoch in which the room has its newest message below it; and
   * below which id to go on. Null if there is nothing below.
   */
  find(room: number, words: readonly string[], before: number, limit: number) {
    const newest = this.#newestBelow.get(room, before) ?? null;
    if (newest === null) return null;
    const prefix = prefixOf(room, newest);
    const query = words.map((word) => `"${prefix}${word}"`).join(' AND ');
    const bucketStart = newest - (newest % ID_BUCKET);
    return { matches: this.#match.all(query, before, limit), before: bucketStart };
  }
}

function entriesOf({ id, room, text }: Indexable): string {
  const prefix = prefixOf(room, id);
  let entries = '';
  for (const word of wordsOf(text)) entries += `${prefix}${word} `;
  return entries;
}

function prefixOf(room: number, id: number): string {
  return `${room.toString(36)}:${Math.floor(id / ID_BUCKET).toString(36)}:`;
}
