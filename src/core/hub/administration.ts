/**
 * The changes of the command line in a cluster. A lone server finds them in its data file; here they are entries of the
 * log, so that every node makes them.
 */
import { type AdminChange, makeAdminChange } from '../admin-change.js';
import type { ProposalOf, SessionKey } from '../ports.js';
import type { RoomName } from '../text/text.js';
import { Awaited } from './awaited.js';
import type { HubContext } from './hub-context.js';
import type { Moderation } from './moderation.js';
import type { Registration } from './registration.js';

/** Null: the change is stored. */
export type AdminResult = 'not-registered' | 'not-stored' | null;

type OnResult = (result: AdminResult) => void;

export class Administration {
  readonly #context: HubContext;
  readonly #registration: Registration;
  readonly #moderation: Moderation;
  /** The changes of this node that have not settled. */
  readonly #awaited = new Awaited<OnResult>();

  constructor(context: HubContext, registration: Registration, moderation: Moderation) {
    this.#context = context;
    this.#registration = registration;
    this.#moderation = moderation;
  }

  /** Proposes a change. `token` belongs to no other change and no session. `onResult` is called once. */
  propose(change: AdminChange, token: SessionKey, at: number, onResult: OnResult): void {
    this.#awaited.add(token, onResult);
    this.#context.submit({ kind: 'admin', change, token }, at);
  }

  settle({ change, token }: ProposalOf<'admin'>, at: number): void {
    const onResult = this.#awaited.take(token) ?? (() => {});
    if (!this.#isAbout(change)) {
      onResult('not-registered');
      return;
    }
    this.#make(change, at);
    const { turn } = this.#context;
    turn.scheduleCommit();
    turn.afterCommit((isStored) => onResult(isStored ? null : 'not-stored'));
  }

  /** All entries of a run of this node have settled: changes that still wait were lost. */
  endRun(run: Pick<SessionKey, 'node' | 'epoch'>): void {
    for (const onResult of this.#awaited.takeRun(run)) onResult('not-stored');
  }

  /** Whether the account of the change is still there. */
  #isAbout(change: AdminChange): boolean {
    const account = accountOf(change);
    return account === null || this.#context.accounts.users.account(account) !== undefined;
  }

  #make(change: AdminChange, at: number): void {
    const { accounts } = this.#context;
    const founded = change.kind === 'remove-account' ? accounts.rooms.foundedBy(change.account) : [];
    makeAdminChange(accounts, change);
    switch (change.kind) {
      case 'set-operator':
      case 'revoke-token':
        this.#accountChanged(change.account, false, at);
        return;
      case 'remove-account':
      case 'reset-password':
        this.#accountChanged(
          change.account,
          true,
          at,
          founded.map(({ name }) => name),
        );
        return;
      case 'add-ban':
        this.#moderation.settleBanChange(change.ban.target, at);
        return;
      case 'add-token':
      case 'remove-ban':
      case 'add-hook':
      case 'revoke-hook':
        return;
      default:
        change satisfies never;
    }
  }

  #accountChanged(
    account: string,
    endsSessions: boolean,
    at: number,
    orphanedRooms: readonly RoomName[] = [],
  ): void {
    const change = { kind: 'account-changed', account, endsSessions, orphanedRooms } as const;
    this.#registration.settleAccountChange(change, at);
  }
}

/** The account that a change is about; null for a ban or a hook. */
function accountOf(change: AdminChange): string | null {
  if ('account' in change) return change.account;
  return change.kind === 'add-token' ? change.token.fold : null;
}
