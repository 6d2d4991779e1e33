/** Sessions: logins, and every way in which a session ends. */
import type { Account } from '../accounts.js';
import type { CommandOf, Proof } from '../command.js';
import type { Who } from '../event.js';
import type { Meter, ProposalOf } from '../ports.js';
import type { Refusal } from '../reasons.js';
import type { Departure } from '../session-table.js';
import type { RoomName, UserName } from '../text/text.js';
import type { Client } from './client.js';
import type { HubContext, SessionEnd } from './hub-context.js';
import type { Lookups } from './lookups.js';
import type { Membership } from './membership.js';
import type { OfflineDelivery } from './offline.js';
import type { PageTokens } from './page-tokens.js';
import type { Queries } from './queries.js';
import type { Registration } from './registration.js';
import type { Request } from './request.js';
import type { Audience, Room } from './room.js';
import type { RoomSettings } from './room-settings.js';
import { RemoteSession, type Session } from './session.js';
import type { Subscribers } from './subscribers.js';

export interface SessionsOptions {
  readonly membership: Membership;
  readonly registration: Registration;
  readonly rooms: RoomSettings;
  readonly offline: OfflineDelivery;
  readonly queries: Queries;
  readonly lookups: Lookups;
  readonly subscribers: Subscribers;
  readonly pageTokens: PageTokens;
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
    const { name, room, closeOnRefusal, canPromptPassword, proof, secretIgnored = false, resume } = command;
    const { address, dialect } = client;
    const { cloak } = this.#context.accounts;
    const cloakKey = this.#context.isShared() && !cloak.isAgreed ? cloak.key : null;
    const roamer = command.roamer ?? null;
    // A client that is logged in is refused for that, whatever the name.
    const valid = name ?? client.name;
    if (valid === null) {
      this.#context.refuse(client, 'invalid-username', {}, at, closeOnRefusal);
      return;
    }
    const { identity } = client;
    const isOwn = identity?.account === valid.fold;
    // Spread objects of this size become dictionaries, which take 8 KB and a third of the time of a login.
    const proposal: ProposalOf<'login'> = {
      kind: 'login',
      session: client.key,
      name: valid,
      room,
      closeOnRefusal,
      canPromptPassword,
      proof: isOwn ? identity.proof : proof,
      secretIgnored,
      resumeHash: resume?.hash ?? null,
      shownResumeHash: resume?.shownHash ?? null,
      identity: isOwn ? null : identity,
      address,
      dialect,
      roamer,
      cloakKey,
    };
    if (!this.#admits(client, proposal, at)) return;
    client.newSecret = resume?.value ?? null;
    this.#context.propose(client, proposal, at);
  }

  /** Checks a name for a client that has none, before it has sent all that its login needs. */
  checkName(client: Client, { name }: CommandOf<'check-name'>, at: number): void {
    const { registration } = this.#options;
    const { identity } = client;
    client.isNameRefused = false;
    if (client.name !== null) return;
    const account = this.#context.accounts.users.account(name.fold);
    const isOwn = identity !== null && identity.account === account?.fold;
    // Its password may follow, unless the client has logged in to another account.
    if (isOwn || (account !== undefined && identity === null)) return;
    client.isNameRefused = true;
    if (account !== undefined) this.#context.refuse(client, 'password-required', { about: name.shown }, at);
    else if (registration.isInvalid(name)) this.#context.refuse(client, 'invalid-username', {}, at);
    else if (registration.isTaken(name, null)) registration.refuseTaken(client, name, at, false);
    else client.isNameRefused = false;
  }

