/** Registered names with their passwords, tokens, roles and ignored users: in memory for reading, and in their tables. */
import type { Account, TokenRow, Users as UsersPort } from '../core/accounts.js';
import { Tally } from '../core/text/tally.js';
import { foldName, parseUserName, type UserName, withoutDots } from '../core/text/text.js';
import type { Journal } from '../database/journal.js';
import { hashOfSecret, newSecret, newTokenId, TOKEN_BYTES } from '../util/secrets.js';
import type { Table } from './table.js';

export interface AccountRow {
  readonly fold: string;
  readonly shown: string;
  readonly passwordHash: string;
  readonly isOperator: number;
  readonly registeredAt: number;
  readonly lastIdBefore: number | null;
}

export interface IgnoreRow {
  readonly fold: string;
  readonly other: string;
}

export interface UserTables {
  readonly accounts: Table<AccountRow>;
  /** The rows of an account are deleted with it, as those of `ignores` are. */
  readonly tokens: Table<TokenRow>;
  readonly ignores: Table<IgnoreRow>;
}

class User implements Account {
  row: AccountRow;
  readonly skeletons: readonly string[];
  readonly ignores = new Set<string>();
  readonly tokens = new Map<string, TokenRow>();

  constructor(row: AccountRow) {
    this.row = row;
    this.skeletons = parseUserName(row.shown)?.skeletons ?? [row.fold];
  }

  get fold(): string {
    return this.row.fold;
  }

  get shown(): string {
    return this.row.shown;
  }

  get registeredAt(): number {
    return this.row.registeredAt;
  }

  get lastIdBefore(): number | null {
    return this.row.lastIdBefore;
  }

  get passwordHash(): string {
    return this.row.passwordHash;
  }

  get isOperator(): boolean {
    return this.row.isOperator === 1;
  }
}

export class Users implements UsersPort {
  readonly #tables: UserTables;
  readonly #journal: Journal;
  readonly #onUnregistered: (fold: string) => () => void;
  readonly #users = new Map<string, User>();
  /** The names with an İ, by `withoutDots` of their fold. */
  readonly #undotted = new Map<string, User>();
  /** UserName.skeletons. Names that were registered before a rule changed may share some. */
  readonly #skeletons = new Tally();
  readonly #tokens = new Map<string, TokenRow>();
  readonly #tokensByHash = new Map<string, TokenRow>();

  /** `onUnregistered` is called when an account is removed, also by another program. It returns how to undo its work. */
  constructor(tables: UserTables, journal: Journal, onUnregistered: (fold: string) => () => void) {
    this.#tables = tables;
    this.#journal = journal;
    this.#onUnregistered = onUnregistered;
    for (const row of tables.accounts.rows()) this.#add(row);
    for (const row of tables.tokens.rows()) this.#addToken(row);
    for (const { fold, other } of tables.ignores.rows()) this.#users.get(fold)?.ignores.add(other);
  }

  account(fold: string): Account | undefined {
    return this.#users.get(fold);
  }

  /** The same for a name as typed. */
  find(typed: string): Account | undefined {
    return this.findFolded(foldName(typed));
  }

  findFolded(fold: string): Account | undefined {
    return this.#users.get(fold) ?? this.#undotted.get(withoutDots(fold));
  }

