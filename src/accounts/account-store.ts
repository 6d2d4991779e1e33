/** All that is kept of people and rooms beyond a session, as one: in memory, and in whatever tables it is given. */
import type { Accounts } from '../core/accounts.js';
import { type KeptRoomRow, KeptRooms } from './registered-rooms.js';
import { MemoryMail } from './memory-mail.js';
import { type AccountRow, type IgnoreRow, People, type PeopleTables, type TokenRow } from './users.js';
import { type RestraintRow, Restraints } from './bans.js';
import { type MailStore, type MarkRow, Returns } from './offline.js';
import { nowhere, type Table } from './table.js';

export interface AccountTables extends PeopleTables {
  readonly restraints: Table<RestraintRow>;
  readonly rooms: Table<KeptRoomRow>;
  readonly marks: Table<MarkRow>;
}

/** What another program did to a name. */
export interface Note {
  readonly fold: string;
  readonly what: string;
}

/** Where other programs leave word of what they did. */
export interface Notes {
  leave(note: Note): void;
  /** What was done since the last look. */
  look(): readonly Note[];
}

export interface KeepOptions {
  readonly tables: AccountTables;
  readonly mail: MailStore;
  /** Null if no other program can change anything. */
  readonly notes: Notes | null;
  /** Does all of it or nothing. */
  readonly inOne: <Outcome>(work: () => Outcome) => Outcome;
}

export class AccountKeep implements Accounts {
  readonly people: People;
  readonly restraints: Restraints;
  readonly rooms: KeptRooms;
  readonly returns: Returns;
  readonly #notes: Notes | null;
  readonly #inOne: KeepOptions['inOne'];

  constructor({ tables, mail, notes, inOne }: KeepOptions) {
    this.people = new People(tables, (fold) => {
      this.rooms.forgetFounder(fold);
      this.returns.forget(fold);
    });
    this.restraints = new Restraints(tables.restraints);
    this.rooms = new KeptRooms(tables.rooms);
    this.returns = new Returns(mail, tables.marks);
    this.#notes = notes;
    this.#inOne = inOne;
  }

  /** Gone with the process, as its history is. */
  static inMemory(): AccountKeep {
    const tables = {
      accounts: nowhere<AccountRow>(),
      tokens: nowhere<TokenRow>(),
      ignores: nowhere<IgnoreRow>(),
      restraints: nowhere<RestraintRow>(),
      rooms: nowhere<KeptRoomRow>(),
      marks: nowhere<MarkRow>(),
    };
    return new AccountKeep({ tables, mail: new MemoryMail(), notes: null, inOne: (work) => work() });
  }

  commit(): void {
    if (!this.rooms.hasUnstored && !this.returns.hasUnstored) return;
    this.#inOne(() => {
      this.rooms.store();
      this.returns.store();
    });
    this.rooms.stored();
    this.returns.stored();
  }

  /** Whether other programs may change it: then it is to be looked at now and then. */
  get isShared(): boolean {
    return this.#notes !== null;
  }

  /** After a start: whoever was here when the server was killed had seen what was stored by then. */
  recover(lastId: number, lastAt: number): void {
    this.returns.recover(lastId, lastAt);
  }

  /** Something that another program does to a name, in a way that a running server notices. */
  changeFromOutside<Outcome>(note: Note, change: () => Outcome): Outcome {
    return this.#inOne(() => {
      const outcome = change();
      this.#notes?.leave(note);
      return outcome;
    });
  }

  /** Takes over what other programs did since the last look. */
  look(): readonly Note[] {
    const notes = this.#notes?.look() ?? [];
    for (const fold of new Set(notes.map((note) => note.fold))) this.people.reload(fold);
    return notes;
  }
}
