/**
 * Checks the secret in a command, and turns the command into one that the hub may see. Most commands have no secret
 * that matters and pass at once; if a password must be hashed, only that connection waits for it.
 */
import type { Accounts } from '../core/accounts.js';
import type { Client } from '../core/hub/client.js';
import type { Command, Proof, Resume } from '../core/command.js';
import type { Refused } from '../core/dialect.js';
import type { Hub } from '../core/hub/hub.js';
import { isWeakPassword } from '../core/text/password.js';
import type { Clock, HashPurpose, PasswordVerifier } from '../core/ports.js';
import type { Refusal } from '../core/reasons.js';
import type { UnverifiedCommand } from '../core/unverified-command.js';
import { hashOfSecret, newSecret, newTokenId, TOKEN_BYTES } from '../util/secrets.js';

export interface AuthenticatorOptions {
  readonly hub: Hub;
  readonly accounts: Accounts;
  readonly passwords: PasswordVerifier;
  readonly clock: Clock;
  /** The time by which tokens expire, in milliseconds since 1970. */
  tokenTime(): number;
  /** The minimum length of a new password, in characters. */
  readonly minPasswordLength: number;
  /** The hash of the password that unregistered names need; null if they need none. */
  readonly serverPasswordHash: Promise<string> | null;
  /** Takes over what other programs changed in the accounts. */
  refresh(): void;
}

/** A command for the hub, or a refusal. */
export type AuthResult = Command | Refused;

type UnverifiedNameRegistration = Extract<UnverifiedCommand, { kind: 'register-name' }>;
type UnverifiedLogin = Extract<UnverifiedCommand, { kind: 'login' }>;

export class Authenticator {
  readonly #options: AuthenticatorOptions;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /**
   * Returns the result at once if nothing must be hashed. Rejects only for a bug of ours or a failure of the machine.
   */
  authenticate(unverified: UnverifiedCommand, client: Client): AuthResult | Promise<AuthResult> {
    const { hub, clock } = this.#options;
    const refusal = hub.refusalFor(client, unverified, clock.now());
    const { kind } = unverified;
    if (refusal !== null)
      return {
        kind: 'refuse',
        reason: refusal,
        detail: hub.refusalDetail(client, unverified),
        command: kind,
      };
    const result = this.#check(unverified, client);
    return result instanceof Promise
      ? result.then((checked) => withCommand(checked, kind))
      : withCommand(result, kind);
  }

