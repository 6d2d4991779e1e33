/**
 * Detects, while the server runs, changes of accounts by the command line. The command line records each change in the
 * data file; the server looks for new ones regularly and on request.
 */
import type { Clock } from '../core/ports.js';
import type { RoomName } from '../core/text/text.js';

/** What another program changed in an account or in the bans. */
export interface ExternalChange {
  /** UserName.fold, the target of a ban, or the id of a hook. */
  readonly fold: string;
  /** For the log: `grant operator`, `remove`, `create token`, `ban`. */
  readonly what: string;
}

/** A change that the stores of this process have taken over. */
export interface AppliedChange extends ExternalChange {
  /** The rooms that lost their founder by it. */
  readonly orphanedRooms?: readonly RoomName[];
}

/** Changes of bans, and of hooks; any other is one of an account. */
const BAN_CHANGES = ['ban', 'unban'];
const HOOK_CHANGES = ['create hook', 'revoke hook'];
/** After these, the sessions of the name must log in again. */
const CHANGES_OF_ACCESS = ['reset password', 'remove'];

export function isBanChange({ what }: ExternalChange): boolean {
  return BAN_CHANGES.includes(what);
}

export function isHookChange({ what }: ExternalChange): boolean {
  return HOOK_CHANGES.includes(what);
}

export function endsSessions({ what }: ExternalChange): boolean {
  return CHANGES_OF_ACCESS.includes(what);
}

/** Where other programs record their changes. */
export interface ExternalChanges {
  add(change: ExternalChange): void;
  /** The changes since the last call. */
  takeNew(): readonly ExternalChange[];
}

const INTERVAL_MS = 400;

export interface ExternalChangesPollerOptions {
  readonly clock: Clock;
  /** The changes since the last call. */
  poll(): readonly AppliedChange[];
  onChange(change: AppliedChange): void;
  onError(error: unknown): void;
}

export class ExternalChangesPoller {
  readonly #options: ExternalChangesPollerOptions;
  #timer;

  constructor(options: ExternalChangesPollerOptions) {
    this.#options = options;
    this.#timer = options.clock.after(INTERVAL_MS, this.#onTimer);
  }

  readonly poll = (): void => {
    const { poll, onChange, onError } = this.#options;
    try {
      for (const change of poll()) onChange(change);
    } catch (error) {
      onError(error);
    }
  };

  stop(): void {
    this.#timer.cancel();
  }

  readonly #onTimer = (): void => {
    this.#timer = this.#options.clock.after(INTERVAL_MS, this.#onTimer);
    this.poll();
  };
}
