/**
 * Looks at the secrets in what a client asks, and makes of it what the hub may hear. Most wishes have none that
 * matters and go straight on; where a password must be hashed, that one connection waits for it.
 */
import type { Accounts } from '../core/accounts.js';
import type { Client } from '../core/hub/client.js';
import type { Command, Proof } from '../core/command.js';
import type { Refused } from '../core/dialect.js';
import type { Hub } from '../core/hub/hub.js';
import { isWeakPassword } from '../core/text/password.js';
import type { Clock, PasswordVerifier } from '../core/ports.js';
import type { Refusal } from '../core/reasons.js';
import type { UnverifiedCommand } from '../core/unverified-command.js';

export interface AuthenticatorOptions {
  readonly hub: Hub;
  readonly accounts: Accounts;
  readonly passwords: PasswordVerifier;
  readonly clock: Clock;
  /** What is kept of the secret that unregistered names need; null if they need none. */
  readonly serverPasswordHash: Promise<string> | null;
  /** Sees to it that the accounts are as other programs left them. */
  refresh(): void;
}

/** What becomes of a wish. */
export type AuthResult = Command | Refused;

type UnverifiedLogin = Extract<UnverifiedCommand, { kind: 'login' }>;

export class Authenticator {
  readonly #options: AuthenticatorOptions;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** At once if nothing must be hashed for it. Rejects only for what is our bug, or the machine's trouble. */
  authenticate(unverified: UnverifiedCommand, client: Client): AuthResult | Promise<AuthResult> {
    const { hub, clock } = this.#options;
    const refusal = hub.refusalFor(client, unverified.kind, clock.now());
    if (refusal !== null) return refused(refusal);
    switch (unverified.kind) {
      case 'login':
        return this.#authenticateLogin(unverified, client);
      case 'join':
        return this.#checkRoomKey(unverified, client);
      case 'register':
        return this.#hashForRegistration(unverified.password, client);
      case 'change-password':
        return this.#changePassword(unverified.old, unverified.password, client);
      case 'unregister':
        return this.#checkBeforeUnregister(unverified.password, client);
      case 'lock':
        return this.#afterHash(unverified.key, client, (keyHash) => ({ kind: 'lock', keyHash }));
    }
  }

