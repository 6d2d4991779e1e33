/** What the command line changes in accounts and bans, as plain data: another process or another server may make it. */
import type { Accounts, Ban, HookRow, TokenRow } from './accounts.js';

/** `account` is UserName.fold. */
export type AdminChange =
  | { readonly kind: 'set-operator'; readonly account: string; readonly isOperator: boolean }
  | { readonly kind: 'remove-account'; readonly account: string }
  | { readonly kind: 'reset-password'; readonly account: string; readonly passwordHash: string }
  | { readonly kind: 'add-token'; readonly token: TokenRow }
  | { readonly kind: 'revoke-token'; readonly account: string; readonly id: string }
  /** `until`: null for a permanent ban, which JSON cannot say as Infinity. */
  | { readonly kind: 'add-ban'; readonly ban: Omit<Ban, 'until'> & { readonly until: number | null } }
  | { readonly kind: 'remove-ban'; readonly of: Ban['kind']; readonly target: string }
  | { readonly kind: 'add-hook'; readonly hook: HookRow }
  | { readonly kind: 'revoke-hook'; readonly id: string };

/** Makes a change in the accounts. Sessions and rooms are the caller's. */
export function makeAdminChange(
  { users, bans, hooks }: Pick<Accounts, 'users' | 'bans' | 'hooks'>,
  change: AdminChange,
): void {
  switch (change.kind) {
    case 'set-operator':
      users.setOperator(change.account, change.isOperator);
      return;
    case 'remove-account':
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
    case 'add-hook':
      hooks.add(change.hook);
      return;
    case 'revoke-hook':
      hooks.remove(change.id);
      return;
    default:
      change satisfies never;
  }
}
