/**
 * The single owner of users, rooms and write queues. It checks a command, has it put in order, applies it, and says
 * what happened; nothing else changes state, and nothing here waits.
 */
import type { Accounts } from '../accounts.js';
import { Queries } from './queries.js';
import { Client } from './client.js';
import { OfflineDelivery } from './offline.js';
import type { Command } from '../command.js';
import { HubContext } from './hub-context.js';
import { Directory } from './directory.js';
import type { HubEvent, RefusalDetail } from '../event.js';
import { Registration } from './registration.js';
import { Moderation } from './moderation.js';
import type { Connection, Proposal, Entry, HistoryStore, Meter, Sequencer, EventObserver } from '../ports.js';
import type { CloseReason, Refusal } from '../reasons.js';
import type { Permissions } from './permissions.js';
import type { Room } from './room.js';
import type { RoomName, Text, UserName } from '../text/text.js';
import { Turn } from '../delivery/turn.js';
import type { Encoder } from '../delivery/encoder.js';

export interface HubOptions {
  readonly history: HistoryStore;
  readonly accounts: Accounts;
  readonly sequencer: (settle: (entry: Entry<Client>) => void) => Sequencer<Client>;
  readonly observers: readonly EventObserver[];
  readonly defer: (run: () => void) => void;
  readonly now: () => number;
  readonly writeQueueBytes: number;
  /** Tell everyone of each login. */
  readonly announceLogin: boolean;
  /** The history or the accounts could not be written or read: for the log. */
  readonly onStorageError: (error: unknown) => void;
  readonly meter?: Meter;
  /** Names that no user may have, and who looks like them neither: for those who post. */
  readonly botNames?: readonly UserName[];
}

export class Hub {
  readonly #turn: Turn;
  readonly #sequencer: Sequencer<Client>;
  readonly #announceLogin: boolean;
  readonly #onStorageError: (error: unknown) => void;
  readonly #meter: Meter | null;
  readonly #directory = new Directory();
  readonly #accounts: Accounts;
  readonly #context: HubContext;
  readonly #permissions: Permissions;
  readonly #registration: Registration;
  readonly #moderation: Moderation;
  readonly #offline: OfflineDelivery;
  readonly #queries: Queries;
  #lastId: number;
  #lastClient = 0;
  #isClosing = false;

