/** On whose behalf a request is made: by a token, or a name with its password, its token or the server's password. */
import type { Account, Accounts } from '../core/accounts.js';
import type { Proof } from '../core/command.js';
import { cleanText, isObsolete, parseUserName, type UserName } from '../core/text/text.js';
import type { Credentials, RequestOrigin } from '../net/http/api/api-port.js';
import { type ApiRefusal, isRefusal, refuse } from '../net/http/api/errors.js';
import type { SecretCheck } from './secret-check.js';

export type Identity =
  /** `name` is the one that the credentials name; null for none. */
  | { readonly kind: 'guest'; readonly name: UserName | null }
  | { readonly kind: 'owner'; readonly name: UserName; readonly proof: Proof };

export interface IdentityOptions {
  readonly accounts: Accounts;
  readonly secrets: SecretCheck;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The time by which tokens expire. */
  readonly tokenTime: () => number;
  /** The hash of the password that unregistered names need; null if they need none. */
  readonly serverPasswordHash: Promise<string> | null;
  /** Takes over what other programs changed in the accounts. */
  readonly refresh: () => void;
}

export const ANONYMOUS: Identity = { kind: 'guest', name: null };

export class Identities {
  readonly #options: IdentityOptions;

  constructor(options: IdentityOptions) {
    this.#options = options;
  }

  async of(credentials: Credentials, origin: RequestOrigin): Promise<Identity | ApiRefusal> {
    const { accounts, now, refresh } = this.#options;
    if (accounts.bans.isAddressBanned(origin.address, now())) return refuse('banned');
    if (credentials.kind === 'none')
      return this.#options.serverPasswordHash === null ? ANONYMOUS : refuse('password-required');
    // A token may have been created a moment ago, by the command line.
    refresh();
    if (credentials.kind === 'token') return this.#ownerOf(credentials.token);
    const { name, secret } = credentials;
    return name === '' ? this.#nameless(secret, origin) : this.#named(name, secret, origin);
  }

  /** A token, or the password of the server. */
  async #nameless(secret: string, origin: RequestOrigin): Promise<Identity | ApiRefusal> {
    if (secret === '') return refuse('password-required');
    const owner = this.#ownerOf(secret);
    const hash = await this.#options.serverPasswordHash;
    if (!isRefusal(owner) || owner.refusal !== 'wrong-password' || hash === null) return owner;
    const subject = { subject: '', isRegisteredLogin: false, wrong: 'wrong-password' } as const;
    return (await this.#options.secrets.refusalFor(secret, hash, subject, origin)) ?? ANONYMOUS;
  }

  #ownerOf(token: string): Identity | ApiRefusal {
    const { users } = this.#options.accounts;
    const found = users.tokenWith(token, this.#options.tokenTime());
    const account = found === null ? undefined : users.account(found.fold);
    if (found === null || account === undefined) return refuse('wrong-password');
    return this.#owner(account, { kind: 'token', id: found.id });
  }

  #owner(account: Account, proof: Proof): Identity | ApiRefusal {
    const { accounts, now } = this.#options;
    const name = parseUserName(account.shown);
    if (name === null) return refuse('invalid-username');
    return accounts.bans.isNameBanned(name.fold, now()) ? refuse('banned') : { kind: 'owner', name, proof };
  }

  async #named(typed: string, secret: string, origin: RequestOrigin): Promise<Identity | ApiRefusal> {
    const { accounts, secrets, tokenTime, serverPasswordHash } = this.#options;
    const name = parseUserName(cleanText(typed));
    const account = name === null ? undefined : accounts.users.account(name.fold);
    if (name === null || (account === undefined && isObsolete(name))) return refuse('invalid-username');
    if (account === undefined && serverPasswordHash === null) return { kind: 'guest', name };
    if (secret === '') return refuse('password-required');
    const id = accounts.users.tokenFor(name.fold, secret, tokenTime());
    if (id !== null && account !== undefined) return this.#owner(account, { kind: 'token', id });
    const hash = account?.passwordHash ?? (await serverPasswordHash) ?? '';
    const subject = {
      subject: name.fold,
      isRegisteredLogin: account !== undefined,
      wrong: 'wrong-password',
    } as const;
    const refusal = await secrets.refusalFor(secret, hash, subject, origin);
    if (refusal !== null) return refusal;
    return account === undefined ? { kind: 'guest', name } : this.#owner(account, { kind: 'password', hash });
  }
}