  all(): readonly AccountRow[] {
    return Array.from(this.#users.values(), ({ row }) => row);
  }

  isLike(name: UserName): boolean {
    return this.#users.has(name.fold) || name.skeletons.some((skeleton) => this.#skeletons.has(skeleton));
  }

  register({ fold, shown }: UserName, passwordHash: string, at: number, lastId?: number): Account {
    const lastIdBefore = lastId ?? null;
    const row = { fold, shown, passwordHash, isOperator: 0, registeredAt: at, lastIdBefore };
    this.#tables.accounts.put(row);
    const user = this.#add(row);
    this.#journal.onUndo(() => this.#drop(user));
    return user;
  }

  changePassword(fold: string, passwordHash: string): void {
    this.#update(fold, { passwordHash });
  }

  setOperator(fold: string, isOperator: boolean): void {
    this.#update(fold, { isOperator: isOperator ? 1 : 0 });
  }

  unregister(fold: string): void {
    const user = this.#users.get(fold);
    if (user === undefined) return;
    const tokens = [...user.tokens.values()];
    this.#tables.accounts.remove({ fold });
    this.#drop(user);
    const undo = this.#onUnregistered(fold);
    this.#journal.onUndo(() => {
      this.#insert(user);
      for (const token of tokens) this.#addToken(token);
      undo();
    });
  }

  ignore(fold: string, other: string): void {
    const ignores = this.#users.get(fold)?.ignores;
    if (ignores === undefined || ignores.has(other)) return;
    this.#tables.ignores.put({ fold, other });
    ignores.add(other);
    this.#journal.onUndo(() => ignores.delete(other));
  }

  unignore(fold: string, other: string): void {
    const ignores = this.#users.get(fold)?.ignores;
    if (ignores?.has(other) !== true) return;
    this.#tables.ignores.remove({ fold, other });
    ignores.delete(other);
    this.#journal.onUndo(() => ignores.add(other));
  }

  /** Makes a token for a name, which `addToken` stores. Only the hash is stored, so the secret cannot be shown again. */
  newToken(
    fold: string,
    at: number,
    expiresAt: number | null,
  ): { readonly secret: string; readonly row: TokenRow } {
    const secret = newSecret(TOKEN_BYTES);
    let id = newTokenId();
    while (this.#tokens.has(id)) id = newTokenId();
    return { secret, row: { id, fold, hash: hashOfSecret(secret), createdAt: at, expiresAt, isPage: 0 } };
  }

  addToken(row: TokenRow): void {
    this.#tables.tokens.put(row);
    this.#addToken(row);
    this.#journal.onUndo(() => this.#removeToken(row));
  }

  createToken(fold: string, at: number, expiresAt: number | null): string {
    const { secret, row } = this.newToken(fold, at, expiresAt);
    this.addToken(row);
    return secret;
  }

  tokens(): readonly TokenRow[] {
    return [...this.#tokens.values()];
  }

  /** The tokens that expired after `from` and up to `to`. */
  expiredTokens(from: number, to: number): readonly TokenRow[] {
    return this.tokens().filter(({ expiresAt }) => expiresAt !== null && from < expiresAt && expiresAt <= to);
  }

  /** Returns the owner's fold; null if no token has this id. */
  revokeToken(id: string): string | null {
    const row = this.#tokens.get(id);
    if (row === undefined) return null;
    this.#tables.tokens.remove({ id });
    this.#removeToken(row);
    this.#journal.onUndo(() => this.#addToken(row));
    return row.fold;
  }

  /** Revokes all tokens of a name. */
  revokeTokens(fold: string): void {
    for (const { id } of [...(this.#users.get(fold)?.tokens.values() ?? [])]) this.revokeToken(id);
  }

  tokenFor(fold: string, secret: string, at: number): string | null {
    const token = this.tokenWith(secret, at);
    return token?.fold === fold ? token.id : null;
  }

  tokenWith(secret: string, at: number): TokenRow | null {
    if (this.#tokens.size === 0) return null;
    const row = this.#tokensByHash.get(hashOfSecret(secret));
    return row !== undefined && (row.expiresAt === null || at < row.expiresAt) ? row : null;
  }

  hasToken(id: string): boolean {
    return this.#tokens.has(id);
  }

  token(id: string): TokenRow | undefined {
    return this.#tokens.get(id);
  }

  pageTokens(fold: string): readonly TokenRow[] {
    const tokens = [...(this.#users.get(fold)?.tokens.values() ?? [])].filter(({ isPage }) => isPage === 1);
    return tokens.toSorted((a, b) => (a.expiresAt ?? 0) - (b.expiresAt ?? 0));
  }

  renewToken(id: string, expiresAt: number): void {
    const row = this.#tokens.get(id);
    if (row === undefined) return;
    this.#tables.tokens.update({ id }, { expiresAt });
    this.#addToken({ ...row, expiresAt });
    this.#journal.onUndo(() => this.#addToken(row));
  }

  /** Reads the account and its tokens from the tables, after another program changed them. */
  reload(fold: string): void {
    const [row] = this.#tables.accounts.rows({ fold });
    if (row === undefined) {
      this.#remove(fold);
      return;
    }
    const user = this.#users.get(fold) ?? this.#add(row);
    user.row = row;
    for (const token of [...user.tokens.values()]) this.#removeToken(token);
    for (const token of this.#tables.tokens.rows({ fold })) this.#addToken(token);
  }

  #update(fold: string, change: Pick<AccountRow, 'passwordHash'> | Pick<AccountRow, 'isOperator'>): void {
    const user = this.#users.get(fold);
    if (user === undefined) return;
    this.#tables.accounts.update({ fold }, change);
    const { passwordHash, isOperator } = user.row;
    const before = 'passwordHash' in change ? { passwordHash } : { isOperator };
    user.row = { ...user.row, ...change };
    // Another program may have changed the other columns in the meantime.
    this.#journal.onUndo(() => (user.row = { ...user.row, ...before }));
  }

  #add(row: AccountRow): User {
    const user = new User(row);
    this.#insert(user);
    return user;
  }

  #insert(user: User): void {
    this.#users.set(user.fold, user);
    const plain = withoutDots(user.fold);
    if (plain !== user.fold) this.#undotted.set(plain, user);
    for (const skeleton of user.skeletons) this.#skeletons.add(skeleton);
  }

  /** Another program has removed the account. */
  #remove(fold: string): void {
    const user = this.#users.get(fold);
    if (user === undefined) return;
    this.#drop(user);
    this.#onUnregistered(fold);
  }

  #drop(user: User): void {
    if (this.#users.get(user.fold) !== user) return;
    this.#users.delete(user.fold);
    this.#undotted.delete(withoutDots(user.fold));
    for (const skeleton of user.skeletons) this.#skeletons.remove(skeleton);
    for (const token of [...user.tokens.values()]) this.#removeToken(token);
  }

  #addToken(row: TokenRow): void {
    this.#users.get(row.fold)?.tokens.set(row.id, row);
    this.#tokens.set(row.id, row);
    this.#tokensByHash.set(row.hash, row);
  }

  #removeToken(row: TokenRow): void {
    this.#users.get(row.fold)?.tokens.delete(row.id);
    this.#tokens.delete(row.id);
    this.#tokensByHash.delete(row.hash);
  }
}
