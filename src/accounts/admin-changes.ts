/** Makes the changes of the command line in the account store, and names them for the log. */
import type { AdminChange } from '../core/admin-change.js';
import type { Bans } from './bans.js';
import type { ExternalChange } from './external-changes.js';
import type { RegisteredRooms } from './registered-rooms.js';
import type { Users } from './users.js';

interface Stores {
  readonly users: Users;
  readonly rooms: RegisteredRooms;
  readonly bans: Bans;
}

/** The record of a change, which a running server reads. */
export function recordOf(change: AdminChange): ExternalChange {
  switch (change.kind) {
    case 'set-operator':
      return { fold: change.account, what: change.isOperator ? 'grant operator' : 'revoke operator' };
    case 'remove-account':
      return { fold: change.account, what: 'remove' };
    case 'reset-password':
      return { fold: change.account, what: 'reset password' };
    case 'add-token':
      return { fold: change.token.fold, what: 'create token' };
    case 'revoke-token':
      return { fold: change.account, what: 'revoke token' };
    case 'add-ban':
      return { fold: change.ban.target, what: 'ban' };
    case 'remove-ban':
      return { fold: change.target, what: 'unban' };
    default:
      return change satisfies never;
  }
}

export function makeAdminChange({ users, rooms, bans }: Stores, change: AdminChange): void {
  switch (change.kind) {
    case 'set-operator':
      users.setOperator(change.account, change.isOperator);
      return;
    case 'remove-account':
      // A running server passes the rooms on to members that are present, with their locks.
      for (const { name: room, keyHash } of rooms.foundedBy(change.account))
        if (keyHash !== null) rooms.lock(room, null);
      users.unregister(change.account);
      return;
    case 'reset-password':
      users.changePassword(change.account, change.passwordHash);
      users.revokeTokens(change.account);
      return;
    case 'add-token':
      users.addToken(change.token);
      return;
    case 'revoke-token':
      users.revokeToken(change.id);
      return;
    case 'add-ban':
      bans.add({ ...change.ban, until: change.ban.until ?? Number.POSITIVE_INFINITY });
      return;
    case 'remove-ban':
      bans.remove(change.of, change.target);
      return;
    default:
      change satisfies never;
  }
}
