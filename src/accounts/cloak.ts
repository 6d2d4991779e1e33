/**
 * Hosts that stand for addresses: a keyed hash, so that users are told apart and their addresses stay secret. The key
 * is in the data file, so an address has the same host after a restart. The servers of a cluster agree on one key.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Cloak as CloakPort } from '../core/accounts.js';
import type { Journal } from '../database/journal.js';
import type { Migration } from '../database/migrate.js';
import { networkOf } from '../util/address.js';
import type { Table } from './table.js';

export interface CloakRow {
  readonly id: number;
  readonly key: string;
  /** Whether the servers of a cluster have agreed on it: 0 or 1. */
  readonly isAgreed: number;
}

export const cloakTable: Migration = {
  description: 'the key of the hosts that stand for addresses',
  sql: `
    CREATE TABLE cloak (id INTEGER PRIMARY KEY CHECK (id = 1), key TEXT NOT NULL, isAgreed INTEGER NOT NULL);
    INSERT INTO cloak VALUES (1, lower(hex(randomblob(32))), 0);
  `,
};

const KEY_BYTES = 32;
const HOST_CHARACTERS = 10;
/** Hosts that are kept: a hash takes as long as the rest of a login. */
const MAX_CACHED_HOSTS = 1000;
/** Digits of base 32 (RFC 4648), which cannot be taken for a number or an address. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

export class Cloak implements CloakPort {
  readonly #table: Table<CloakRow>;
  readonly #journal: Journal;
  #row: CloakRow;
  /** By the network of the address, under the key of `#row`. */
  readonly #hosts = new Map<string, string>();

  constructor(table: Table<CloakRow>, journal: Journal) {
    this.#table = table;
    this.#journal = journal;
    this.#row = table.rows()[0] ?? { id: 1, key: randomBytes(KEY_BYTES).toString('hex'), isAgreed: 0 };
  }

  get key(): string {
    return this.#row.key;
  }

  get isAgreed(): boolean {
    return this.#row.isAgreed === 1;
  }

  agree(key: string): void {
    const before = this.#row;
    this.#use({ id: 1, key, isAgreed: 1 });
    this.#table.put(this.#row);
    this.#journal.onUndo(() => this.#use(before));
  }

  hostOf(address: string): string {
    const network = networkOf(address);
    let host = this.#hosts.get(network);
    if (host === undefined) {
      host = this.#hashOf(network);
      if (this.#hosts.size >= MAX_CACHED_HOSTS) this.#hosts.clear();
      this.#hosts.set(network, host);
    }
    return host;
  }

  #hashOf(network: string): string {
    const digest = createHmac('sha256', this.#row.key).update(network).digest();
    const letters = Array.from(digest.subarray(0, HOST_CHARACTERS), (byte) => ALPHABET[byte & 31] ?? '');
    return `${letters.join('')}.partyline`;
  }

  #use(row: CloakRow): void {
    this.#row = row;
    this.#hosts.clear();
  }
}
