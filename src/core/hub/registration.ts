/** Whose a name is: what a login must prove, and how a user registers a name or gives it up. */
import type { Account } from '../accounts.js';
import type { CommandOf, Identity, Proof } from '../command.js';
import { isAwaited } from '../dialect.js';
import type { ProposalOf } from '../ports.js';
import type { Refusal } from '../reasons.js';
import { isObsolete, isReserved, parseUserName, type UserName } from '../text/text.js';
import type { Client } from './client.js';
import type { HubContext } from './hub-context.js';
import type { Request } from './request.js';
import type { RoomSettings } from './room-settings.js';
import type { Session } from './session.js';
import type { Subscribers } from './subscribers.js';

/** `bob2` to `bob9` are tried for a user whose name is taken. */
const LAST_NUMBER = 9;

export class Registration {
  readonly #context: HubContext;
  readonly #rooms: RoomSettings;
  readonly #subscribers: Subscribers;

  constructor(context: HubContext, rooms: RoomSettings, subscribers: Subscribers) {
    this.#context = context;
    this.#rooms = rooms;
    this.#subscribers = subscribers;
  }

  /** Why this proof is not enough for the name, whether the name is in use or not; null if it is. */
  refusalFor(name: UserName, proof: Proof): Refusal | null {
    const account = this.#users.account(name.fold);
    if (account === undefined || this.#proves(account, proof)) return null;
    return proof.kind === 'none' ? 'password-required' : 'wrong-password';
  }

  /** Whether the name or the address is banned. */
  isBanned(address: string, name: UserName, at: number): boolean {
    const { bans } = this.#context.accounts;
    return bans.isNameBanned(name.fold, at) || bans.isAddressBanned(address, at);
  }

  /** The account of a name, for a session that proved to own it. */
  accountOf(name: UserName, proof: Proof): Account | null {
    return proof.kind === 'none' ? null : (this.#users.account(name.fold) ?? null);
  }

  /** The account of a client that proved to own it; null if it no longer does. */
  provenAccount({ account: fold, proof }: Identity): Account | null {
    const account = this.#users.account(fold);
    return account !== undefined && this.#proves(account, proof) ? account : null;
  }

  /**
   * Whether the name is in use, reserved, registered by another user, or looks like such a name. A registered name stays
   * its owner's when a rule changes, so look-alikes do not count for it.
   */
  isTaken(name: UserName, account: Account | null): boolean {
    const { directory } = this.#context;
    if (account !== null) return directory.isInUse(name);
    const { hooks } = this.#context.accounts;
    return isReserved(name) || directory.isTaken(name) || this.#users.isLike(name) || hooks.keepsName(name);
  }

  /** Whether the rules no longer allow the name, and no account keeps it. */
  isInvalid(name: UserName): boolean {
    return isObsolete(name) && this.#users.account(name.fold) === undefined;
  }

  /** Refuses a name that is taken. An interactive session, or a labelled command, is offered a free one like it. */
  refuseTaken(session: Session, name: UserName, at: number, final: boolean): void {
    const client = session.local;
    if (client === null) return;
    const isOffered = client.encoder.dialect.interactive || isAwaited(client.label);
    const suggestion = isOffered ? this.#freeNameLike(name) : null;
    const about = name.shown;
    const detail = suggestion === null ? { about } : { about, suggestion };
    this.#context.refuse(client, 'username-taken', detail, at, final);
  }

  register({ session, name, command, at }: Request<'register'>): void {
    // Another program, or another server, may have registered it for someone else, or keeps it for a hook.
    if (this.#users.account(name.fold) !== undefined || this.#context.accounts.hooks.keepsName(name)) {
      this.#context.refuse(session, 'username-taken', { about: name.shown }, at);
      return;
    }
    this.#context.perform(session, { kind: 'register', about: name.shown }, at, (onUndo) => {
      const account = this.#register(name, command.passwordHash, at);
      session.account = account;
      this.#context.changed(session);
      const { ignores } = session;
      for (const other of ignores ?? []) this.#users.ignore(name.fold, other);
      if (ignores !== null) session.ignores = account.ignores;
      this.#rooms.onRegister(session, at);
      this.#context.tellChange(session, 'account', account.shown, at, { onlyIfStored: true });
      onUndo(() => {
        if (session.account !== account) return;
        this.#disown(session);
        session.ignores = ignores;
      });
    });
  }

  /** Proposes to register a name for a client that has not logged in. */
  proposeName(client: Client, { name, passwordHash }: CommandOf<'register-name'>, at: number): void {
    if (client.name !== null || client.identity !== null)
      this.#context.refuse(client, 'already-registered', {}, at);
    else if (this.isBanned(client.address, name, at)) this.#context.refuse(client, 'banned', {}, at, true);
    else
      this.#context.propose(client, { kind: 'register-name', session: client.key, name, passwordHash }, at);
  }

