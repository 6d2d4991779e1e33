/**
 * Starts the thread that writes the data file, and talks to it. A thread that dies is started again; what it was storing
 * counts as not stored, unless the file has it.
 */
import { Worker } from 'node:worker_threads';
import type { CommitFailure } from '../core/ports.js';
import type { Forgotten } from '../core/message.js';
import { DatabaseError } from '../database/database-error.js';
import { driverChoice } from '../database/driver.js';
import type { Database } from '../database/sqlite.js';
import type { DamagedPack } from '../history/damaged-packs.js';
import { packedTurn, type TurnChanges } from '../history/disk-writer.js';
import type { Numbering } from '../history/id-sequence.js';
import { DISK_WORKER, readAsset } from '../util/asset.js';
import type {
  DiskThreadData,
  Forgettable,
  FromDiskThread,
  PlainError,
  ToDiskThread,
} from './disk-messages.js';

const RESTART_AFTER_MS = 1000;

export interface DiskThreadOptions {
  /** The main thread's connection. */
  readonly database: Database;
  /** The search index has grown, or messages were deleted. */
  readonly onMaintained: () => void;
  /** The messages of a pack cannot be read. */
  readonly onDamaged: (pack: DamagedPack) => void;
  /** The thread has died, or could not be started again; or its indexing and deletion have failed for a while. */
  readonly onError: (error: unknown) => void;
}

interface Running {
  readonly newestId: number | null;
  readonly onEnd: (failure: CommitFailure | null) => void;
}

export class DiskThread {
  readonly #options: DiskThreadOptions;
  /** Null while it is being started. */
  #worker: Worker | null = null;
  #running: Running | null = null;
  #isClosing = false;
  readonly #hasMessage;
  /** What is being deleted, or was: `pending` until the thread has told. */
  readonly #forgetting = new Map<Forgettable, Forgotten | PlainError | 'pending' | null>();

  /** Resolves when the thread has opened the file. @throws DatabaseError if it cannot. */
  static async start(options: DiskThreadOptions): Promise<DiskThread> {
    const thread = new DiskThread(options);
    try {
      await thread.#start();
    } catch (error) {
      throw new DatabaseError(
        `partyline: cannot start the thread that writes ${options.database.name}: ${messageOf(error)}; check the memory limit, or start the server with HISTORY=memory`,
        { cause: error },
      );
    }
    return thread;
  }

  private constructor(options: DiskThreadOptions) {
    this.#options = options;
    this.#hasMessage = options.database.prepareValue<[{ readonly id: number }], number>(
      'SELECT 1 FROM packs WHERE last_id = @id UNION ALL SELECT 1 FROM messages WHERE id = @id',
    );
  }

  /** Stores a turn. Calls back once. One turn at a time. */
  commit(turn: TurnChanges, onEnd: Running['onEnd']): void {
    if (this.#worker === null) {
      const error = new Error('the thread that writes the data file is not running');
      // Not within this call: the caller is not done yet.
      setImmediate(() => onEnd({ error }));
      return;
    }
    this.#running = { newestId: turn.messages.at(-1)?.id ?? null, onEnd };
    this.#post({ kind: 'commit', turn: packedTurn(turn) });
  }

  /**
   * Deletes what is older than `before`, step by step. Returns `pending` until a later call tells how much it was; null if
   * nothing is older. @throws if it could not be deleted
   */
  forget(what: Forgettable, before: number): Forgotten | null | 'pending' {
    const state = this.#forgetting.get(what);
    if (state === 'pending') return state;
    this.#forgetting.delete(what);
    if (state === undefined) {
      this.#forgetting.set(what, 'pending');
      this.#post({ kind: 'forget', what, before });
      return 'pending';
    }
    if (state !== null && 'message' in state) throw asError(state);
    return state;
  }

  /** Stores the numbering and ends the thread, after the turn that is being stored. */
  async close(numbering: Numbering): Promise<void> {
    this.#isClosing = true;
    const worker = this.#worker;
    if (worker === null) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    this.#post({ kind: 'close', numbering });
    await ended;
  }

  #start(): Promise<void> {
    const data: DiskThreadData = { path: this.#options.database.name, driver: driverChoice() };
    return new Promise((resolve, reject) => {
      const worker = new Worker(readAsset(DISK_WORKER).toString(), {
        eval: true,
        name: 'disk',
        workerData: data,
      });
      worker.on('message', (message: FromDiskThread) => {
        if (message.kind === 'ready') {
          this.#worker = worker;
          resolve();
        } else this.#onMessage(message);
      });
      let cause: unknown = null;
      worker.on('error', (error: unknown) => (cause = error));
      worker.on('exit', (code) => {
        const error = cause ?? new Error(`the thread that writes the data file has ended with code ${code}`);
        if (this.#worker === worker) this.#onDeath(error);
        else reject(error instanceof Error ? error : new Error(String(error)));
      });
    });
  }

  #onMessage(message: Exclude<FromDiskThread, { kind: 'ready' }>): void {
    switch (message.kind) {
      case 'committed':
        this.#end(message.failure === null ? null : { error: asError(message.failure) });
        return;
      case 'maintained':
        this.#options.onMaintained();
        return;
      case 'damaged':
        this.#options.onDamaged(message.pack);
        return;
      case 'maintenance-failed':
        this.#options.onError(asError(message.failure));
        return;
      case 'forgotten':
        this.#forgetting.set(message.what, message.failure ?? message.forgotten);
        return;
      default:
        message satisfies never;
    }
  }

  #end(failure: CommitFailure | null): void {
    const running = this.#running;
    this.#running = null;
    running?.onEnd(failure);
  }

  #onDeath(error: unknown): void {
    this.#worker = null;
    this.#forgetting.clear();
    if (!this.#isClosing) {
      this.#options.onError(error);
      this.#restart();
    }
    if (this.#running !== null) this.#end(this.#isInFile(this.#running.newestId) ? null : { error });
  }

  #restart(): void {
    this.#start().catch((error: unknown) => {
      this.#options.onError(error);
      setTimeout(() => {
        if (!this.#isClosing) this.#restart();
      }, RESTART_AFTER_MS).unref();
    });
  }

  /** Whether the turn was stored whose newest message has this id. */
  #isInFile(id: number | null): boolean {
    try {
      return id !== null && this.#hasMessage.get({ id }) === 1;
    } catch {
      return false;
    }
  }

  #post(message: ToDiskThread): void {
    this.#worker?.postMessage(message);
  }
}

function asError({ message, code }: PlainError): Error {
  return Object.assign(new Error(message), code === '' ? {} : { code });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