  constructor(options: HubOptions) {
    this.#accounts = options.accounts;
    this.#lastId = options.history.lastId();
    this.#announceLogin = options.announceLogin;
    this.#onStorageError = options.onStorageError;
    this.#meter = options.meter ?? null;
    this.#turn = new Turn({
      history: options.history,
      accounts: options.accounts,
      observers: options.observers,
      defer: options.defer,
      maxUnreadBytes: options.writeQueueBytes,
      onTooSlow: (client) => this.detach(client, 'too-slow', options.now()),
      onBroken: (client) => this.detach(client, 'internal-error', options.now()),
      onError: options.onStorageError,
      meter: this.#meter,
    });
    this.#sequencer = options.sequencer((entry) => this.settle(entry));
    for (const name of options.botNames ?? []) this.#directory.reserve(name);
    this.#context = new HubContext({
      accounts: options.accounts,
      directory: this.#directory,
      turn: this.#turn,
      endSession: (client, why, at, by, reason) => this.detach(client, why, at, by, reason),
      onError: options.onStorageError,
    });
    this.#permissions = this.#context.permissions;
    this.#registration = new Registration(this.#context);
    this.#moderation = new Moderation(this.#context);
    this.#offline = new OfflineDelivery(this.#context);
    this.#queries = new Queries(this.#context, options.history, options.writeQueueBytes);
  }

  /** Users logged in. */
  get userCount(): number {
    return this.#directory.userCount;
  }

  get roomCount(): number {
    return this.#directory.roomCount;
  }

  /** A new connection. It has no name yet and is in no room. */
  attach(encoder: Encoder, connection: Connection): Client {
    const client = new Client(++this.#lastClient, encoder, connection);
    this.#turn.observeEvent({ kind: 'attached' }, client);
    return client;
  }

  /** A program that holds the hub: nobody sees it come or go, and it may post, but is in no room. */
  attachBot(encoder: Encoder, connection: Connection): Client {
    return new Client(++this.#lastClient, encoder, connection);
  }

  /** Speaks in a room under the name of a bot that is nobody else's. */
  post(
    bot: Client,
    post: Omit<Extract<Proposal<Client>, { kind: 'post' }>, 'kind' | 'client'>,
    at: number,
  ): void {
    this.#submit({ kind: 'post', client: bot, ...post }, at);
  }

  /** Why this client may not ask for that, whatever secret it shows; null if it may. */
  refusalFor(client: Client, kind: Command['kind'], at: number): Refusal | null {
    return this.#permissions.refusalFor(client, kind, at);
  }

  /** Whether it is shut out, by that name or wherever it comes from. */
  isBanned(client: Client, name: UserName, at: number): boolean {
    return this.#registration.isBanned(client, name, at);
  }

  /** Something was done to a registered name from outside. */
  accountChanged(fold: string, at: number): void {
    this.#registration.onExternalChange(fold, at);
  }

  /** Does what a client asks, or says why not. `at` is when it was heard, in milliseconds since 1970. */
  apply(client: Client, command: Command, at: number): void {
    if (client.closeReason !== null) return;
    switch (command.kind) {
      case 'ping':
        if (command.token === '') this.#turn.repeat(client, PONG);
        else this.#turn.send(client, { kind: 'pong', token: command.token });
        return;
      case 'quit':
        this.detach(client, 'quit', at);
        return;
      case 'login':
        this.#login(client, command, at);
        return;
      default: {
        const refusal = this.#permissions.refusalFor(client, command.kind, at);
        if (refusal !== null) this.refuse(client, refusal, {}, at);
        else if (client.name !== null && client.currentRoom !== null)
          this.#applyFrom(client, client.name, client.currentRoom, command, at);
      }
    }
  }

  #applyFrom(
    client: Client,
    name: UserName,
    room: Room,
    command: Exclude<Command, { kind: 'ping' | 'quit' | 'login' }>,
    at: number,
  ): void {
    switch (command.kind) {
      case 'say':
        this.#submit({ kind: 'say', client, room: room.name.fold, texts: [command.text], pasted: false }, at);
        return;
      case 'paste':
        this.#submit({ kind: 'say', client, room: room.name.fold, texts: command.texts, pasted: true }, at);
        return;
      case 'tell':
        this.#submit({ kind: 'tell', client, to: command.to, text: command.text }, at);
        return;
      case 'join':
        this.#join(client, command, at);
        return;
      case 'leave':
        this.#submit({ kind: 'join', client, room: this.#directory.lobby.name }, at);
        return;
      case 'who':
        this.#queries.who(client, command.room, at);
        return;
      case 'rooms':
        this.#queries.rooms(client, at);
        return;
      case 'history':
        this.#queries.history(client, room.name, command.query, this.#lastId, at);
        return;
      case 'search':
        this.#queries.search(client, room.name, command.words, this.#lastId, at);
        return;
      case 'register':
      case 'change-password':
      case 'unregister':
        this.#registration.apply(client, name, command, at);
        return;
      case 'bans':
        this.#queries.bans(client, at);
        return;
      case 'kick':
      case 'ban':
      case 'unban':
      case 'mute':
      case 'unmute':
      case 'announce':
      case 'ignore':
      case 'unignore':
      case 'lock':
      case 'unlock':
      case 'topic':
        this.#moderation.apply(client, name.shown, command, at);
        return;
      default:
        command satisfies never;
    }
  }

  /** The only thing that changes users and rooms. Entries come in the one order. */
  settle(entry: Entry<Client>): void {
    const { id, at, proposal } = entry;
    if (proposal.client.closeReason !== null && proposal.kind !== 'end') return;
    switch (proposal.kind) {
      case 'login':
        this.#settleLogin(proposal, at);
        return;
      case 'join':
        this.#settleJoin(proposal.client, proposal.room, at);
        return;
      case 'say':
        this.#settleSay(proposal, id, at);
        return;
      case 'post':
        this.#settlePost(proposal, id, at);
        return;
      case 'tell':
        this.#settleTell(proposal, id, at);
        return;
      case 'end':
        this.#settleEnd(proposal, at);
        return;
      default:
        proposal satisfies never;
    }
  }

  /** A dialect's own words: help, a prompt. */
  answer(client: Client, text: string, at: number): void {
    if (client.closeReason === null) this.#turn.send(client, { kind: 'answered', at, text });
  }

  /** Says why not. A `final` refusal ends the connection. */
  refuse(client: Client, reason: Refusal, detail: RefusalDetail, at: number, final = false): void {
    this.#context.refuse(client, reason, detail, at, final);
  }

  /** Speaks to a client in another voice from here on. */
  changeEncoder(client: Client, encoder: Encoder): void {
    if (client.closeReason !== null || encoder === client.encoder) return;
    for (const audience of [this.#directory.everyone, ...client.rooms]) {
      if (!audience.members.has(client)) continue;
      audience.count(client.encoder, -1);
      audience.count(encoder, 1);
    }
    this.#turn.changeEncoder(client, encoder);
  }

  /** A client has been silent: asks for a sign of life, or warns. Which of them is said is its dialect's choice. */
  remind(client: Client, kind: 'heartbeat' | 'idle-soon', at: number): void {
    if (client.closeReason === null) this.#turn.send(client, kind === 'heartbeat' ? { kind } : { kind, at });
  }

  /** The connection has taken all that was handed over. */
  onDrain(client: Client): void {
    client.onDrain();
    if (!client.isBlocked) this.#turn.continue(client);
  }

  /** Ends a session: its name is free at once, everyone is told, and the connection is closed when it has its last words. */
  detach(client: Client, why: CloseReason, at: number, by = '', reason = ''): void {
    if (client.closeReason === null) this.#submit({ kind: 'end', client, why, by, reason }, at);
  }

  /** Ends every session. Nobody is told of the others. */
  close(clients: Iterable<Client>, at: number): void {
    this.#isClosing = true;
    for (const client of clients) this.detach(client, 'shutdown', at);
  }

  #submit(proposal: Proposal<Client>, at: number): void {
    this.#sequencer.submit(proposal, at);
  }

  #login(client: Client, command: Extract<Command, { kind: 'login' }>, at: number): void {
    const { name, room, closeOnRefusal, canPromptPassword, proof } = command;
    if (client.name !== null) {
      this.refuse(client, 'already-logged-in', { about: client.name.shown }, at);
      return;
    }
    if (name === null) {
      this.refuse(client, 'invalid-username', {}, at, closeOnRefusal);
      return;
    }
    if (this.#registration.isBanned(client, name, at)) {
      this.refuse(client, 'banned', {}, at, true);
      return;
    }
    const refusal = this.#registration.refusalFor(name, proof);
    if (refusal !== null) {
      const isAsked = refusal === 'password-required' && canPromptPassword;
      this.refuse(client, refusal, { about: name.shown }, at, closeOnRefusal && !isAsked);
      return;
    }
    const isOwner = proof.kind !== 'none';
    const isOperator = this.#registration.accountOf(name, isOwner)?.isOperator ?? false;
    if (room !== null && !isOperator && !this.#permissions.mayEnter(client, room.fold, null)) {
      this.refuse(client, 'room-locked', { about: room.shown }, at, closeOnRefusal);
      return;
    }
    const tokenId = proof.kind === 'token' ? proof.id : null;
    this.#submit({ kind: 'login', client, name, room, closeOnRefusal, isOwner, tokenId }, at);
  }

  #settleLogin(proposal: Extract<Proposal<Client>, { kind: 'login' }>, at: number): void {
    const { client, name, room: roomName, closeOnRefusal, isOwner, tokenId } = proposal;
    const account = this.#registration.accountOf(name, isOwner);
    const ghost = account === null ? undefined : this.#directory.user(name.fold);
    if (ghost !== undefined)
      this.#settleEnd({ client: ghost, why: 'logged-in-elsewhere', by: '', reason: '' }, at);
    if (this.#registration.isTaken(name, account)) {
      this.#refuseName(client, name, at, closeOnRefusal);
      return;
    }
    client.name = name;
    client.account = account;
    client.tokenId = tokenId;
    client.awaitingPassword = false;
    client.mutedUntil = this.#accounts.bans.mutedUntil(name.fold);
    client.ignores = account === null || account.ignores.size === 0 ? null : account.ignores;
    const { mail, readMarker } = this.#offline.find(client, at);
    this.#directory.addUser(name, client);
    const room = this.#directory.roomFor(roomName ?? this.#directory.lobby.name);
    const outgoing = this.#turn.send(client, {
      kind: 'logged-in',
      at,
      name: name.shown,
      room: room.name.shown,
    });
    if (this.#announceLogin)
      this.#turn.sendToAudience(this.#directory.everyone, { kind: 'connected', at, name: name.shown }, null);
    this.#turn.enter(this.#directory.everyone, client);
    this.#enter(client, room, 'login', at);
    this.#turn.observeEvent(outgoing.event, client);
    this.#queries.welcome(client, room, { mail, readMarker }, this.#lastId, at);
  }

  #join(client: Client, { room, knownKeyHash }: Extract<Command, { kind: 'join' }>, at: number): void {
    if (room === null) this.refuse(client, 'invalid-room', {}, at);
    else if (!this.#permissions.mayEnter(client, room.fold, knownKeyHash))
      this.refuse(client, 'room-locked', { about: room.shown }, at);
    else this.#submit({ kind: 'join', client, room }, at);
  }

  #settleJoin(client: Client, name: RoomName, at: number): void {
    const from = client.currentRoom;
    if (from === null) return;
    const same = from.name.fold === name.fold;
    if (!same) this.#exit(client, from, 'walked', at);
    const room = same ? from : this.#directory.roomFor(name);
    this.#turn.send(client, { kind: 'entered', at, room: room.name.shown });
    if (!same) this.#enter(client, room, 'walked', at);
    this.#queries.recap(client, room, this.#lastId, at);
  }

  #settleSay(proposal: Extract<Proposal<Client>, { kind: 'say' }>, firstId: number, at: number): void {
    const { client, texts, pasted } = proposal;
    const room = this.#directory.room(proposal.room);
    if (client.name === null || room === undefined || !client.rooms.includes(room)) return;
    const notStored = notStoredAt(at);
    this.#sayAll(client, client.name, room, texts, firstId, at, pasted ? null : notStored);
    if (!pasted) return;
    const done = this.#turn.send(client, { kind: 'pasted' });
    if (texts.length > 0) this.#turn.sendOnlyIfStored(done, notStored);
  }

  #settlePost(
    { client, from, room: roomName, texts }: Extract<Proposal<Client>, { kind: 'post' }>,
    id: number,
    at: number,
  ): void {
    if (!this.#directory.isReserved(from) && this.#registration.isTaken(from, null)) {
      this.#refuseName(client, from, at, false);
      return;
    }
    const room = this.#directory.roomFor(roomName);
    this.#sayAll(client, from, room, texts, id, at, notStoredAt(at));
    this.#directory.removeIfEmpty(room);
  }

  #sayAll(
    client: Client,
    from: UserName,
    room: Room,
    texts: readonly Text[],
    firstId: number,
    at: number,
    fallback: HubEvent | null,
  ): void {
    let id = firstId;
    for (const text of texts) {
      const message = { id, at, room: room.name, from: from.shown, text };
      this.#lastId = id++;
      this.#turn.record(message);
      const outgoing = this.#turn.sendToAudience(room, { kind: 'said', message }, client);
      this.#turn.observe(outgoing);
      this.#turn.sendOnlyIfStored(outgoing, fallback);
    }
  }

  #settleTell(proposal: Extract<Proposal<Client>, { kind: 'tell' }>, id: number, at: number): void {
    const { client, text } = proposal;
    const to = this.#directory.user(proposal.to);
    if (client.name === null) return;
    if (to?.name == null) {
      this.#keepMail(client, client.name, proposal, id, at);
      return;
    }
    this.#lastId = id;
    this.#turn.consumeId(id);
    const told: HubEvent = { kind: 'told', id, at, from: client.name.shown, to: to.name.shown, text };
    // Whoever is ignored is not told so.
    if (to.ignores?.has(client.name.fold) !== true) this.#turn.sendDirect(to, told);
    this.#turn.observeEvent(told, client);
    if (client.encoder.dialect.interactive)
      this.#turn.send(client, { kind: 'delivered', at, to: to.name.shown, isAway: false });
  }

  /** For someone who is away, if it is a registered name. */
  #keepMail(
    client: Client,
    from: UserName,
    { to, text }: Extract<Proposal<Client>, { kind: 'tell' }>,
    id: number,
    at: number,
  ): void {
    try {
      const kept = this.#offline.store(client, to, { id, at, from: from.shown, text });
      if (kept !== null) this.#turn.pauseAfterSync(client);
      if (kept === null) this.#context.refuseMissing(client, 'user-not-found', to, at);
      else if (kept.isFull) this.refuse(client, 'mailbox-full', { about: kept.to }, at);
      else {
        this.#lastId = id;
        this.#turn.consumeId(id);
        this.#turn.observeEvent({ kind: 'told', id, at, from: from.shown, to: kept.to, text }, client);
        if (client.encoder.dialect.interactive)
          this.#turn.send(client, { kind: 'delivered', at, to: kept.to, isAway: true });
      }
    } catch (error) {
      this.#onStorageError(error);
      this.refuse(client, 'not-stored', {}, at);
    }
  }

  #settleEnd(
    { client, why, by, reason }: Omit<Extract<Proposal<Client>, { kind: 'end' }>, 'kind'>,
    at: number,
  ): void {
    if (client.closeReason !== null) return;
    this.#turn.observeEvent(
      { kind: 'detached', at, why, room: client.currentRoom?.name.shown ?? null },
      client,
    );
    this.#meter?.onConnectionEnd(why);
    if (client.currentRoom !== null) this.#offline.onLeave(client, client.currentRoom, why, this.#lastId, at);
    if (client.name !== null) this.#removeFromRooms(client, client.name, why, at);
    const heard = why !== 'too-slow' || client.discardQueue();
    if (why !== 'lost' && heard) this.#turn.send(client, { kind: 'closing', at, why, by, reason });
    this.#turn.close(client, why);
  }

  /** Frees the name and empties the seats. The client itself hears what was said to its rooms up to here. */
  #removeFromRooms(client: Client, name: UserName, why: CloseReason, at: number): void {
    this.#directory.removeUser(name);
    // Thousands may go in one turn: they are not also told of each other.
    this.#turn.drop(this.#directory.everyone, client);
    for (const room of client.rooms) this.#exit(client, room, 'ended', at);
    client.currentRoom = null;
    if (!this.#isClosing)
      this.#turn.sendToAudience(
        this.#directory.everyone,
        { kind: 'disconnected', at, name: name.shown, why },
        null,
      );
  }

  #enter(client: Client, room: Room, how: 'walked' | 'login', at: number): void {
    if (client.name === null) return;
    const joined: HubEvent = {
      kind: 'joined',
      at,
      name: client.name.shown,
      room: room.name.shown,
      lobby: room === this.#directory.lobby,
      how,
    };
    this.#turn.sendToAudience(room, joined, null);
    this.#turn.enter(room, client);
    client.rooms = client.rooms.concat(room);
    client.currentRoom = room;
    this.#registration.foundRoom(client, room);
    this.#offline.onEnter(client, room, this.#lastId, at);
    if (how === 'walked') this.#turn.observeEvent(joined, client);
  }

  #exit(client: Client, room: Room, how: 'walked' | 'ended', at: number): void {
    if (client.name === null) return;
    this.#turn.exit(room, client);
    client.rooms = client.rooms.filter((other) => other !== room);
    const left: HubEvent = { kind: 'left', at, name: client.name.shown, room: room.name.shown, how };
    this.#turn.observeEvent(left, client);
    if (this.#directory.removeIfEmpty(room) || this.#isClosing) return;
    this.#turn.sendToAudience(room, left, null);
  }

  #refuseName(client: Client, name: UserName, at: number, final: boolean): void {
    const suggestion = client.encoder.dialect.interactive ? this.#registration.freeNameLike(name) : null;
    const about = name.shown;
    this.refuse(client, 'username-taken', suggestion === null ? { about } : { about, suggestion }, at, final);
  }
}

function notStoredAt(at: number): HubEvent {
  return { kind: 'refused', at, reason: 'not-stored', detail: {}, final: false, atLogin: false };
}

const PONG: HubEvent = { kind: 'pong', token: '' };
