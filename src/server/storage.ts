/** Opens what a server stores in: its data file, which another thread writes, or its memory. */
import { AccountStore } from '../accounts/account-store.js';
import { sqliteAccounts } from '../accounts/sqlite.js';
import type { Forgotten } from '../core/message.js';
import type { DataFile } from '../database/open.js';
import { DirectStore } from '../history/direct-store.js';
import { describeDamage, WHERE_DAMAGED } from '../history/damaged-packs.js';
import { DiskStore } from '../history/disk-store.js';
import { MemoryHistory } from '../history/memory.js';
import { SqliteHistory } from '../history/sqlite.js';
import type { Logger } from '../logging/logger.js';
import type { Storage } from '../partyline.js';
import type { Forgettable } from './disk-messages.js';
import { DiskThread } from './disk-thread.js';

/** What deletes in a data file. */
export interface Keeper {
  forget(what: Forgettable, before: number): Forgotten | null | 'pending';
}

export interface Disk extends Storage {
  readonly database: DataFile['database'];
  readonly keeper: Keeper;
  close(): Promise<void>;
}

/** This thread reads the data file, another one writes it. */
export async function openDisk({ database }: DataFile, log: Logger): Promise<Disk> {
  const accounts = sqliteAccounts(database);
  const history = new SqliteHistory(database, accounts.offline.lastId());
  const thread = await DiskThread.start({
    database,
    onMaintained: () => history.refresh(),
    onDamaged: (pack) => log.error({ tag: 'ERROR' }, `${describeDamage(pack)}; ${WHERE_DAMAGED}`),
    onError: (err) => log.error({ tag: 'ERROR', err }, '[ERROR]'),
  });
  database.pragma('query_only = ON');
  const store = new DiskStore({
    history,
    accounts,
    isAsync: true,
    write: (turn, onEnd) => thread.commit(turn, onEnd),
    onRecovery: () => log.warn('messages are stored again'),
  });
  const keeper = { forget: thread.forget.bind(thread) };
  return { database, history, accounts, store, keeper, close: () => thread.close(history.finalNumbering()) };
}

export function openMemory(): Storage {
  const history = new MemoryHistory();
  const accounts = AccountStore.inMemory();
  return { history, accounts, store: new DirectStore(history, accounts) };
}
