/** All that is kept of people and rooms beyond a session, as one: in memory, and in whatever tables it is given. */
import type { Accounts } from '../core/accounts.js';
import { type RegisteredRoomRow, RegisteredRooms } from './registered-rooms.js';
import { MemoryMail } from './memory-mail.js';
import { type AccountRow, type IgnoreRow, Users, type UserTables, type TokenRow } from './users.js';
import { type BanRow, Bans } from './bans.js';
import { type MailStore, type ReadMarkerRow, OfflineStore } from './offline.js';
import { nowhere, type Table } from './table.js';

export interface AccountTables extends UserTables {
  readonly restraints: Table<BanRow>;
  readonly rooms: Table<RegisteredRoomRow>;
  readonly marks: Table<ReadMarkerRow>;
}

/** What another program did to a name. */
export interface ExternalChange {
  readonly fold: string;
  readonly what: string;
}

/** Where other programs leave word of what they did. */
export interface ExternalChanges {
  add(change: ExternalChange): void;
  /** What was done since the last look. */
  poll(): readonly ExternalChange[];
}

export interface AccountStoreOptions {
  readonly tables: AccountTables;
  readonly mail: MailStore;
  /** Null if no other program can change anything. */
  readonly externalChanges: ExternalChanges | null;
  /** Does all of it or nothing. */
  readonly inTransaction: <Outcome>(work: () => Outcome) => Outcome;
}

export class AccountStore implements Accounts {
  readonly users: Users;
  readonly bans: Bans;
  readonly rooms: RegisteredRooms;
  readonly offline: OfflineStore;
  readonly #externalChanges: ExternalChanges | null;
  readonly #inTransaction: AccountStoreOptions['inTransaction'];

  constructor({ tables, mail, externalChanges, inTransaction }: AccountStoreOptions) {
    this.users = new Users(tables, (fold) => {
      this.rooms.forgetFounder(fold);
      this.offline.forget(fold);
    });
    this.bans = new Bans(tables.restraints);
    this.rooms = new RegisteredRooms(tables.rooms);
    this.offline = new OfflineStore(mail, tables.marks);
    this.#externalChanges = externalChanges;
    this.#inTransaction = inTransaction;
  }

  /** Gone with the process, as its history is. */
  static inMemory(): AccountStore {
    const tables = {
      accounts: nowhere<AccountRow>(),
      tokens: nowhere<TokenRow>(),
      ignores: nowhere<IgnoreRow>(),
      restraints: nowhere<BanRow>(),
      rooms: nowhere<RegisteredRoomRow>(),
      marks: nowhere<ReadMarkerRow>(),
    };
    return new AccountStore({
      tables,
      mail: new MemoryMail(),
      externalChanges: null,
      inTransaction: (work) => work(),
    });
  }

  commit(): void {
    if (!this.rooms.hasUnstored && !this.offline.hasUnstored) return;
    this.#inTransaction(() => {
      this.rooms.store();
      this.offline.store();
    });
    this.rooms.stored();
    this.offline.stored();
  }

  /** Whether other programs may change it: then it is to be looked at now and then. */
  get isShared(): boolean {
    return this.#externalChanges !== null;
  }

  /** After a start: whoever was here when the server was killed had seen what was stored by then. */
  recover(lastId: number, lastAt: number): void {
    this.offline.recover(lastId, lastAt);
  }

  /** Something that another program does to a name, in a way that a running server notices. */
  changeFromOutside<Outcome>(change: ExternalChange, apply: () => Outcome): Outcome {
    return this.#inTransaction(() => {
      const outcome = apply();
      this.#externalChanges?.add(change);
      return outcome;
    });
  }

  /** Takes over what other programs did since the last look. */
  poll(): readonly ExternalChange[] {
    const externalChanges = this.#externalChanges?.poll() ?? [];
    for (const fold of new Set(externalChanges.map((change) => change.fold))) this.users.reload(fold);
    return externalChanges;
  }
}
