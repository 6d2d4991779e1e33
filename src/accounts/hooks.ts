/**
 * Webhooks for posting: each may post in one room under one name, which is kept for it. In memory for checks, and in their
 * table. Only the hash of a secret is stored, as of tokens.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { HookRow, Hooks as HooksPort } from '../core/accounts.js';
import { Tally } from '../core/text/tally.js';
import { parseUserName, type RoomName, type UserName } from '../core/text/text.js';
import type { Journal } from '../database/journal.js';
import type { Table } from './table.js';

const SECRET_BYTES = 32;
const ID_BYTES = 4;

export class Hooks implements HooksPort {
  readonly #table: Table<HookRow>;
  readonly #journal: Journal;
  readonly #byId = new Map<string, HookRow>();
  readonly #byHash = new Map<string, HookRow>();
  /** UserName.skeletons of the names that are kept. */
  #skeletons = new Tally();

  constructor(table: Table<HookRow>, journal: Journal) {
    this.#table = table;
    this.#journal = journal;
    for (const row of table.rows()) this.#add(row);
  }

  /** Reads all hooks from the table, after another program changed them. */
  reload(): void {
    this.#byId.clear();
    this.#byHash.clear();
    this.#skeletons = new Tally();
    for (const row of this.#table.rows()) this.#add(row);
  }

  all(): readonly HookRow[] {
    return [...this.#byId.values()];
  }

  /** Makes a hook, which `add` stores. The secret cannot be shown again. */
  newHook(room: RoomName, name: UserName, at: number): { readonly secret: string; readonly row: HookRow } {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    let id = randomBytes(ID_BYTES).toString('hex');
    while (this.#byId.has(id)) id = randomBytes(ID_BYTES).toString('hex');
    const row = {
      id,
      hash: hashOf(secret),
      room: room.shown,
      roomFold: room.fold,
      name: name.shown,
      createdAt: at,
    };
    return { secret, row };
  }

  add(row: HookRow): void {
    this.#table.put(row);
    this.#add(row);
    this.#journal.onUndo(() => this.#drop(row));
  }

  remove(id: string): void {
    const row = this.#byId.get(id);
    if (row === undefined) return;
    this.#table.remove({ id });
    this.#drop(row);
    this.#journal.onUndo(() => this.#add(row));
  }

  hook(id: string): HookRow | undefined {
    return this.#byId.get(id);
  }

  hookFor(secret: string): HookRow | undefined {
    return this.#byHash.get(hashOf(secret));
  }

  keepsName(name: UserName): boolean {
    return name.skeletons.some((skeleton) => this.#skeletons.has(skeleton));
  }

  #add(row: HookRow): void {
    this.#byId.set(row.id, row);
    this.#byHash.set(row.hash, row);
    for (const skeleton of skeletonsOf(row)) this.#skeletons.add(skeleton);
  }

  #drop(row: HookRow): void {
    if (!this.#byId.delete(row.id)) return;
    this.#byHash.delete(row.hash);
    for (const skeleton of skeletonsOf(row)) this.#skeletons.remove(skeleton);
  }
}

function skeletonsOf({ name }: HookRow): readonly string[] {
  return parseUserName(name)?.skeletons ?? [];
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
