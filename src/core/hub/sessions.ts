/** Sessions: logins, and every way in which a session ends. */
import type { Account } from '../accounts.js';
import type { CommandOf, Proof } from '../command.js';
import type { Meter, ProposalOf } from '../ports.js';
import type { CloseReason } from '../reasons.js';
import type { UserName } from '../text/text.js';
import type { Client } from './client.js';
import type { HubContext } from './hub-context.js';
import type { Lookups } from './lookups.js';
import type { Membership } from './membership.js';
import type { OfflineDelivery } from './offline.js';
import type { Queries } from './queries.js';
import type { Registration } from './registration.js';
import type { Request } from './request.js';
import type { Audience, Room } from './room.js';

export interface SessionsOptions {
  readonly membership: Membership;
  readonly registration: Registration;
  readonly offline: OfflineDelivery;
  readonly queries: Queries;
  readonly lookups: Lookups;
  /** Whether every login is announced to everyone. */
  readonly announceLogin: boolean;
  /** From so many users on, logins and ends of sessions are shown in the rooms of the user only; 0 = never. */
  readonly presenceLimit: number;
  readonly meter: Meter | null;
}

export class Sessions {
  readonly #context: HubContext;
  readonly #options: SessionsOptions;

  constructor(context: HubContext, options: SessionsOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Checks a login, and proposes it. */
  login(client: Client, command: CommandOf<'login'>, at: number): void {
    const { registration } = this.#options;
    const { name, room, closeOnRefusal, canPromptPassword, proof, secretIgnored } = command;
    if (client.name !== null) {
      this.#context.refuse(client, 'already-logged-in', { about: client.name.shown }, at);
      return;
    }
    if (name === null || registration.isInvalid(name)) {
      this.#context.refuse(client, 'invalid-username', {}, at, closeOnRefusal);
      return;
    }
    if (room !== null && this.#context.permissions.isInvalid(room)) {
      this.#context.refuse(client, 'invalid-room', {}, at, closeOnRefusal);
      return;
    }
    if (registration.isBanned(client, name, at)) {
      this.#context.refuse(client, 'banned', {}, at, true);
      return;
    }
    const refusal = registration.refusalFor(name, proof);
    if (refusal !== null) {
      const isPrompted = refusal === 'password-required' && canPromptPassword;
      this.#context.refuse(client, refusal, { about: name.shown }, at, closeOnRefusal && !isPrompted);
      return;
    }
    const isOwner = proof.kind !== 'none';
    const isOperator = registration.accountOf(name, isOwner)?.isOperator ?? false;
    if (room !== null && !isOperator && !this.#context.permissions.mayEnter(client, room.fold, null)) {
      this.#context.refuse(client, 'room-locked', { about: room.shown }, at, closeOnRefusal);
      return;
    }
    const tokenId = proof.kind === 'token' ? proof.id : null;
    this.#context.submit(
      { kind: 'login', client, name, room, closeOnRefusal, isOwner, tokenId, secretIgnored },
      at,
    );
  }

