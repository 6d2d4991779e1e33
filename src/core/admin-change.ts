/** What the command line changes in accounts and bans, as plain data: another process or another server may make it. */
import type { Ban } from './accounts.js';

/** A token as it is stored. */
export interface TokenRow {
  readonly id: string;
  /** UserName.fold of its owner. */
  readonly fold: string;
  /** SHA-256 of the token. A token has 256 random bits, so a slow hash would not make it safer. */
  readonly hash: string;
  /** Milliseconds since 1970; null for a token that does not expire. */
  readonly createdAt: number;
  readonly expiresAt: number | null;
}

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
