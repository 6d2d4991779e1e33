/**
 * The thread that writes the data file: it commits turns, and between them indexes and deletes messages in short steps. A
 * disk that is slow delays it, and not the main thread.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { SqliteOfflineMessages } from '../accounts/sqlite-offline-messages.js';
import type { Forgotten } from '../core/message.js';
import { useDriver } from '../database/driver.js';
import { Journal } from '../database/journal.js';
import { openAgain } from '../database/open.js';
import { DiskWriter } from '../history/disk-writer.js';
import { processLoad, Maintenance, type Task } from '../history/maintenance.js';
import { systemClock } from '../util/clock.js';
import { codeOf } from '../util/error-code.js';
import type {
  DiskThreadData,
  Forgettable,
  FromDiskThread,
  PlainError,
  ToDiskThread,
} from './disk-messages.js';

const data: DiskThreadData = workerData;
useDriver(data.driver);
const database = openAgain(data.path);
const writer = new DiskWriter(database, {
  onMaintained: () => post({ kind: 'maintained' }),
  onDamaged: (pack) => post({ kind: 'damaged', pack }),
});
const mail = new SqliteOfflineMessages(database, new Journal());
/** What is being deleted, and how much of it is. */
const forgetting = new Map<Forgettable, { readonly before: number; forgotten: Forgotten | null }>();
const maintenance = new Maintenance({
  clock: systemClock,
  load: processLoad(),
  onFailing: (error) => post({ kind: 'maintenance-failed', failure: plainError(error) }),
  tasks: [
    forgetTask('messages', (before) => writer.trim(before)),
    forgetTask('mail', (before) => mail.removeBefore(before)),
    () => writer.index(),
  ],
});
parentPort?.on('message', onMessage);
post({ kind: 'ready' });

function onMessage(message: ToDiskThread): void {
  switch (message.kind) {
    case 'commit':
      post({ kind: 'committed', failure: failureOf(() => writer.commit(message.turn)) });
      return;
    case 'forget':
      forgetting.set(message.what, { before: message.before, forgotten: null });
      return;
    case 'close':
      maintenance.stop();
      writer.close(message.numbering);
      database.close();
      parentPort?.close();
      return;
    default:
      message satisfies never;
  }
}

/** A task of the maintenance: deletes some of what was asked for. */
function forgetTask(what: Forgettable, forget: (before: number) => Forgotten | null): Task {
  return () => {
    const work = forgetting.get(what);
    if (work === undefined) return false;
    let more: Forgotten | null = null;
    const failure = failureOf(() => (more = forget(work.before)));
    work.forgotten = sumOf(work.forgotten, more);
    if (failure === null && more !== null) return true;
    forgetting.delete(what);
    post({ kind: 'forgotten', what, forgotten: work.forgotten, failure });
    return true;
  };
}

function sumOf(one: Forgotten | null, other: Forgotten | null): Forgotten | null {
  if (one === null || other === null) return one ?? other;
  return { count: one.count + other.count, upTo: Math.max(one.upTo, other.upTo) };
}

function failureOf(work: () => void): PlainError | null {
  try {
    work();
    return null;
  } catch (error) {
    return plainError(error);
  }
}

function plainError(error: unknown): PlainError {
  return { message: error instanceof Error ? error.message : String(error), code: codeOf(error) };
}

function post(message: FromDiskThread): void {
  parentPort?.postMessage(message);
}
