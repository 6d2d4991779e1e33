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

export interface ClerkOptions {
  readonly hub: Hub;
  readonly accounts: Accounts;
  readonly secrets: PasswordVerifier;
  readonly clock: Clock;
  /** What is kept of the secret that unregistered names need; null if they need none. */
  readonly serverPasswordHash: Promise<string> | null;
  /** Sees to it that the accounts are as other programs left them. */
  refresh(): void;
}

/** What becomes of a wish. */
export type Outcome = Command | Refused;

type LoginWish = Extract<UnverifiedCommand, { kind: 'login' }>;

export class Clerk {
  readonly #options: ClerkOptions;

  constructor(options: ClerkOptions) {
    this.#options = options;
  }

  /** At once if nothing must be hashed for it. Rejects only for what is our bug, or the machine's trouble. */
  take(wish: UnverifiedCommand, client: Client): Outcome | Promise<Outcome> {
    const { hub, clock } = this.#options;
    const refusal = hub.refusalFor(client, wish.kind, clock.now());
    if (refusal !== null) return refused(refusal);
    switch (wish.kind) {
      case 'login':
        return this.#takeLogin(wish, client);
      case 'join':
        return this.#takeJoin(wish, client);
      case 'register':
        return this.#takeRegistration(wish.password, client);
      case 'change-password':
        return this.#takeNewPassword(wish.old, wish.password, client);
      case 'unregister':
        return this.#takeUnregistration(wish.password, client);
      case 'lock':
        return this.#whenHashed(wish.key, client, (keyHash) => ({ kind: 'lock', keyHash }));
    }
  }

  #takeLogin(wish: LoginWish, client: Client): Outcome | Promise<Outcome> {
    const { hub, accounts, clock, serverPasswordHash } = this.#options;
    const { name, secret } = wish;
    // The hub refuses it for another reason, whatever the secret.
    if (client.name !== null || name === null) return login(wish, NONE);
    if (hub.isBanned(client, name, clock.now())) return login(wish, NONE);
    // A token that was made a moment ago is to come in.
    if (secret !== null) this.#options.refresh();
    const account = accounts.users.account(name.fold);
    if (account === undefined && serverPasswordHash === null) return login(wish, NONE);
    if (secret === null) {
      return account === undefined ? missing(wish) : login(wish, NONE);
    }
    const token = accounts.users.tokenFor(name.fold, secret, clock.now());
    if (token !== null) return login(wish, { kind: 'token', id: token });
    if (account === undefined) return this.#takeStranger(wish, name.fold, secret, client);
    const kept = account.passwordHash;
    return this.#whenKnown(secret, kept, name.fold, client, wish.closeOnRefusal, () =>
      login(wish, { kind: 'password', hash: kept }),
    );
  }

  /** Takes as long as for a registered name. */
  async #takeStranger(wish: LoginWish, fold: string, secret: string, client: Client): Promise<Outcome> {
    const kept = await this.#options.serverPasswordHash;
    if (kept === null) return login(wish, NONE);
    return this.#whenKnown(secret, kept, fold, client, wish.closeOnRefusal, () => login(wish, NONE));
  }

  #takeJoin(
    { room, key }: Extract<UnverifiedCommand, { kind: 'join' }>,
    client: Client,
  ): Outcome | Promise<Outcome> {
    const keyHash =
      room === null || key === null ? null : this.#options.accounts.rooms.room(room.fold)?.keyHash;
    const isOpen =
      room === null ||
      key === null ||
      keyHash == null ||
      client.isOperator ||
      client.currentRoom?.name.fold === room.fold;
    if (isOpen) return { kind: 'join', room, knownKeyHash: null };
    const granted: Outcome = { kind: 'join', room, knownKeyHash: keyHash };
    const wrong: Refused = { kind: 'refuse', reason: 'room-locked', detail: { about: room.shown } };
    return this.#verify(key, keyHash, `#${room.fold}`, client, wrong, () => granted);
  }

  #takeRegistration(password: string, client: Client): Outcome | Promise<Outcome> {
    if (isWeak(password, client)) return refused('weak-password');
    return this.#whenHashed(password, client, (passwordHash) => ({ kind: 'register', passwordHash }));
  }

  #takeNewPassword(old: string, password: string, client: Client): Outcome | Promise<Outcome> {
    const { account } = client;
    if (account === null) return refused('not-registered');
    if (isWeak(password, client)) return refused('weak-password');
    const knownHash = account.passwordHash;
    return this.#whenKnown(old, knownHash, account.fold, client, false, () =>
      this.#whenHashed(password, client, (passwordHash) => ({
        kind: 'change-password',
        knownHash,
        passwordHash,
      })),
    );
  }

  #takeUnregistration(password: string, client: Client): Outcome | Promise<Outcome> {
    const { account } = client;
    if (account === null) return refused('not-registered');
    const knownHash = account.passwordHash;
    return this.#whenKnown(password, knownHash, account.fold, client, false, () => ({
      kind: 'unregister',
      knownHash,
    }));
  }

  async #whenHashed(secret: string, client: Client, next: (hash: string) => Outcome): Promise<Outcome> {
    const hash = await this.#options.secrets.hash(secret, () => client.closeReason === null);
    return hash === 'busy' ? refused('busy') : next(hash);
  }

  #whenKnown(
    secret: string,
    kept: string,
    subject: string,
    client: Client,
    final: boolean,
    next: () => Outcome | Promise<Outcome>,
  ): Promise<Outcome> {
    return this.#verify(secret, kept, subject, client, refused('wrong-password', final), next);
  }

  async #verify(
    secret: string,
    kept: string,
    subject: string,
    client: Client,
    wrong: Refused,
    next: () => Outcome | Promise<Outcome>,
  ): Promise<Outcome> {
    const { address } = client.connection;
    const isStillWanted = () => client.closeReason === null;
    switch (await this.#options.secrets.verify(secret, kept, { address, subject, isStillWanted })) {
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

function login({ name, room, closeOnRefusal, canPromptPassword }: LoginWish, proof: Proof): Command {
  return { kind: 'login', name, room, closeOnRefusal, canPromptPassword, proof };
}

/** As the hub says it of a registered name. */
function missing({ name, closeOnRefusal, canPromptPassword }: LoginWish): Refused {
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