  #check(unverified: UnverifiedCommand, client: Client): AuthResult | Promise<AuthResult> {
    switch (unverified.kind) {
      case 'login':
        return this.#authenticateLogin(unverified, client);
      case 'nick':
        return this.#authenticateNick(unverified, client);
      case 'authenticate':
        return this.#authenticateAccount(unverified, client);
      case 'join':
      case 'follow':
        return this.#checkRoomKey(unverified, client);
      case 'register':
        return this.#hashForRegistration(unverified.password, client);
      case 'register-name':
        return this.#registerName(unverified, client);
      case 'change-password':
        return this.#changePassword(unverified.old, unverified.password, client);
      case 'unregister':
        return this.#checkBeforeUnregister(unverified.password, client);
      case 'lock':
        return this.#hashRoomKey(unverified, client);
      case 'open-session': {
        const secret = newSecret(TOKEN_BYTES);
        return { kind: 'open-session', secret, id: newTokenId(), hash: hashOfSecret(secret) };
      }
      case 'mode':
        return this.#hashModeKey(unverified, client);
    }
  }

  #authenticateLogin(unverified: UnverifiedLogin, client: Client): AuthResult | Promise<AuthResult> {
    const { hub, accounts, clock, serverPasswordHash } = this.#options;
    const { name, secret } = unverified;
    // The hub refuses these for another reason, whatever the secret.
    if (client.name !== null || name === null) return login(unverified, NONE);
    // It has shown a secret already, that of its account.
    if (client.identity !== null) return login(unverified, NONE);
    if (hub.isBanned(client, name, clock.now())) return login(unverified, NONE);
    // A token may have been created a moment ago, by the command line.
    if (secret !== null) this.#options.refresh();
    const account = accounts.users.account(name.fold);
    if (account === undefined && serverPasswordHash === null) return login(unverified, NONE, secret !== null);
    if (secret === null) {
      return account === undefined ? passwordRequired(unverified) : login(unverified, NONE);
    }
    const token = accounts.users.tokenFor(name.fold, secret, this.#options.tokenTime());
    if (token !== null) return login(unverified, { kind: 'token', id: token });
    if (account === undefined) return this.#checkServerPassword(unverified, name.fold, secret, client);
    const hash = account.passwordHash;
    const wrong = refused('wrong-password', closesOnWrongSecret(unverified));
    const subject = { fold: name.fold, isRegisteredLogin: true };
    return this.#verify(secret, hash, subject, client, wrong, () =>
      login(unverified, { kind: 'password', hash }),
    );
  }

  /** It takes as long as for a registered name, so the time does not tell which names are registered. */
  async #checkServerPassword(
    unverified: UnverifiedLogin,
    fold: string,
    secret: string,
    client: Client,
  ): Promise<AuthResult> {
    const hash = await this.#options.serverPasswordHash;
    if (hash === null) return login(unverified, NONE);
    const wrong = refused('wrong-password', closesOnWrongSecret(unverified));
    return this.#verify(secret, hash, { fold }, client, wrong, () => login(unverified, NONE));
  }

  #authenticateNick(
    { name, secret }: Extract<UnverifiedCommand, { kind: 'nick' }>,
    client: Client,
  ): AuthResult | Promise<AuthResult> {
    const { hub, accounts, clock } = this.#options;
    const unproven: Command = { kind: 'nick', name, proof: NONE };
    if (name === null || secret === null || hub.isBanned(client, name, clock.now())) return unproven;
    this.#options.refresh();
    const account = accounts.users.account(name.fold);
    // Another session of its own account may have the name.
    const hasName = account === client.account && client.name?.fold === name.fold;
    if (hasName) return unproven;
    if (account === undefined) return this.#checkNickSecret(unproven, name.fold, secret, client);
    const token = accounts.users.tokenFor(name.fold, secret, this.#options.tokenTime());
    if (token !== null) return { kind: 'nick', name, proof: { kind: 'token', id: token } };
    const hash = account.passwordHash;
    const subject = { fold: name.fold, isRegisteredLogin: true };
    return this.#verify(secret, hash, subject, client, refused('wrong-password'), () => ({
      kind: 'nick',
      name,
      proof: { kind: 'password', hash },
    }));
  }

  /** As at a login, a secret for a name that is not registered must be the server's password, if it has one. */
  #checkNickSecret(
    unproven: Command,
    fold: string,
    secret: string,
    client: Client,
  ): AuthResult | Promise<AuthResult> {
    const { serverPasswordHash } = this.#options;
    if (serverPasswordHash === null) return unproven;
    const wrong = refused('wrong-password');
    return serverPasswordHash.then((hash) =>
      hash === null ? unproven : this.#verify(secret, hash, { fold }, client, wrong, () => unproven),
    );
  }

  #authenticateAccount(
    {
      account: { fold },
      secret,
      operatorsOnly = false,
    }: Extract<UnverifiedCommand, { kind: 'authenticate' }>,
    client: Client,
  ): AuthResult | Promise<AuthResult> {
    const { accounts } = this.#options;
    this.#options.refresh();
    const account = accounts.users.account(fold);
    if (account === undefined || (operatorsOnly && !account.isOperator)) return refused('wrong-password');
    const token = accounts.users.tokenFor(fold, secret, this.#options.tokenTime());
    if (token !== null) return { kind: 'authenticate', account: fold, proof: { kind: 'token', id: token } };
    const hash = account.passwordHash;
    const subject = { fold, isRegisteredLogin: true };
    return this.#verify(secret, hash, subject, client, refused('wrong-password'), () => ({
      kind: 'authenticate',
      account: fold,
      proof: { kind: 'password', hash },
    }));
  }

  #checkRoomKey(
    { kind, room, key }: Extract<UnverifiedCommand, { kind: 'join' | 'follow' }>,
    client: Client,
  ): AuthResult | Promise<AuthResult> {
    const keyHash =
      room === null || key === null ? null : this.#options.accounts.rooms.room(room.fold)?.keyHash;
    const isOpen =
      room === null ||
      key === null ||
      keyHash == null ||
      client.isOperator ||
      client.roomNamed(room.fold) !== null;
    if (isOpen) return { kind, room, knownKeyHash: null };
    const wrong: Refused = { kind: 'refuse', reason: 'room-locked', detail: { about: room.shown } };
    return this.#verify(key, keyHash, { fold: `#${room.fold}` }, client, wrong, () => ({
      kind,
      room,
      knownKeyHash: keyHash,
    }));
  }

  #hashRoomKey(
    { room, key }: Extract<UnverifiedCommand, { kind: 'lock' }>,
    client: Client,
  ): Promise<AuthResult> {
    return this.#afterHash(key, 'lock', client, (keyHash) => ({ kind: 'lock', room, keyHash, key }));
  }

  /** Of several keys the last one counts. */
  #hashModeKey(
    { kind, room, changes }: Extract<UnverifiedCommand, { kind: 'mode' }>,
    client: Client,
  ): AuthResult | Promise<AuthResult> {
    const last = changes.findLast((change) => change.kind === 'key');
    const others = changes.filter((change) => change.kind !== 'key' || change === last);
    if (last === undefined || last.kind !== 'key' || last.key === null)
      return { kind, room, changes: others };
    return this.#afterHash(last.key, 'lock', client, (keyHash) => ({
      kind,
      room,
      changes: others.map((change) => (change === last ? { ...last, keyHash } : change)),
    }));
  }

  #hashForRegistration(password: string, client: Client): AuthResult | Promise<AuthResult> {
    if (this.#isWeak(password, client)) return this.#weakPassword();
    return this.#afterHash(password, 'register', client, (passwordHash) => ({
      kind: 'register',
      passwordHash,
    }));
  }

  /** Where the server has a password, no name is registered without it. */
  #registerName(unverified: UnverifiedNameRegistration, client: Client): AuthResult | Promise<AuthResult> {
    const { minPasswordLength, serverPasswordHash } = this.#options;
    const { kind, name, password, secret } = unverified;
    if (isWeakPassword(password, name, minPasswordLength)) return this.#weakPassword();
    const hash = () =>
      this.#afterHash(password, 'register', client, (passwordHash) => ({ kind, name, passwordHash }));
    if (serverPasswordHash === null) return hash();
    if (secret === null) return { ...refused('password-required', true), detail: { about: name.shown } };
    return serverPasswordHash.then((known) =>
      known === null
        ? hash()
        : this.#verify(secret, known, name, client, refused('wrong-password', true), hash),
    );
  }

  #changePassword(old: string, password: string, client: Client): AuthResult | Promise<AuthResult> {
    const { account } = client;
    if (account === null) return refused('not-registered');
    if (this.#isWeak(password, client)) return this.#weakPassword();
    const knownHash = account.passwordHash;
    return this.#verify(old, knownHash, account, client, refused('wrong-password'), () =>
      this.#afterHash(password, 'change-password', client, (passwordHash) => ({
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
    return this.#verify(password, knownHash, account, client, refused('wrong-password'), () => ({
      kind: 'unregister',
      knownHash,
    }));
  }

  async #afterHash(
    secret: string,
    purpose: HashPurpose,
    client: Client,
    next: (hash: string) => AuthResult,
  ): Promise<AuthResult> {
    const origin = { ...originOf(client), subject: client.name?.fold ?? '' };
    const result = await this.#options.passwords.hash(secret, purpose, origin);
    return typeof result === 'string' ? refused(result) : next(result.hash);
  }

  async #verify(
    secret: string,
    hash: string,
    { fold, isRegisteredLogin = false }: { readonly fold: string; readonly isRegisteredLogin?: boolean },
    client: Client,
    wrong: Refused,
    next: () => AuthResult | Promise<AuthResult>,
  ): Promise<AuthResult> {
    const attempt = { ...originOf(client), subject: fold, isRegisteredLogin };
    switch (await this.#options.passwords.verify(secret, hash, attempt)) {
      case 'right':
        return next();
      case 'wrong':
        return wrong;
      case 'busy':
        return refused('busy', wrong.final ?? false);
    }
  }

  #isWeak(password: string, { name }: Client): boolean {
    return name !== null && isWeakPassword(password, name, this.#options.minPasswordLength);
  }

  #weakPassword(): Refused {
    const { minPasswordLength } = this.#options;
    return { kind: 'refuse', reason: 'weak-password', detail: { minLength: minPasswordLength } };
  }
}