  settleLogin(proposal: ProposalOf<Client, 'login'>, at: number): void {
    const { registration, membership, offline, queries } = this.#options;
    const { accounts, directory, turn } = this.#context;
    const { client, name, room: roomName, closeOnRefusal, isOwner, tokenId, secretIgnored } = proposal;
    const account = registration.accountOf(name, isOwner);
    const ghost = account === null ? undefined : directory.userNamed(name.fold);
    if (ghost !== undefined)
      this.settleEnd({ client: ghost, why: 'logged-in-elsewhere', by: '', reason: '' }, at);
    if (registration.isTaken(name, account)) {
      registration.refuseTaken(client, name, at, closeOnRefusal);
      return;
    }
    client.name = name;
    client.account = account;
    client.loggedInAt = at;
    client.lastCommandAt = at;
    client.tokenId = tokenId;
    client.awaitingPassword = false;
    client.mutedUntil = accounts.bans.mutedUntil(name.fold);
    client.ignores = account === null || account.ignores.size === 0 ? null : account.ignores;
    // Looked up before the client enters a room, which moves the marker.
    const waiting = offline.find(client);
    directory.addUser(name, client);
    const room = directory.roomFor(roomName ?? directory.lobby.name);
    const loggedIn = {
      kind: 'logged-in',
      at,
      name: name.shown,
      room: room.name.shown,
      secretIgnored,
    } as const;
    const login = turn.reply(client, loggedIn);
    if (this.#options.announceLogin)
      turn.sendToRooms(this.#presenceAudiences([room]), { kind: 'connected', at, name: name.shown }, null);
    directory.everyone.enter(client);
    membership.enter(client, room, 'login', at);
    membership.makeCurrent(client, room, at);
    turn.observeEvent(login.event, client);
    this.#options.lookups.remindOfIgnores(client, at);
    queries.welcome(client, room, waiting, at);
  }

  /** AWAY: a text says that the user is away, an empty one that it is back. */
  setAway({ client, name, command: { text }, at }: Request<'away'>): void {
    client.awayText = text === '' ? null : text;
    this.#context.perform(client, { kind: 'away', about: name.shown, text }, at);
  }

  /**
   * Gives a session another name. It keeps its account, and with that its rights, ignores and offline messages; with a
   * proof, it logs in to the account of the new name instead.
   */
  rename({ client, name: from, command: { name: to, proof }, at }: Request<'nick'>): void {
    const { registration } = this.#options;
    const { directory, turn } = this.#context;
    if (to === null || registration.isInvalid(to)) {
      this.#context.refuse(client, 'invalid-username', {}, at);
      return;
    }
    if (to.shown === from.shown && proof.kind === 'none') {
      turn.reply(client, { kind: 'done', at, action: { kind: 'nick', about: from.shown, text: to.shown } });
      return;
    }
    const isOwn = client.account?.fold === to.fold;
    const refusal = registration.isBanned(client, to, at)
      ? 'banned'
      : isOwn
        ? null
        : registration.refusalFor(to, proof);
    if (refusal !== null) {
      this.#context.refuse(client, refusal, { about: to.shown }, at);
      return;
    }
    const account = registration.accountOf(to, isOwn || proof.kind !== 'none');
    const ghost = account === null || isOwn ? undefined : directory.userNamed(to.fold);
    if (ghost !== undefined && ghost !== client)
      this.settleEnd({ client: ghost, why: 'logged-in-elsewhere', by: '', reason: '' }, at);
    directory.removeUser(from);
    if (registration.isTaken(to, account)) {
      directory.addUser(from, client);
      registration.refuseTaken(client, to, at, false);
      return;
    }
    directory.addUser(to, client);
    client.name = to;
    this.#context.perform(client, { kind: 'nick', about: from.shown, text: to.shown }, at);
    if (account !== null && !isOwn) this.#changeAccount(client, account, proof, at);
    if (to.shown === from.shown) return;
    for (const audience of [directory.everyone, ...client.rooms]) audience.renumber(client);
    const notice = { kind: 'renamed', from: from.shown, to: to.shown } as const;
    turn.sendToRooms(client.rooms, { kind: 'notice', at, room: null, notice }, client);
    for (const { name } of client.rooms)
      turn.observeEvent({ kind: 'notice', at, room: name.shown, notice }, client);
  }

  /** Ends a session: its name is free at once, everyone is told, and the connection closes after its last output. */
  settleEnd({ client, why, by, reason }: Omit<ProposalOf<Client, 'end'>, 'kind'>, at: number): void {
    if (client.closeReason !== null) return;
    const { turn, lastId } = this.#context;
    const { currentRoom } = client;
    turn.observeEvent({ kind: 'detached', at, why, room: currentRoom?.name.shown ?? null }, client);
    this.#options.meter?.onConnectionEnd(why);
    if (currentRoom !== null) this.#options.offline.onLeave(client, currentRoom, why, lastId, at);
    if (client.name !== null) this.#logout(client, client.name, why, at);
    const canBeTold = why !== 'lost' && (why !== 'too-slow' || client.discardQueue());
    // QUIT alone is a command of the client, which may have a label.
    const label = why === 'quit' ? client.label : null;
    const closing = { kind: 'closing', at, atLogin: client.name === null, why, by, reason } as const;
    if (canBeTold) turn.reply(client, closing, label);
    turn.close(client, why);
  }

  /** Logs a session in to another account. It stays in its rooms. */
  #changeAccount(client: Client, account: Account, proof: Proof, at: number): void {
    const { offline, queries, lookups } = this.#options;
    const { accounts, lastId } = this.#context;
    const { currentRoom } = client;
    if (currentRoom !== null) offline.onLeave(client, currentRoom, 'quit', lastId, at);
    client.account = account;
    client.tokenId = proof.kind === 'token' ? proof.id : null;
    client.mutedUntil = Math.max(client.mutedUntil, accounts.bans.mutedUntil(account.fold));
    client.ignores = account.ignores.size === 0 ? null : account.ignores;
    const { mail } = offline.find(client);
    if (currentRoom !== null) offline.onEnter(client, currentRoom, lastId, at);
    lookups.remindOfIgnores(client, at);
    queries.deliverMail(client, mail, at);
  }

  /** Frees the name and leaves all rooms. The client still receives what was sent to its rooms before. */
  #logout(client: Client, name: UserName, why: CloseReason, at: number): void {
    const { directory, turn, isClosing } = this.#context;
    const audiences = this.#presenceAudiences(client.rooms);
    const isToldInRooms = audiences === client.rooms;
    directory.removeUser(name);
    directory.addDeparture(name.fold, {
      name: name.shown,
      isRegistered: client.account !== null,
      dialect: client.dialect,
      address: client.connection.address,
      since: client.loggedInAt,
      leftAt: at,
    });
    // Thousands may end in one turn: they are not also told of each other.
    directory.everyone.drop(client);
    this.#options.membership.exitAll(client, at, isToldInRooms);
    if (isClosing) return;
    turn.sendToRooms(audiences, { kind: 'disconnected', at, name: name.shown, why }, null);
  }

  /** The audiences of a login or the end of a session: everyone, or these rooms. The user counts itself. */
  #presenceAudiences(rooms: readonly Room[]): readonly Audience[] {
    const { presenceLimit } = this.#options;
    const { directory } = this.#context;
    return presenceLimit > 0 && directory.userCount >= presenceLimit ? rooms : [directory.everyone];
  }
}
