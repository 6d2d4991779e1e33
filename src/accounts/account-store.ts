/** Joins everything that outlives a session: users, bans, registered rooms, hooks, offline messages, and their tables. */
import type { Accounts, HookRow, PostKeys, TokenRow } from '../core/accounts.js';
import { type AdminChange, makeAdminChange } from '../core/admin-change.js';
import type { RoomName } from '../core/text/text.js';
import { Journal, type Journaled, type RecordedChanges, type RowChange } from '../database/journal.js';
import { recordOf } from './admin-changes.js';
import { type BanRow, Bans } from './bans.js';
import { Cloak, type CloakRow } from './cloak.js';
import { type AppliedChange, type ExternalChanges, isBanChange, isHookChange } from './external-changes.js';
import { Hooks } from './hooks.js';
import { MemoryOfflineMessages } from './memory-offline-messages.js';
import { type OfflineMessages, OfflineStore, type ReadMarkerRow } from './offline.js';
import { MemoryPostKeys } from './post-keys.js';
import { type ReadPositionRow, ReadPositions } from './read-positions.js';
import { type RegisteredRoomRow, RegisteredRooms } from './registered-rooms.js';
import { nowhere, type Table } from './table.js';
import { type AccountRow, type IgnoreRow, Users, type UserTables } from './users.js';

export interface AccountTables extends UserTables {
  readonly bans: Table<BanRow>;
  readonly rooms: Table<RegisteredRoomRow>;
  readonly readMarkers: Table<ReadMarkerRow>;
  readonly cloak: Table<CloakRow>;
  readonly hooks: Table<HookRow>;
  readonly readPositions: Table<ReadPositionRow>;
  readonly leftPositions: Table<ReadPositionRow>;
}

export interface AccountStoreOptions {
  /** The one that the tables record their changes in. */
  readonly journal: Journal;
  readonly tables: AccountTables;
  readonly offlineMessages: OfflineMessages;
  readonly postKeys: PostKeys;
  /** Null if no other program can change the tables. */
  readonly externalChanges: ExternalChanges | null;
  /** Stores row changes as one transaction, or throws. */
  readonly write: (rows: readonly RowChange[]) => void;
}

export class AccountStore implements Accounts, Journaled {
  readonly users: Users;
  readonly bans: Bans;
  readonly rooms: RegisteredRooms;
  readonly hooks: Hooks;
  readonly offline: OfflineStore;
  readonly cloak: Cloak;
  readonly postKeys: PostKeys;
  readonly readPositions: ReadPositions;
  readonly leftPositions: ReadPositions;
  readonly #externalChanges: ExternalChanges | null;
  /** What the next commit stores; other parts that share the data file record their changes in it. */
  readonly journal: Journal;
  readonly #write: AccountStoreOptions['write'];

  constructor({ journal, tables, offlineMessages, postKeys, externalChanges, write }: AccountStoreOptions) {
    this.users = new Users(tables, journal, (fold) => {
      const undos = [
        this.rooms.removeFounder(fold),
        this.offline.forget(fold),
        this.readPositions.forget(fold),
        this.leftPositions.forget(fold),
      ];
      return () => {
        for (const undo of undos) undo();
      };
    });
    this.bans = new Bans(tables.bans, journal);
    this.rooms = new RegisteredRooms(tables.rooms, journal);
    this.hooks = new Hooks(tables.hooks, journal);
    this.offline = new OfflineStore(offlineMessages, tables.readMarkers);
    this.cloak = new Cloak(tables.cloak, journal);
    this.postKeys = postKeys;
    this.readPositions = new ReadPositions(tables.readPositions, journal);
    this.leftPositions = new ReadPositions(tables.leftPositions, journal);
    this.#externalChanges = externalChanges;
    this.journal = journal;
    this.#write = write;
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
      cloak: nowhere<CloakRow>(),
      hooks: nowhere<HookRow>(),
      readPositions: nowhere<ReadPositionRow>(),
      leftPositions: nowhere<ReadPositionRow>(),
    };
    const journal = new Journal();
    return new AccountStore({
      journal,
      tables,
      offlineMessages: new MemoryOfflineMessages(journal),
      postKeys: new MemoryPostKeys(journal),
      externalChanges: null,
      write() {},
    });
  }

  /** Whether there are changes that are not stored. */
  get hasChanges(): boolean {
    return !this.journal.isEmpty || this.offline.hasUnstored;
  }

  /** Returns the changes since the last call. The caller stores their rows as one transaction. */
  takeChanges(): RecordedChanges {
    const failed = this.offline.recordReadMarkers();
    const changes = this.journal.take();
    return {
      ...changes,
      onFailed() {
        changes.onFailed();
        failed();
      },
    };
  }

  /** Stores the changes at once. @throws if that failed; then memory is as before. */
  commit(): void {
    const changes = this.takeChanges();
    try {
      this.#write(changes.rows);
    } catch (error) {
      changes.onFailed();
      throw error;
    }
    changes.onStored();
  }

  /** Whether other programs may change the tables, so that `poll` must be called regularly. */
  get isShared(): boolean {
    return this.#externalChanges !== null;
  }

  /** At the start: users who were connected at a crash had seen all messages stored by then. */
  recover(lastId: number, lastAt: number): void {
    for (const { fold, room, id, at } of this.offline.recover(lastId, lastAt))
      this.leftPositions.advance(fold, room.fold, { id, at });
  }

  /** Changes an account, a ban or a hook from another program, and records the change for the running server. */
  changeFromOutside(change: AdminChange): void {
    if (change.kind === 'remove-account') this.#unlockRoomsOf(change.account);
    makeAdminChange(this, change);
    this.#externalChanges?.add(recordOf(change));
    this.commit();
  }

  /** A running server passes the rooms on to members that are present, with their locks. */
  #unlockRoomsOf(founder: string): void {
    for (const { name, keyHash } of this.rooms.foundedBy(founder))
      if (keyHash !== null) this.rooms.lock(name, null);
  }

  /** Reloads what other programs have changed since the last call, and returns those changes. */
  poll(): readonly AppliedChange[] {
    const changes = this.#externalChanges?.takeNew() ?? [];
    if (changes.some(isBanChange)) this.bans.reload();
    if (changes.some(isHookChange)) this.hooks.reload();
    const orphaned = new Map<string, readonly RoomName[]>();
    const changedAccounts = changes
      .filter((change) => !isBanChange(change) && !isHookChange(change))
      .map(({ fold }) => fold);
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