  /** Logs in a session. One of another node exists from here on. */
  settleLogin(known: Session | null, proposal: ProposalOf<'login'>, at: number): void {
    const session = known ?? new RemoteSession(proposal.session, proposal.dialect, proposal.address);
    if (!this.#admits(session, proposal, at)) return;
    const { registration, membership, offline, queries } = this.#options;
    const { accounts, directory, turn } = this.#context;
    const { name, closeOnRefusal, proof, secretIgnored, roamer, cloakKey, identity } = proposal;
    const own = registration.accountOf(name, proof);
    const account = own ?? (identity === null ? null : registration.provenAccount(identity));
    const ghost =
      own === null ? this.#resumed(name, proposal.shownResumeHash) : directory.userNamed(name.fold);
    if (ghost !== undefined) this.#context.endNow(ghost, 'logged-in-elsewhere', at);
    if (registration.isTaken(name, own)) {
      registration.refuseTaken(session, name, at, closeOnRefusal);
      return;
    }
    if (cloakKey !== null && !accounts.cloak.isAgreed) {
      accounts.cloak.agree(cloakKey);
      turn.scheduleCommit();
    }
    session.name = name;
    session.account = account;
    session.home = roamer !== null ? 'none' : closeOnRefusal ? 'room' : 'lobby';
    session.describe({
      user: roamer?.user ?? '',
      realname: roamer?.realname ?? '',
      isBot: roamer?.isBot ?? false,
      host: accounts.cloak.hostOf(session.address),
    });
    session.isInvisible = roamer?.isInvisible ?? false;
    session.rosterStyle = roamer?.style ?? null;
    session.loggedInAt = at;
    session.lastCommandAt = at;
    const shown = own === null && identity !== null ? identity.proof : proof;
    session.tokenId = account !== null && shown.kind === 'token' ? shown.id : null;
    if (session.tokenId !== null) this.#options.pageTokens.onUsed(session.tokenId, at);
    session.resumeHash = account === null ? proposal.resumeHash : null;
    if (session.local !== null) session.local.awaitingPassword = false;
    session.mutedUntil = Math.max(
      accounts.bans.mutedUntil(name.fold),
      accounts.bans.mutedUntil(account?.fold ?? name.fold),
    );
    session.ignores = account === null || account.ignores.size === 0 ? null : account.ignores;
    // Looked up before the session enters a room, which moves the marker.
    const waiting = session.local === null ? null : offline.find(session);
    if (session instanceof RemoteSession) directory.addRemote(session);
    directory.addUser(name, session);
    const room = this.#firstRoom(session, proposal);
    const loggedIn = {
      kind: 'logged-in',
      at,
      name: name.shown,
      room: room?.name.shown ?? '',
      by: session.who,
      isOperator: session.isOperator,
      census: roamer === null || session.local === null ? null : this.#options.lookups.countAll(1),
      secretIgnored,
    } as const;
    const resumeValue = session.resumeHash === null ? undefined : (session.local?.newSecret ?? undefined);
    this.#context.reply(session, { ...loggedIn, resumeValue });
    if (session.local !== null) session.local.newSecret = null;
    if (this.#options.announceLogin) {
      const audiences = this.#presenceAudiences(room === null ? [] : [room]);
      turn.sendToRooms(audiences, { kind: 'connected', at, name: name.shown }, null);
    }
    directory.everyone.enter(session);
    if (room !== null) {
      membership.enter(session, room, 'login', at);
      membership.makeCurrent(session, room, at);
    } else this.#context.changed(session);
    this.#context.observe(loggedIn, session);
    this.#context.watches?.onOnline(session, at);
    this.#options.lookups.remindOfIgnores(session, at);
    if (roamer !== null) {
      if (session.local !== null && waiting !== null) queries.deliverMail(session.local, waiting.mail, at);
      membership.enterFirst(session, room, roamer.rooms, at);
    } else if (session.local !== null && waiting !== null && room !== null)
      queries.welcome(session.local, room, waiting, at);
  }

  /** The room of a login. A roamer has none if it wants none, or may enter none. */
  #firstRoom(session: Session, { room, roamer }: ProposalOf<'login'>): Room | null {
    const { directory, permissions } = this.#context;
    if (roamer === null) return directory.roomFor(room ?? directory.lobby.name);
    const isOpen = (name: RoomName) =>
      !permissions.isInvalid(name) &&
      permissions.whyNotEnter(session, name.fold, directory.room(name.fold) ?? null, null) === null;
    const first = roamer.rooms.find(isOpen);
    return first === undefined ? null : directory.roomFor(first);
  }

