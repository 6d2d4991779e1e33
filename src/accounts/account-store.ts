/** Joins everything that outlives a session: users, bans, registered rooms, offline messages, and their tables. */
import type { Accounts } from '../core/accounts.js';
import type { AdminChange, TokenRow } from '../core/admin-change.js';
import type { RoomName } from '../core/text/text.js';
import { makeAdminChange, recordOf } from './admin-changes.js';
import { type BanRow, Bans } from './bans.js';
import { type AppliedChange, type ExternalChanges, isBanChange } from './external-changes.js';
import { MemoryOfflineMessages } from './memory-offline-messages.js';
import { type OfflineMessages, OfflineStore, type ReadMarkerRow } from './offline.js';
import { type RegisteredRoomRow, RegisteredRooms } from './registered-rooms.js';
import { nowhere, type Table } from './table.js';
import { type AccountRow, type IgnoreRow, Users, type UserTables } from './users.js';

export interface AccountTables extends UserTables {
  readonly bans: Table<BanRow>;
  readonly rooms: Table<RegisteredRoomRow>;
  readonly readMarkers: Table<ReadMarkerRow>;
}

export interface AccountStoreOptions {
  readonly tables: AccountTables;
  readonly offlineMessages: OfflineMessages;
  /** Null if no other program can change the tables. */
  readonly externalChanges: ExternalChanges | null;
  /** Runs `work` as one transaction; if it throws, no table is changed. */
  readonly inTransaction: <Result>(work: () => Result) => Result;
}

export class AccountStore implements Accounts {
  readonly users: Users;
  readonly bans: Bans;
  readonly rooms: RegisteredRooms;
  readonly offline: OfflineStore;
  readonly #externalChanges: ExternalChanges | null;
  readonly #inTransaction: AccountStoreOptions['inTransaction'];

  constructor({ tables, offlineMessages, externalChanges, inTransaction }: AccountStoreOptions) {
    this.users = new Users(tables, (fold) => {
      this.rooms.removeFounder(fold);
      this.offline.forget(fold);
    });
    this.bans = new Bans(tables.bans);
    this.rooms = new RegisteredRooms(tables.rooms);
    this.offline = new OfflineStore(offlineMessages, tables.readMarkers);
    this.#externalChanges = externalChanges;
    this.#inTransaction = inTransaction;
  }

  /** A store that lasts as long as the process, like the history in memory. */
  static inMemory(): AccountStore {
    const tables = {
      accounts: nowhere<AccountRow>(),
      tokens: nowhere<TokenRow>(),
      ignores: nowhere<IgnoreRow>(),
      bans: nowhere<BanRow>(),
      rooms: nowhere<RegisteredRoomRow>(),
      readMarkers: nowhere<ReadMarkerRow>(),
    };
    return new AccountStore({
      tables,
      offlineMessages: new MemoryOfflineMessages(),
      externalChanges: null,
      inTransaction: (work) => work(),
    });
  }

  /** Stores the changes that only memory has. After an error they are stored by the next call. */
  commit(): void {
    if (!this.rooms.hasUnstored && !this.offline.hasUnstored) return;
    this.#inTransaction(() => {
      this.rooms.store();
      this.offline.store();
    });
    this.rooms.clearUnstored();
    this.offline.clearUnstored();
  }

  /** Whether other programs may change the tables, so that `poll` must be called regularly. */
  get isShared(): boolean {
    return this.#externalChanges !== null;
  }

  /** At the start: users who were connected at a crash had seen all messages stored by then. */
  recover(lastId: number, lastAt: number): void {
    this.offline.recover(lastId, lastAt);
  }

  /** Changes an account or a ban from another program, and records the change for the running server. */
  changeFromOutside(change: AdminChange): void {
    this.#inTransaction(() => {
      makeAdminChange(this, change);
      this.#externalChanges?.add(recordOf(change));
    });
  }

  /** Reloads what other programs have changed since the last call, and returns those changes. */
  poll(): readonly AppliedChange[] {
    const changes = this.#externalChanges?.takeNew() ?? [];
    if (changes.some(isBanChange)) this.bans.reload();
    const orphaned = new Map<string, readonly RoomName[]>();
    const changedAccounts = changes.filter((change) => !isBanChange(change)).map(({ fold }) => fold);
    for (const fold of new Set(changedAccounts)) {
      const rooms = this.rooms.foundedBy(fold).map(({ name }) => name);
      this.users.reload(fold);
      if (rooms.length > 0 && this.users.account(fold) === undefined) orphaned.set(fold, rooms);
    }
    return changes.map((change) => {
      const orphanedRooms = orphaned.get(change.fold);
      return orphanedRooms === undefined ? change : { ...change, orphanedRooms };
    });
  }
}
