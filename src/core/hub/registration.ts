/** Whose a name is: what a login must prove, and how a user makes a name its own or gives it up. */
import type { Account } from '../accounts.js';
import type { Client } from './client.js';
import type { Command, Proof } from '../command.js';
import type { RegistrationKind } from '../action.js';
import type { HubContext } from './hub-context.js';
import type { Refusal } from '../reasons.js';
import type { Room } from './room.js';
import { isReserved, parseUserName, type UserName } from '../text/text.js';

/** `bob2` to `bob9` are tried for someone whose name is taken. */
const LAST_NUMBER = 9;

export class Registration {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  /** Why who shows this may not have the name, whether it is in use or not; null if it may. */
  refusalFor(name: UserName, proof: Proof): Refusal | null {
    const account = this.#users.account(name.fold);
    if (account === undefined || this.#proves(account, proof)) return null;
    return proof.kind === 'none' ? 'password-required' : 'wrong-password';
  }

  /** Whether it is shut out, by that name or wherever it comes from. */
  isBanned(client: Client, name: UserName, at: number): boolean {
    const { bans } = this.#context.accounts;
    return bans.isNameBanned(name.fold, at) || bans.isAddressBanned(client.connection.address, at);
  }

  /** The name's account, for who has proved to own it. */
  accountOf(name: UserName, isOwner: boolean): Account | null {
    return isOwner ? (this.#users.account(name.fold) ?? null) : null;
  }

  /** In use, someone else's, too like one of these, or nobody's to have. */
  isTaken(name: UserName, account: Account | null): boolean {
    if (isReserved(name) || this.#context.directory.isTaken(name)) return true;
    return account === null && this.#users.isLike(name);
  }

  /** A name like that one which is free, if there is one. */
  freeNameLike(name: UserName): string | null {
    for (let number = 2; number <= LAST_NUMBER; number++) {
      const other = parseUserName(`${name.shown}${number}`);
      if (other !== null && !this.isTaken(other, null)) return other.shown;
    }
    return null;
  }

  apply(
    client: Client,
    name: UserName,
    command: Extract<Command, { kind: RegistrationKind }>,
    at: number,
  ): void {
    const { account } = client;
    const action = { kind: command.kind, about: name.shown };
    if (command.kind === 'register') {
      this.#context.perform(client, action, at, () => {
        client.account = this.#users.register(name, command.passwordHash, at);
        for (const other of client.ignores ?? []) this.#users.ignore(name.fold, other);
        if (client.currentRoom !== null) this.foundRoom(client, client.currentRoom);
      });
      return;
    }
    // It may have changed while the old one was looked at.
    if (account?.passwordHash !== command.knownHash) {
      this.#context.refuse(client, 'wrong-password', {}, at);
      return;
    }
    this.#context.perform(client, action, at, () => {
      if (command.kind === 'change-password') this.#users.changePassword(name.fold, command.passwordHash);
      else this.#users.unregister(name.fold);
      if (command.kind === 'unregister') disown(client);
    });
  }

  /** The first member with a registered name founds a room. */
  foundRoom({ account }: Client, room: Room): void {
    const { accounts, directory, turn } = this.#context;
    if (account === null || room === directory.lobby || accounts.rooms.room(room.name.fold)?.founder != null)
      return;
    accounts.rooms.found(room.name, account.fold);
    turn.scheduleAccountCommit();
  }

  /** Something was done to a name from outside: its session has what it has from now on. */
  onExternalChange(fold: string, at: number): void {
    const client = this.#context.directory.user(fold);
    if (client?.account == null) return;
    if (client.tokenId !== null && !this.#users.hasToken(client.tokenId))
      this.#context.endSession(client, 'token-revoked', at, '', '');
    else if (this.#users.account(fold) !== client.account) disown(client);
  }

  get #users() {
    return this.#context.accounts.users;
  }

  #proves(account: Account, proof: Proof): boolean {
    if (proof.kind === 'token') return this.#users.hasToken(proof.id);
    return proof.kind === 'password' && proof.hash === account.passwordHash;
  }
}

/** Its session goes on, as that of anyone. */
function disown(client: Client): void {
  client.account = null;
  client.tokenId = null;
}