  /**
   * The session of an unregistered name whose user has shown the value that it was told at its login; undefined if it is
   * another's, or if the name would not be free without it.
   */
  #resumed(name: UserName, shownHash: string | null): Session | undefined {
    const { directory } = this.#context;
    const session = directory.userNamed(name.fold);
    if (shownHash === null || session?.name == null || session.resumeHash !== shownHash) return undefined;
    directory.removeUser(session.name);
    const isTaken = this.#options.registration.isTaken(name, null);
    directory.addUser(session.name, session);
    return isTaken ? undefined : session;
  }

  /** Changes how others see a user. */
  describe({ session, name, command, at }: Request<'describe'>): void {
    if (command.realname !== undefined && at < session.mutedUntil) {
      this.#context.refuse(session, 'muted', {}, at);
      return;
    }
    const { realname = session.realname, isBot = session.isBot } = command;
    const before = session.who.realname;
    session.isInvisible = command.isInvisible ?? session.isInvisible;
    if (command.resigns === true) session.hasResigned ||= session.isOperator;
    session.describe({ user: session.user, host: session.host, realname, isBot });
    this.#context.changed(session);
    this.#context.perform(session, { kind: 'describe', about: name.shown }, at);
    if (session.who.realname !== before)
      this.#context.tellChange(session, 'realname', session.who.realname, at);
  }

  /** Logs in to an account: at once before the login, for which it then counts. */
  authenticate(client: Client, { account, proof }: CommandOf<'authenticate'>, at: number): void {
    const identity = { account, proof };
    if (client.name !== null) {
      const command = { kind: 'change-account', ...identity } as const;
      this.#context.propose(client, { kind: 'command', session: client.key, command }, at);
      return;
    }
    const known = this.#options.registration.provenAccount(identity);
    if (known === null || this.#isBanned(client, known, at)) {
      this.#context.refuse(client, 'wrong-password', {}, at);
      return;
    }
    client.identity = identity;
    const action = { kind: 'authenticate', about: known.shown } as const;
    this.#context.reply(client, { kind: 'done', at, action, by: client.who });
  }

  settleAuthentication({ session, command, at }: Request<'change-account'>): void {
    const account = this.#options.registration.provenAccount(command);
    if (account === null || this.#isBanned(session, account, at)) {
      this.#context.refuse(session, 'wrong-password', {}, at);
      return;
    }
    const former = session.account;
    const isNew = former !== account;
    session.hasResigned = false;
    if (isNew) this.#changeAccount(session, account, command.proof, at);
    this.#context.changed(session);
    this.#context.perform(session, { kind: 'authenticate', about: account.shown }, at);
    if (!isNew) return;
    this.#context.tellChange(session, 'account', account.shown, at);
    this.#options.rooms.onAccount(session, former, at);
  }

  #isBanned({ address }: Session, { fold }: Account, at: number): boolean {
    const { bans } = this.#context.accounts;
    return bans.isNameBanned(fold, at) || bans.isAddressBanned(address, at);
  }

  /** AWAY: a text says that the user is away, an empty one that it is back. Others are told only of a change. */
  setAway({ session, name, command: { text }, at }: Request<'away'>): void {
    const before = session.awayText;
    session.awayText = text === '' ? null : text;
    this.#context.changed(session);
    this.#context.perform(session, { kind: 'away', about: name.shown, text }, at);
    if (session.awayText === before) return;
    this.#context.tellChange(
      session,
      'away',
      this.#options.membership.awayTextIn(session.rooms, session, at),
      at,
    );
  }

  /**
   * Gives a session another name. It keeps its account, and with that its rights, ignores and offline messages; with a
   * proof, it logs in to the account of the new name instead.
   */
  rename({ session, name: from, command: { name: to, proof }, at }: Request<'nick'>): void {
    const { registration } = this.#options;
    const { directory } = this.#context;
    if (to === null || registration.isInvalid(to)) {
      this.#context.refuse(session, 'invalid-username', {}, at);
      return;
    }
    if (to.shown === from.shown && proof.kind === 'none') {
      const action = { kind: 'nick', about: from.shown, text: to.shown } as const;
      this.#context.reply(session, { kind: 'done', at, action, by: session.who });
      return;
    }
    const by = session.who;
    const isOwn = session.account?.fold === to.fold;
    const isProven = proof.kind !== 'none';
    const refusal = registration.isBanned(session.address, to, at)
      ? 'banned'
      : isOwn && !isProven
        ? null
        : registration.refusalFor(to, proof);
    if (refusal !== null) {
      this.#context.refuse(session, refusal, { about: to.shown }, at);
      return;
    }
    const account = isOwn ? session.account : registration.accountOf(to, proof);
    // A session of the same account that has the name keeps it, unless the secret is given. On IRC the nick that is the
    // account goes to the session that asks for it.
    const takesBack = isProven || session.home === 'none';
    const ghost = account === null || !takesBack ? undefined : directory.userNamed(to.fold);
    if (ghost !== undefined && ghost !== session) this.#context.endNow(ghost, 'logged-in-elsewhere', at);
    directory.removeUser(from);
    if (registration.isTaken(to, account)) {
      directory.addUser(from, session);
      registration.refuseTaken(session, to, at, false);
      return;
    }
    directory.addUser(to, session);
    session.name = to;
    this.#context.changed(session);
    const action = { kind: 'nick', about: from.shown, text: to.shown } as const;
    this.#context.perform(session, action, at, undefined, by);
    const former = session.account;
    const isNew = account !== null && !isOwn;
    if (isNew) this.#changeAccount(session, account, proof, at);
    if (to.shown !== from.shown) this.#tellRenamed(session, from, to, by, at);
    if (isNew) {
      this.#context.tellChange(session, 'account', account.shown, at);
      this.#options.rooms.onAccount(session, former, at);
    } else if (isOwn && session.local !== null) {
      // While it had another name, messages to this one were stored.
      this.#options.queries.deliverMail(session.local, this.#options.offline.find(session).mail, at);
    }
  }

  #tellRenamed(session: Session, from: UserName, to: UserName, by: Who, at: number): void {
    const { directory, turn } = this.#context;
    this.#context.departures.add(from.fold, departureOf(session, by, at), true);
    if (to.fold !== from.fold) {
      this.#context.watches?.onOffline(from, at);
      this.#context.watches?.onOnline(session, at);
    }
    for (const audience of [directory.everyone, ...session.rooms]) audience.renumber(session);
    const notice = { kind: 'renamed', from: from.shown, to: to.shown } as const;
    turn.sendToRooms(session.rooms, { kind: 'notice', at, room: null, notice, by }, session.local);
    for (const { name } of session.rooms)
      this.#context.observe({ kind: 'notice', at, room: name.shown, notice, by }, session);
  }

  /** Ends a session: its name is free at once, everyone is told, and the connection closes after its last output. */
  settleEnd(session: Session, end: SessionEnd, at: number): void {
    if (session.closeReason !== null) return;
    const { directory } = this.#context;
    const { name, currentRoom, local: client } = session;
    const { why, readId } = end;
    directory.removeSession(session);
    this.#context.changed(session);
    if (client !== null) {
      client.isEnding = true;
      client.unsettled = null;
      this.#options.subscribers.remove(client);
      this.#context.watches?.drop(client);
      this.#options.meter?.onConnectionEnd(why);
    }
    this.#context.observe({ kind: 'detached', at, why, room: currentRoom?.name.shown ?? null }, session);
    if (currentRoom !== null) this.#options.offline.onLeave(session, currentRoom, readId, at);
    if (name !== null) this.#logout(session, name, end, at);
    session.leaveAccount();
    if (client === null) session.closeReason = why;
    else this.#close(client, end, at);
  }

  /**
   * Ends all sessions of a run of a node. On a large server each room is told once, and not of each user: a node may have
   * had thousands.
   */
  endNode(sessions: readonly Session[], readId: number | null, at: number): void {
    const isUntold = this.#isLarge();
    const lost = isUntold ? usersByRoom(sessions) : new Map<Room, Who[]>();
    for (const session of sessions) {
      const why = session.local === null ? 'lost' : 'cut-off';
      this.settleEnd(session, { why, readId, reason: '', isUntold }, at);
    }
    for (const [room, users] of lost) {
      const event = { kind: 'server-lost', at, room: room.name.shown, users } as const;
      if (room.members.size > 0) this.#context.turn.sendToAudience(room, event, null);
    }
    for (const { rooms, users } of isUntold ? together(lost) : [])
      this.#context.turn.sendToRooms(rooms, { kind: 'split', at, users }, null);
  }

  /**
   * Closes a client, whose session goes on for the other nodes: they have not been heard of for long. The client must
   * leave the directory before the next turn.
   */
  cutOff(client: Client, at: number): void {
    const { directory } = this.#context;
    client.isEnding = true;
    client.unsettled = null;
    this.#options.meter?.onConnectionEnd('cut-off');
    const room = client.currentRoom?.name.shown ?? null;
    this.#context.observe({ kind: 'detached', at, why: 'cut-off', room }, client);
    for (const audience of [directory.everyone, ...client.rooms]) audience.exit(client);
    this.#options.subscribers.remove(client);
    this.#context.watches?.drop(client);
    client.leaveAccount();
    this.#close(client, { why: 'cut-off', readId: null, reason: '' }, at);
  }

  /** Tells a client that its session has ended, and why. */
  #close(client: Client, { why, by = '', reason }: SessionEnd, at: number): void {
    const { turn } = this.#context;
    const canBeTold = why !== 'lost' && (why !== 'too-slow' || client.discardQueue());
    // QUIT alone is a command of the client, which may have a label.
    const label = why === 'quit' ? client.label : null;
    const { host } = client;
    const name = client.name?.shown ?? null;
    const closing = { kind: 'closing', at, name, why, by, reason, host } as const;
    if (canBeTold) turn.reply(client, closing, label);
    turn.close(client, why);
  }

  /**
   * Whether a login is admitted; if not, it is refused. Checked before it is proposed, and again when it settles: the
   * password, a ban or a lock may have changed in the meantime.
   */
  #admits(
    session: Session,
    { name, room, closeOnRefusal, canPromptPassword, proof, address, dialect }: ProposalOf<'login'>,
    at: number,
  ): boolean {
    const { registration } = this.#options;
    const { directory, permissions } = this.#context;
    const refuse = (reason: Refusal, about: string | null, final = closeOnRefusal): false => {
      this.#context.refuse(session, reason, about === null ? {} : { about }, at, final);
      return false;
    };
    if (session.name !== null) return refuse('already-logged-in', session.name.shown, false);
    if (registration.isInvalid(name)) return refuse('invalid-username', null);
    if (room !== null && permissions.isInvalid(room)) return refuse('invalid-room', null);
    if (registration.isBanned(address, name, at)) return refuse('banned', null, true);
    const refusal = registration.refusalFor(name, proof);
    if (refusal !== null) {
      const isPrompted = refusal === 'password-required' && canPromptPassword;
      return refuse(refusal, name.shown, closeOnRefusal && !isPrompted);
    }
    const isOperator = registration.accountOf(name, proof)?.isOperator ?? false;
    if (room === null || isOperator) return true;
    const place = directory.room(room.fold) ?? null;
    const host = this.#context.accounts.cloak.hostOf(address);
    const user = { fold: name.fold, user: dialect, host };
    const denied = permissions.whyNotEnter(session, room.fold, place, null, user);
    return denied === null || refuse(denied, room.shown);
  }

  /** Logs a session in to another account. It stays in its rooms. */
  #changeAccount(session: Session, account: Account, proof: Proof, at: number): void {
    const { offline, queries, lookups } = this.#options;
    const { accounts, lastId } = this.#context;
    const { currentRoom } = session;
    if (currentRoom !== null) offline.onLeave(session, currentRoom, null, at);
    session.account = account;
    session.tokenId = proof.kind === 'token' ? proof.id : null;
    if (proof.kind === 'token') this.#options.pageTokens.onUsed(proof.id, at);
    session.mutedUntil = Math.max(session.mutedUntil, accounts.bans.mutedUntil(account.fold));
    session.ignores = account.ignores.size === 0 ? null : account.ignores;
    const mail = session.local === null ? [] : offline.find(session).mail;
    if (currentRoom !== null) offline.onEnter(session, currentRoom, lastId, at);
    lookups.remindOfIgnores(session, at);
    if (session.local !== null) queries.deliverMail(session.local, mail, at);
  }

  /** Frees the name and leaves all rooms. Its client still receives what was sent to its rooms before. */
  #logout(session: Session, name: UserName, end: SessionEnd, at: number): void {
    const { directory, turn, isClosing } = this.#context;
    const audiences = this.#presenceAudiences(session.rooms);
    const isToldInRooms = audiences === session.rooms;
    directory.removeUser(name);
    this.#context.departures.add(name.fold, departureOf(session, session.who, at));
    // Thousands may end in one turn: they are not also told of each other.
    directory.everyone.drop(session);
    this.#options.membership.exitAll(session, end, at, isToldInRooms);
    if (isClosing) return;
    this.#context.watches?.onOffline(name, at);
    if (end.isUntold === true) return;
    turn.sendToRooms(audiences, { kind: 'disconnected', at, name: name.shown, why: end.why }, null);
  }

  /** The audiences of a login or the end of a session: everyone, or these rooms. The user counts itself. */
  #presenceAudiences(rooms: readonly Room[]): readonly Audience[] {
    return this.#isLarge() ? rooms : [this.#context.directory.everyone];
  }

  /** Whether logins and ends of sessions are shown in the rooms of the user only. */
  #isLarge(): boolean {
    const { presenceLimit } = this.#options;
    return presenceLimit > 0 && this.#context.directory.userCount >= presenceLimit;
  }
}

