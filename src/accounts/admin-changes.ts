/** Names the changes of the command line for the log. */
import type { AdminChange } from '../core/admin-change.js';
import type { ExternalChange } from './external-changes.js';

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
    case 'add-hook':
      return { fold: change.hook.id, what: 'create hook' };
    case 'revoke-hook':
      return { fold: change.id, what: 'revoke hook' };
    default:
      return change satisfies never;
  }
}
