/** What the command line changes in accounts and bans, as plain data: another process or another server may make it. */
import type { Ban, TokenRow } from './accounts.js';

/** `account` is UserName.fold. */
export type AdminChange =
  | { readonly kind: 'set-operator'; readonly account: string; readonly isOperator: boolean }
  | { readonly kind: 'remove-account'; readonly account: string }
  | { readonly kind: 'reset-password'; readonly account: string; readonly passwordHash: string }
  | { readonly kind: 'add-token'; readonly token: TokenRow }
  | { readonly kind: 'revoke-token'; readonly account: string; readonly id: string }
  /** `until`: null for a permanent ban, which JSON cannot say as Infinity. */
  | { readonly kind: 'add-ban'; readonly ban: Omit<Ban, 'until'> & { readonly until: number | null } }
  | { readonly kind: 'remove-ban'; readonly of: Ban['kind']; readonly target: string };