/** The users of these sessions in each room that they are in. */
function usersByRoom(sessions: readonly Session[]): Map<Room, Who[]> {
  const users = new Map<Room, Who[]>();
  for (const { name, rooms, who } of sessions) {
    if (name === null) continue;
    for (const room of rooms) {
      const known = users.get(room);
      if (known === undefined) users.set(room, [who]);
      else known.push(who);
    }
  }
  return users;
}

/** The users of these rooms, grouped by the set of these rooms that they were in. */
function together(
  byRoom: ReadonlyMap<Room, readonly Who[]>,
): Iterable<{ readonly rooms: readonly Room[]; readonly users: Who[] }> {
  const roomsOf = new Map<Who, Room[]>();
  for (const [room, users] of byRoom)
    for (const user of users) {
      const rooms = roomsOf.get(user);
      if (rooms === undefined) roomsOf.set(user, [room]);
      else rooms.push(room);
    }
  const groups = new Map<string, { readonly rooms: readonly Room[]; readonly users: Who[] }>();
  for (const [user, rooms] of roomsOf) {
    const key = rooms.map(({ number }) => number).join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { rooms, users: [user] });
    else group.users.push(user);
  }
  return groups.values();
}

/** What is known of a user that leaves or takes another name. */
function departureOf(session: Session, by: Who, at: number): Departure {
  const { dialect, address, loggedInAt: since } = session;
  return { name: by.name, dialect, address, since, leftAt: at, by };
}