  #authenticateLogin(unverified: UnverifiedLogin, client: Client): AuthResult | Promise<AuthResult> {
    const { hub, accounts, clock, serverPasswordHash } = this.#options;
    const { name, secret } = unverified;
    // The hub refuses it for another reason, whatever the secret.
    if (client.name !== null || name === null) return login(unverified, NONE);
    if (hub.isBanned(client, name, clock.now())) return login(unverified, NONE);
    // A token that was made a moment ago is to come in.
    if (secret !== null) this.#options.refresh();
    const account = accounts.users.account(name.fold);
    if (account === undefined && serverPasswordHash === null) return login(unverified, NONE);
    if (secret === null) {
      return account === undefined ? missing(unverified) : login(unverified, NONE);
    }
    const token = accounts.users.tokenFor(name.fold, secret, clock.now());
    if (token !== null) return login(unverified, { kind: 'token', id: token });
    if (account === undefined) return this.#checkServerPassword(unverified, name.fold, secret, client);
    const kept = account.passwordHash;
    return this.#afterPassword(secret, kept, name.fold, client, unverified.closeOnRefusal, () =>
      login(unverified, { kind: 'password', hash: kept }),
    );
  }

  /** Takes as long as for a registered name. */
  async #checkServerPassword(
    unverified: UnverifiedLogin,
    fold: string,
    secret: string,
    client: Client,
  ): Promise<AuthResult> {
    const kept = await this.#options.serverPasswordHash;
    if (kept === null) return login(unverified, NONE);
    return this.#afterPassword(secret, kept, fold, client, unverified.closeOnRefusal, () =>
      login(unverified, NONE),
    );
  }

  #checkRoomKey(
    { room, key }: Extract<UnverifiedCommand, { kind: 'join' }>,
    client: Client,
  ): AuthResult | Promise<AuthResult> {
    const keyHash =
      room === null || key === null ? null : this.#options.accounts.rooms.room(room.fold)?.keyHash;
    const isOpen =
      room === null ||
      key === null ||
      keyHash == null ||
      client.isOperator ||
      client.currentRoom?.name.fold === room.fold;
    if (isOpen) return { kind: 'join', room, knownKeyHash: null };
    const granted: AuthResult = { kind: 'join', room, knownKeyHash: keyHash };
    const wrong: Refused = { kind: 'refuse', reason: 'room-locked', detail: { about: room.shown } };
    return this.#verify(key, keyHash, `#${room.fold}`, client, wrong, () => granted);
  }

  #hashForRegistration(password: string, client: Client): AuthResult | Promise<AuthResult> {
    if (isWeak(password, client)) return refused('weak-password');
    return this.#afterHash(password, client, (passwordHash) => ({ kind: 'register', passwordHash }));
  }

  #changePassword(old: string, password: string, client: Client): AuthResult | Promise<AuthResult> {
    const { account } = client;
    if (account === null) return refused('not-registered');
    if (isWeak(password, client)) return refused('weak-password');
    const knownHash = account.passwordHash;
    return this.#afterPassword(old, knownHash, account.fold, client, false, () =>
      this.#afterHash(password, client, (passwordHash) => ({
        kind: 'change-password',
        knownHash,
        passwordHash,
      })),
    );
  }

  #checkBeforeUnregister(password: string, client: Client): AuthResult | Promise<AuthResult> {
    const { account } = client;
    if (account === null) return refused('not-registered');
    const knownHash = account.passwordHash;
    return this.#afterPassword(password, knownHash, account.fold, client, false, () => ({
      kind: 'unregister',
      knownHash,
    }));
  }

  async #afterHash(secret: string, client: Client, next: (hash: string) => AuthResult): Promise<AuthResult> {
    const hash = await this.#options.passwords.hash(secret, () => client.closeReason === null);
    return hash === 'busy' ? refused('busy') : next(hash);
  }

  #afterPassword(
    secret: string,
    kept: string,
    subject: string,
    client: Client,
    final: boolean,
    next: () => AuthResult | Promise<AuthResult>,
  ): Promise<AuthResult> {
    return this.#verify(secret, kept, subject, client, refused('wrong-password', final), next);
  }

  async #verify(
    secret: string,
    kept: string,
    subject: string,
    client: Client,
    wrong: Refused,
    next: () => AuthResult | Promise<AuthResult>,
  ): Promise<AuthResult> {
    const { address } = client.connection;
    const isStillWanted = () => client.closeReason === null;
    switch (await this.#options.passwords.verify(secret, kept, { address, subject, isStillWanted })) {
      case 'right':
        return next();
      case 'wrong':
        return wrong;
      case 'busy':
        return refused('busy', wrong.final ?? false);
    }
  }
}

const NONE: Proof = { kind: 'none' };

function login({ name, room, closeOnRefusal, canPromptPassword }: UnverifiedLogin, proof: Proof): Command {
  return { kind: 'login', name, room, closeOnRefusal, canPromptPassword, proof };
}

/** As the hub says it of a registered name. */
function missing({ name, closeOnRefusal, canPromptPassword }: UnverifiedLogin): Refused {
  return {
    kind: 'refuse',
    reason: 'password-required',
    detail: { about: name?.shown ?? '' },
    final: closeOnRefusal && !canPromptPassword,
  };
}

function refused(reason: Refusal, final = false): Refused {
  return { kind: 'refuse', reason, detail: {}, final };
}

function isWeak(password: string, { name }: Client): boolean {
  return name !== null && isWeakPassword(password, name);
}
