/**
 * Finds and deletes old messages. Ids are in the order of the messages, times are not always: a clock that was ahead is
 * set right. So the file records the id of each message that is older than the one before it. Between two such ids times
 * only grow, so the oldest messages are the first ones of each range, and no index of the times is needed.
 */
import type { Message } from '../core/message.js';
import type { Database } from '../database/sqlite.js';
import type { RoomTable } from './room-table.js';
import type { Indexable, SearchIndex } from './search-index.js';

/** The ids of messages that are older than the message before them. `lastAt` is the time of the one before all. */
export function clockStepsIn(messages: readonly Message[], lastAt: number): number[] {
  const steps: number[] = [];
  let before = lastAt;
  for (const { id, at } of messages) {
    if (at < before) steps.push(id);
    before = at;
  }
  return steps;
}

interface OldMessage extends Indexable {
  readonly at: number;
}

/** A step of some milliseconds, even if each message is in another room. */
const MESSAGES_PER_STEP = 64;
/** With a clock that keeps jumping, messages behind the last of these ids are kept longer than they need be. */
const MAX_RANGES = 100;

export class Trimmer {
  readonly #index: SearchIndex;
  readonly #rooms: RoomTable;
  readonly #insertStep;
  readonly #selectSteps;
  readonly #deletePassedSteps;
  readonly #selectOldest;
  readonly #delete;
  readonly #updateForgotten;

  constructor(database: Database, index: SearchIndex, rooms: RoomTable) {
    this.#index = index;
    this.#rooms = rooms;
    this.#insertStep = database.prepare<[number]>('INSERT OR IGNORE INTO clock_steps VALUES (?)');
    this.#selectSteps = database.prepareValue<[number], number>(
      'SELECT id FROM clock_steps ORDER BY id LIMIT ?',
    );
    this.#deletePassedSteps = database.prepare<[]>(
      'DELETE FROM clock_steps WHERE id <= (SELECT min(id) FROM messages)',
    );
    this.#selectOldest = database.prepare<[number, number, number], OldMessage>(
      'SELECT id, at, room, text FROM messages WHERE id >= ? AND id < ? ORDER BY id LIMIT ?',
    );
    this.#updateForgotten = database.prepare<[number]>(
      'UPDATE numbering SET forgotten_id = max(forgotten_id, ?)',
    );
    this.#delete = database.prepare<[number, number]>('DELETE FROM messages WHERE id >= ? AND id <= ?');
  }

  /** Must run in the transaction of the messages with these ids: each is older than the message before it. */
  recordSteps(ids: readonly number[]): void {
    for (const id of ids) this.#insertStep.run(id);
  }

  /** Some messages older than `at`, which have no others between them. */
  find(at: number): readonly OldMessage[] {
    const starts = [0, ...this.#selectSteps.all(MAX_RANGES)];
    for (const [index, start] of starts.entries()) {
      const end = starts[index + 1] ?? Number.MAX_SAFE_INTEGER;
      const oldest = this.#selectOldest.all(start, end, MESSAGES_PER_STEP);
      const kept = oldest.findIndex((message) => message.at >= at);
      if (kept !== 0 && oldest.length > 0) return kept === -1 ? oldest : oldest.slice(0, kept);
    }
    return [];
  }

  /** Must run in a transaction. Deletes the messages that `find` returned. */
  delete(old: readonly OldMessage[]): void {
    const [first] = old;
    const last = old.at(-1);
    if (first === undefined || last === undefined) return;
    for (const message of old) this.#index.remove(message);
    this.#index.merge();
    this.#delete.run(first.id, last.id);
    this.#updateForgotten.run(last.id);
    for (const room of new Set(old.map(({ room }) => room))) this.#rooms.removeIfEmpty(room);
    this.#deletePassedSteps.run();
  }
}