  /** Registers it. The client, if it is one of this node, is then logged in to the account. */
  settleName(session: Session | null, { name, passwordHash }: ProposalOf<'register-name'>, at: number): void {
    const client = session?.local ?? null;
    const refusal = this.#whyNotRegister(name);
    if (refusal !== null) {
      if (session !== null) this.#context.refuse(session, refusal, { about: name.shown }, at);
      return;
    }
    const register = () => void this.#register(name, passwordHash, at);
    if (client === null) {
      register();
      this.#context.turn.scheduleCommit();
      return;
    }
    this.#context.perform(client, { kind: 'register', about: name.shown }, at, (onUndo) => {
      register();
      client.identity = { account: name.fold, proof: { kind: 'password', hash: passwordHash } };
      onUndo(() => (client.identity = null));
    });
  }

  #register(name: UserName, passwordHash: string, at: number): Account {
    return this.#users.register(name, passwordHash, at, this.#context.lastId);
  }

  /** A client without a session cannot register the name of an online user. */
  #whyNotRegister(name: UserName): Refusal | null {
    if (this.#users.account(name.fold) !== undefined) return 'username-taken';
    return this.isTaken(name, null) || this.isInvalid(name) ? 'invalid-username' : null;
  }

  changePassword({ session, command, at }: Request<'change-password'>): void {
    const account = this.#provenAccount(session, command.knownHash, at);
    if (account === null) return;
    this.#context.perform(session, { kind: 'change-password', about: account.shown }, at, () =>
      this.#users.changePassword(account.fold, command.passwordHash),
    );
  }

  unregister({ session, command, at }: Request<'unregister'>): void {
    const account = this.#provenAccount(session, command.knownHash, at);
    if (account === null) return;
    const founded = this.#context.accounts.rooms.foundedBy(account.fold).map(({ name }) => name);
    this.#context.perform(session, { kind: 'unregister', about: account.shown }, at, (onUndo) => {
      this.#users.unregister(account.fold);
      const sessions = this.#context.directory
        .sessionsOfAccount(account.fold)
        .map((one) => ({ session: one, tokenId: one.tokenId }));
      for (const one of sessions) {
        this.#disown(one.session);
        this.#rooms.onUnregistered(one.session, founded, false, at);
        this.#tellLogout(one.session, session, at);
      }
      this.#rooms.passOn(founded, at);
      this.#subscribers.endRevoked(account.fold, true, at);
      onUndo(() => {
        for (const { session, tokenId } of sessions) Object.assign(session, { account, tokenId });
      });
    });
  }

  /** Takes over what another program did to a name: its sessions lose what the name has lost. */
  settleAccountChange(
    { account: fold, endsSessions, orphanedRooms }: ProposalOf<'account-changed'>,
    at: number,
  ): void {
    for (const session of this.#context.directory.sessionsOfAccount(fold)) {
      if (endsSessions && this.#users.account(fold) === undefined) this.#disown(session);
      if (endsSessions) this.#context.endNow(session, 'access-revoked', at);
      else if (session.tokenId !== null && !this.#users.hasToken(session.tokenId))
        this.#context.endNow(session, 'token-revoked', at);
      else if (this.#users.account(fold) !== session.account) {
        this.#disown(session);
        this.#rooms.onUnregistered(session, orphanedRooms, true, at);
        this.#tellLogout(session, null, at);
      }
    }
    this.#subscribers.endRevoked(fold, endsSessions, at);
    this.#rooms.passOn(orphanedRooms, at);
  }

  get #users() {
    return this.#context.accounts.users;
  }

  #proves(account: Account, proof: Proof): boolean {
    if (proof.kind === 'token') return this.#users.hasToken(proof.id);
    return proof.kind === 'password' && proof.hash === account.passwordHash;
  }

  /** The session's account, unless its password has changed while the one that was given was being checked. */
  #provenAccount(session: Session, knownHash: string, at: number): Account | null {
    if (session.account?.passwordHash === knownHash) return session.account;
    this.#context.refuse(session, 'wrong-password', {}, at);
    return null;
  }

  #freeNameLike(name: UserName): string | null {
    for (let number = 2; number <= LAST_NUMBER; number++) {
      const other = parseUserName(`${name.shown}${number}`);
      if (other !== null && !this.isTaken(other, null)) return other.shown;
    }
    return null;
  }

  /**
   * Tells all that a session has no account any more, and the session too unless it asked for that. What another program
   * did (`asker` is null) is stored already.
   */
  #tellLogout(session: Session, asker: Session | null, at: number): void {
    const { turn } = this.#context;
    const onlyIfStored = asker !== null;
    this.#context.tellChange(session, 'account', null, at, { onlyIfStored });
    if (session === asker || session.local === null) return;
    const logout = { kind: 'changed', at, by: session.who, what: 'logged-out', text: null } as const;
    const told = turn.send(session.local, logout);
    if (onlyIfStored) turn.sendOnlyIfStored(told, null);
  }

  /** The session goes on as that of an unregistered user. */
  #disown(session: Session): void {
    // Until here they were those of the account.
    const ignores = session.account?.ignores ?? session.ignores;
    session.ignores = ignores === null || ignores.size === 0 ? null : ignores;
    session.account = null;
    session.tokenId = null;
    this.#context.changed(session);
  }
}
