/**
 * What the data file of a server of a cluster has beside the history and the accounts: where the server stands in the
 * log, the sessions of all servers and the users who have left, and the changes that the command line asks for. All of it is written in the
 * transaction of the turn that it belongs to.
 */
import type { Migration } from './migrate.js';
import type { Journal } from './journal.js';
import type { Database } from './sqlite.js';
import { inTransaction } from './transaction.js';

export const replicaTables: Migration = {
  description: 'the place in the log of a cluster, its sessions, and changes that the command line asks for',
  sql: `
    CREATE TABLE replica (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      node TEXT NOT NULL,
      state TEXT NOT NULL
    );
    CREATE TABLE sessions (
      node TEXT NOT NULL,
      epoch INTEGER NOT NULL,
      no INTEGER NOT NULL,
      session TEXT NOT NULL,
      PRIMARY KEY (node, epoch, no)
    ) WITHOUT ROWID;
    CREATE TABLE requests (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      change TEXT NOT NULL,
      result TEXT
    );
  `,
};

export const departureTable: Migration = {
  description: 'users who have left, which all servers of a cluster know',
  sql: `
    CREATE TABLE departures (
      no INTEGER PRIMARY KEY,
      departure TEXT NOT NULL
    );
  `,
};

/** Where a server stands in the log, as text that it can read again. */
export interface ReplicaState {
  /** The name under which the data was used last. */
  readonly node: string;
  readonly state: string;
}

/** The key of a session. */
interface Key {
  readonly node: string;
  readonly epoch: number;
  readonly no: number;
}

/** A change that the command line asks for. */
export interface ChangeRequest {
  readonly id: number;
  /** JSON. */
  readonly change: string;
}

/** Null if the data is that of a lone server. */
export function readReplica(database: Database): ReplicaState | null {
  return database.prepare<[], ReplicaState>('SELECT node, state FROM replica').get() ?? null;
}

export class Replica {
  readonly #journal: Journal;
  readonly #selectRequests;
  /** Requests before this were answered, or were left by a command that has ended. */
  #lastRequest: number;

  constructor(database: Database, journal: Journal) {
    this.#journal = journal;
    this.#lastRequest = database.prepareValue<[], number | null>('SELECT max(id) FROM requests').get() ?? 0;
    this.#selectRequests = database.prepare<[number], ChangeRequest>(
      'SELECT id, change FROM requests WHERE id > ? AND result IS NULL ORDER BY id',
    );
  }

  put({ node, state }: ReplicaState): void {
    this.#journal.record({
      sql: 'INSERT INTO replica VALUES (1, @node, @state) ON CONFLICT (id) DO UPDATE SET node = @node, state = @state',
      values: { node, state },
    });
  }

  putSession({ node, epoch, no }: Key, session: string): void {
    this.#journal.record({
      sql: `INSERT INTO sessions VALUES (@node, @epoch, @no, @session)
        ON CONFLICT (node, epoch, no) DO UPDATE SET session = @session`,
      values: { node, epoch, no, session },
    });
  }

  removeSession({ node, epoch, no }: Key): void {
    this.#journal.record({
      sql: 'DELETE FROM sessions WHERE node = @node AND epoch = @epoch AND no = @no',
      values: { node, epoch, no },
    });
  }

  putDeparture(no: number, departure: string): void {
    this.#journal.record({
      sql: 'INSERT INTO departures VALUES (@no, @departure)',
      values: { no, departure },
    });
  }

  removeDeparture(no: number): void {
    this.#journal.record({ sql: 'DELETE FROM departures WHERE no = @no', values: { no } });
  }

  /** The requests since the last call. */
  takeRequests(): readonly ChangeRequest[] {
    const requests = this.#selectRequests.all(this.#lastRequest);
    this.#lastRequest = requests.at(-1)?.id ?? this.#lastRequest;
    return requests;
  }

  answerRequest(id: number, result: string): void {
    this.#journal.record({
      sql: 'UPDATE requests SET result = @result WHERE id = @id',
      values: { id, result },
    });
  }
}

/** The sessions that were stored, as JSON. */
export function storedSessions(database: Database): readonly string[] {
  return database.prepareValue<[], string>('SELECT session FROM sessions').all();
}

/** The departures that were stored, as JSON. */
export function storedDepartures(database: Database): readonly string[] {
  return database.prepareValue<[], string>('SELECT departure FROM departures').all();
}

/** Asks the server of the data file for a change, and returns the number of the request. */
export function addRequest(database: Database, change: string): number {
  return inTransaction(database, () =>
    Number(
      database.prepare<[string]>('INSERT INTO requests (change) VALUES (?)').run(change).lastInsertRowid,
    ),
  );
}

/** The answer to a request; null while there is none. */
export function resultOf(database: Database, id: number): string | null {
  return (
    database.prepareValue<[number], string | null>('SELECT result FROM requests WHERE id = ?').get(id) ?? null
  );
}

export function removeRequest(database: Database, id: number): void {
  inTransaction(database, () => database.prepare<[number]>('DELETE FROM requests WHERE id = ?').run(id));
}

/** Begins another log with this data: no server has a session. */
export function adoptState(database: Database, { node, state }: ReplicaState): void {
  inTransaction(database, () => {
    database.prepare<[string, string]>('UPDATE replica SET node = ?, state = ?').run(node, state);
    database.exec('DELETE FROM sessions');
  });
}

/** The data belongs to no cluster any more: a server of its own goes on with it. */
export function leaveCluster(database: Database): void {
  inTransaction(database, () => {
    for (const table of ['replica', 'sessions', 'departures']) database.exec(`DELETE FROM ${table}`);
  });
}
