/** All that is kept of people and rooms beyond a session, as one: in memory alone, or in the data file too. */
import type { Accounts } from '../core/accounts.js';
import type { Database } from '../store/database.js';
import { change } from './change.js';
import { Changes, type Note } from './changes.js';
import { type KeptRoomRow, KeptRooms } from './kept-rooms.js';
import { MemoryMail, StoredMail } from './mail.js';
import { type AccountRow, type IgnoreRow, People, type PeopleTables, type TokenRow } from './people.js';
import { type RestraintRow, Restraints } from './restraints.js';
import { type MailStore, type MarkRow, Returns } from './returns.js';
import { nowhere, type Table, tableIn } from './table.js';

interface Tables extends PeopleTables {
  readonly restraints: Table<RestraintRow>;
  readonly rooms: Table<KeptRoomRow>;
  readonly marks: Table<MarkRow>;
}

type InOne = <Outcome>(work: () => Outcome) => Outcome;

export class AccountKeep implements Accounts {
  readonly people: People;
  readonly restraints: Restraints;
  readonly rooms: KeptRooms;
  readonly returns: Returns;
  readonly #changes: Changes | null;
  /** Does all of it or nothing. */
  readonly #inOne: InOne;

  private constructor(tables: Tables, mail: MailStore, changes: Changes | null, inOne: InOne) {
    this.people = new People(tables, (fold) => {
      this.rooms.forgetFounder(fold);
      this.returns.forget(fold);
    });
    this.restraints = new Restraints(tables.restraints);
    this.rooms = new KeptRooms(tables.rooms);
    this.returns = new Returns(mail, tables.marks);
    this.#changes = changes;
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
    return new AccountKeep(tables, new MemoryMail(), null, (work) => work());
  }

  static on(database: Database): AccountKeep {
    const tables: Tables = {
      accounts: tableIn(database, 'accounts', {
        key: ['fold'],
        others: ['shown', 'passwordHash', 'isOperator', 'registeredAt'],
      }),
      tokens: tableIn(database, 'tokens', {
        key: ['id'],
        others: ['fold', 'hash', 'createdAt', 'expiresAt'],
      }),
      ignores: tableIn(database, 'ignores', { key: ['fold', 'other'], others: [] }),
      restraints: tableIn(database, 'restraints', {
        key: ['kind', 'target'],
        others: ['shown', 'until', 'by', 'reason'],
      }),
      rooms: tableIn(database, 'kept_rooms', {
        key: ['fold'],
        others: ['shown', 'founder', 'keyHash', 'topic'],
      }),
      marks: tableIn(database, 'marks', { key: ['fold'], others: ['room', 'id', 'at', 'isHere'] }),
    };
    return new AccountKeep(tables, new StoredMail(database), new Changes(database), (work) =>
      change(database, work),
    );
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
    return this.#changes !== null;
  }

  /** After a start: whoever was here when the server was killed had seen what was stored by then. */
  recover(lastId: number, lastAt: number): void {
    this.returns.recover(lastId, lastAt);
  }

  /** Something that another program does to a name, in a way that a running server notices. */
  changeFromOutside<Outcome>(note: Note, change: () => Outcome): Outcome {
    return this.#inOne(() => {
      const outcome = change();
      this.#changes?.leave(note);
      return outcome;
    });
  }

  /** Takes over what other programs did since the last look. */
  look(): readonly Note[] {
    const notes = this.#changes?.look() ?? [];
    for (const fold of new Set(notes.map((note) => note.fold))) this.people.reload(fold);
    return notes;
  }
}