type LoginCommand = Extract<Command, { kind: 'login' }>;

/** 22 characters. */
const RESUME_BYTES = 16;
const NONE: Proof = { kind: 'none' };

function login(
  { name, room, closeOnRefusal, canPromptPassword, roamer, resume }: UnverifiedLogin,
  proof: Proof,
  secretIgnored = false,
): LoginCommand {
  const kind = 'login';
  const command = {
    kind,
    name,
    room,
    closeOnRefusal,
    canPromptPassword,
    proof,
    secretIgnored,
    roamer,
  } as const;
  return resume === undefined ? command : { ...command, resume: newResume(resume.shown) };
}

/** A client of IRC gives its secret before its name, and once. */
function closesOnWrongSecret({ closeOnRefusal, roamer }: UnverifiedLogin): boolean {
  return closeOnRefusal || roamer !== undefined;
}

/** A refusal names the command that it refuses. */
function withCommand(result: AuthResult, command: UnverifiedCommand['kind']): AuthResult {
  return result.kind === 'refuse' ? { ...result, command } : result;
}

function newResume(shown: string | null): Resume {
  const value = newSecret(RESUME_BYTES);
  return { value, hash: hashOfSecret(value), shownHash: shown === null ? null : hashOfSecret(shown) };
}

/** The same refusal as the hub's for a registered name. */
function passwordRequired({ name, closeOnRefusal, canPromptPassword, roamer }: UnverifiedLogin): Refused {
  return {
    kind: 'refuse',
    reason: 'password-required',
    detail: { about: name?.shown ?? '' },
    final: roamer !== undefined || (closeOnRefusal && !canPromptPassword),
  };
}

function refused(reason: Refusal, final = false): Refused {
  return { kind: 'refuse', reason, detail: {}, final };
}

function originOf(client: Client) {
  const { connection } = client;
  return { address: connection.address, connection, isStillWanted: () => !client.isEnding };
}
