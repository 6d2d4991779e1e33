/**
 * The single owner of users, rooms and write queues. It checks a command, has it put in order, applies it, and says
 * what happened; nothing else changes state, and nothing here waits.
 */
import type { Accounts } from '../accounts.js';
import { Answers } from './queries.js';
import { Client } from './client.js';
import { ComingBack } from './offline.js';
import type { Command } from '../command.js';
import { HubContext } from './hub-context.js';
import { Directory } from './directory.js';
import type { HubEvent, RefusalDetail } from '../event.js';
import { Names } from './registration.js';
import { Order } from './moderation.js';
import type { Connection, Proposal, Entry, HistoryStore, Meter, Sequencer, EventObserver } from '../ports.js';
import type { CloseReason, Refusal } from '../reasons.js';
import type { Rights } from './permissions.js';
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
  readonly historyFailed: (error: unknown) => void;
  readonly meter?: Meter;
  /** Names that no user may have, and who looks like them neither: for those who post. */
  readonly keptNames?: readonly UserName[];
}

export class Hub {
  readonly #turn: Turn;
  readonly #sequencer: Sequencer<Client>;
  readonly #announceLogin: boolean;
  readonly #historyFailed: (error: unknown) => void;
  readonly #meter: Meter | null;
  readonly #directory = new Directory();
  readonly #accounts: Accounts;
  readonly #context: HubContext;
  readonly #rights: Rights;
  readonly #names: Names;
  readonly #order: Order;
  readonly #comingBack: ComingBack;
  readonly #answers: Answers;
  #lastId: number;
  #lastClient = 0;
  #closing = false;

  constructor(options: HubOptions) {
    this.#accounts = options.accounts;
    this.#lastId = options.history.lastId();
    this.#announceLogin = options.announceLogin;
    this.#historyFailed = options.historyFailed;
    this.#meter = options.meter ?? null;
    this.#turn = new Turn({
      history: options.history,
      notes: options.accounts,
      observers: options.observers,
      defer: options.defer,
      maxUnreadBytes: options.writeQueueBytes,
      tooSlow: (client) => this.detach(client, 'too-slow', options.now()),
      broken: (client) => this.detach(client, 'internal-error', options.now()),
      failed: options.historyFailed,
      meter: this.#meter,
    });
    this.#sequencer = options.sequencer((entry) => this.settle(entry));
    for (const name of options.keptNames ?? []) this.#directory.keep(name);
    this.#context = new HubContext({
      accounts: options.accounts,
      directory: this.#directory,
      turn: this.#turn,
      end: (client, why, at, by, reason) => this.detach(client, why, at, by, reason),
      failed: options.historyFailed,
    });
    this.#rights = this.#context.rights;
    this.#names = new Names(this.#context);
    this.#order = new Order(this.#context);
    this.#comingBack = new ComingBack(this.#context);
    this.#answers = new Answers(this.#context, options.history, options.writeQueueBytes);
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
    this.#turn.noteEvent({ kind: 'attached' }, client);
    return client;
  }

  /** A program that holds the hub: nobody sees it come or go, and it may post, but is in no room. */
  bot(encoder: Encoder, connection: Connection): Client {
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
  objectionTo(client: Client, kind: Command['kind'], at: number): Refusal | null {
    return this.#rights.objection(client, kind, at);
  }

  /** Whether it is shut out, by that name or wherever it comes from. */
  isShutOut(client: Client, name: UserName, at: number): boolean {
    return this.#names.isShutOut(client, name, at);
  }

  /** Something was done to a registered name from outside. */
  accountChanged(fold: string, at: number): void {
    this.#names.changed(fold, at);
  }

  /** Does what a client asks, or says why not. `at` is when it was heard, in milliseconds since 1970. */
  apply(client: Client, command: Command, at: number): void {
    if (client.condemned !== null) return;
    switch (command.kind) {
      case 'ping':
        if (command.token === '') this.#turn.repeat(client, PONG);
        else this.#turn.tell(client, { kind: 'pong', token: command.token });
        return;
      case 'quit':
        this.detach(client, 'quit', at);
        return;
      case 'login':
        this.#login(client, command, at);
        return;
      default: {
        const objection = this.#rights.objection(client, command.kind, at);
        if (objection !== null) this.refuse(client, objection, {}, at);
        else if (client.name !== null && client.here !== null)
          this.#applyFrom(client, client.name, client.here, command, at);
      }
    }
  }

  #applyFrom(
    client: Client,
    name: UserName,
    here: Room,
    command: Exclude<Command, { kind: 'ping' | 'quit' | 'login' }>,
    at: number,
  ): void {
    switch (command.kind) {
      case 'say':
        this.#submit({ kind: 'say', client, room: here.name.fold, texts: [command.text], pasted: false }, at);
        return;
      case 'paste':
        this.#submit({ kind: 'say', client, room: here.name.fold, texts: command.texts, pasted: true }, at);
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
        this.#answers.who(client, command.room, at);
        return;
      case 'rooms':
        this.#answers.rooms(client, at);
        return;
      case 'history':
        this.#answers.history(client, here.name, command.query, this.#lastId, at);
        return;
      case 'search':
        this.#answers.found(client, here.name, command.words, this.#lastId, at);
        return;
      case 'register':
      case 'change-password':
      case 'unregister':
        this.#names.apply(client, name, command, at);
        return;
      case 'bans':
        this.#answers.bans(client, at);
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
        this.#order.apply(client, name.shown, command, at);
        return;
      default:
        command satisfies never;
    }
  }

  /** The only thing that changes users and rooms. Entries come in the one order. */
  settle(entry: Entry<Client>): void {
    const { id, at, proposal } = entry;
    if (proposal.client.condemned !== null && proposal.kind !== 'end') return;
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
    if (client.condemned === null) this.#turn.tell(client, { kind: 'answered', at, text });
  }

  /** Says why not. A `final` refusal ends the connection. */
  refuse(client: Client, reason: Refusal, detail: RefusalDetail, at: number, final = false): void {
    this.#context.refuse(client, reason, detail, at, final);
  }

  /** Speaks to a client in another voice from here on. */
  changeEncoder(client: Client, encoder: Encoder): void {
    if (client.condemned !== null || encoder === client.encoder) return;
    for (const audience of [this.#directory.everyone, ...client.rooms]) {
      if (!audience.members.has(client)) continue;
      audience.count(client.encoder, -1);
      audience.count(encoder, 1);
    }
    this.#turn.changeEncoder(client, encoder);
  }

  /** A client has been silent: asks for a sign of life, or warns. Which of them is said is its dialect's choice. */
  remind(client: Client, kind: 'heartbeat' | 'idle-soon', at: number): void {
    if (client.condemned === null) this.#turn.tell(client, kind === 'heartbeat' ? { kind } : { kind, at });
  }

  /** The connection has taken all that was handed over. */
  drained(client: Client): void {
    client.drained();
    if (!client.blocked) this.#turn.proceed(client);
  }

  /** Ends a session: its name is free at once, everyone is told, and the connection is closed when it has its last words. */
  detach(client: Client, why: CloseReason, at: number, by = '', reason = ''): void {
    if (client.condemned === null) this.#submit({ kind: 'end', client, why, by, reason }, at);
  }

  /** Ends every session. Nobody is told of the others. */
  close(clients: Iterable<Client>, at: number): void {
    this.#closing = true;
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
    if (this.#names.isShutOut(client, name, at)) {
      this.refuse(client, 'banned', {}, at, true);
      return;
    }
    const objection = this.#names.objection(name, proof);
    if (objection !== null) {
      const isAsked = objection === 'password-required' && canPromptPassword;
      this.refuse(client, objection, { about: name.shown }, at, closeOnRefusal && !isAsked);
      return;
    }
    const isOwner = proof.kind !== 'none';
    const isOperator = this.#names.accountOf(name, isOwner)?.isOperator ?? false;
    if (room !== null && !isOperator && !this.#rights.mayEnter(client, room.fold, null)) {
      this.refuse(client, 'room-locked', { about: room.shown }, at, closeOnRefusal);
      return;
    }
    const tokenId = proof.kind === 'token' ? proof.id : null;
    this.#submit({ kind: 'login', client, name, room, closeOnRefusal, isOwner, tokenId }, at);
  }

  #settleLogin(proposal: Extract<Proposal<Client>, { kind: 'login' }>, at: number): void {
    const { client, name, room: roomName, closeOnRefusal, isOwner, tokenId } = proposal;
    const account = this.#names.accountOf(name, isOwner);
    const ghost = account === null ? undefined : this.#directory.user(name.fold);
    if (ghost !== undefined)
      this.#settleEnd({ client: ghost, why: 'logged-in-elsewhere', by: '', reason: '' }, at);
    if (this.#names.isTaken(name, account)) {
      this.#refuseName(client, name, at, closeOnRefusal);
      return;
    }
    client.name = name;
    client.account = account;
    client.tokenId = tokenId;
    client.awaitingPassword = false;
    client.mutedUntil = this.#accounts.restraints.mutedUntil(name.fold);
    client.ignores = account === null || account.ignores.size === 0 ? null : account.ignores;
    const { mail, mark } = this.#comingBack.find(client, at);
    this.#directory.addUser(name, client);
    const room = this.#directory.roomFor(roomName ?? this.#directory.lobby.name);
    const spoken = this.#turn.tell(client, {
      kind: 'logged-in',
      at,
      name: name.shown,
      room: room.name.shown,
    });
    if (this.#announceLogin)
      this.#turn.tellAll(this.#directory.everyone, { kind: 'connected', at, name: name.shown }, null);
    this.#turn.enter(this.#directory.everyone, client);
    this.#enter(client, room, 'login', at);
    this.#turn.noteEvent(spoken.event, client);
    this.#answers.welcome(client, room, { mail, mark }, this.#lastId, at);
  }

  #join(client: Client, { room, knownKeyHash }: Extract<Command, { kind: 'join' }>, at: number): void {
    if (room === null) this.refuse(client, 'invalid-room', {}, at);
    else if (!this.#rights.mayEnter(client, room.fold, knownKeyHash))
      this.refuse(client, 'room-locked', { about: room.shown }, at);
    else this.#submit({ kind: 'join', client, room }, at);
  }

  #settleJoin(client: Client, name: RoomName, at: number): void {
    const from = client.here;
    if (from === null) return;
    const same = from.name.fold === name.fold;
    if (!same) this.#exit(client, from, 'walked', at);
    const room = same ? from : this.#directory.roomFor(name);
    this.#turn.tell(client, { kind: 'entered', at, room: room.name.shown });
    if (!same) this.#enter(client, room, 'walked', at);
    this.#answers.recap(client, room, this.#lastId, at);
  }

  #settleSay(proposal: Extract<Proposal<Client>, { kind: 'say' }>, firstId: number, at: number): void {
    const { client, texts, pasted } = proposal;
    const room = this.#directory.room(proposal.room);
    if (client.name === null || room === undefined || !client.rooms.includes(room)) return;
    const notStored = notStoredAt(at);
    this.#sayAll(client, client.name, room, texts, firstId, at, pasted ? null : notStored);
    if (!pasted) return;
    const done = this.#turn.tell(client, { kind: 'pasted' });
    if (texts.length > 0) this.#turn.onceStored(done, notStored);
  }

  #settlePost(
    { client, from, room: roomName, texts }: Extract<Proposal<Client>, { kind: 'post' }>,
    id: number,
    at: number,
  ): void {
    if (!this.#directory.isKept(from) && this.#names.isTaken(from, null)) {
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
    otherwise: HubEvent | null,
  ): void {
    let id = firstId;
    for (const text of texts) {
      const message = { id, at, room: room.name, from: from.shown, text };
      this.#lastId = id++;
      this.#turn.record(message);
      const spoken = this.#turn.tellAll(room, { kind: 'said', message }, client);
      this.#turn.note(spoken);
      this.#turn.onceStored(spoken, otherwise);
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
    this.#turn.spend(id);
    const told: HubEvent = { kind: 'told', id, at, from: client.name.shown, to: to.name.shown, text };
    // Whoever is ignored is not told so.
    if (to.ignores?.has(client.name.fold) !== true) this.#turn.deliver(to, told);
    this.#turn.noteEvent(told, client);
    if (client.encoder.dialect.interactive)
      this.#turn.tell(client, { kind: 'delivered', at, to: to.name.shown, isAway: false });
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
      const kept = this.#comingBack.keep(client, to, { id, at, from: from.shown, text });
      if (kept !== null) this.#turn.rest(client);
      if (kept === null) this.#context.refuseMissing(client, 'user-not-found', to, at);
      else if (kept.isFull) this.refuse(client, 'mailbox-full', { about: kept.to }, at);
      else {
        this.#lastId = id;
        this.#turn.spend(id);
        this.#turn.noteEvent({ kind: 'told', id, at, from: from.shown, to: kept.to, text }, client);
        if (client.encoder.dialect.interactive)
          this.#turn.tell(client, { kind: 'delivered', at, to: kept.to, isAway: true });
      }
    } catch (error) {
      this.#historyFailed(error);
      this.refuse(client, 'not-stored', {}, at);
    }
  }

  #settleEnd(
    { client, why, by, reason }: Omit<Extract<Proposal<Client>, { kind: 'end' }>, 'kind'>,
    at: number,
  ): void {
    if (client.condemned !== null) return;
    this.#turn.noteEvent({ kind: 'detached', at, why, room: client.here?.name.shown ?? null }, client);
    this.#meter?.onConnectionEnd(why);
    if (client.here !== null) this.#comingBack.left(client, client.here, why, this.#lastId, at);
    if (client.name !== null) this.#forget(client, client.name, why, at);
    const heard = why !== 'too-slow' || client.giveUp();
    if (why !== 'lost' && heard) this.#turn.tell(client, { kind: 'closing', at, why, by, reason });
    this.#turn.condemn(client, why);
  }

  /** Frees the name and empties the seats. The client itself hears what was said to its rooms up to here. */
  #forget(client: Client, name: UserName, why: CloseReason, at: number): void {
    this.#directory.removeUser(name);
    // Thousands may go in one turn: they are not also told of each other.
    this.#turn.drop(this.#directory.everyone, client);
    for (const room of client.rooms) this.#exit(client, room, 'ended', at);
    client.here = null;
    if (!this.#closing)
      this.#turn.tellAll(this.#directory.everyone, { kind: 'disconnected', at, name: name.shown, why }, null);
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
    this.#turn.tellAll(room, joined, null);
    this.#turn.enter(room, client);
    client.rooms = client.rooms.concat(room);
    client.here = room;
    this.#names.found(client, room);
    this.#comingBack.entered(client, room, this.#lastId, at);
    if (how === 'walked') this.#turn.noteEvent(joined, client);
  }

  #exit(client: Client, room: Room, how: 'walked' | 'ended', at: number): void {
    if (client.name === null) return;
    this.#turn.exit(room, client);
    client.rooms = client.rooms.filter((other) => other !== room);
    const left: HubEvent = { kind: 'left', at, name: client.name.shown, room: room.name.shown, how };
    this.#turn.noteEvent(left, client);
    if (this.#directory.removeIfEmpty(room) || this.#closing) return;
    this.#turn.tellAll(room, left, null);
  }

  #refuseName(client: Client, name: UserName, at: number, final: boolean): void {
    const suggestion = client.encoder.dialect.interactive ? this.#names.freeNameLike(name) : null;
    const about = name.shown;
    this.refuse(client, 'username-taken', suggestion === null ? { about } : { about, suggestion }, at, final);
  }
}

function notStoredAt(at: number): HubEvent {
  return { kind: 'refused', at, reason: 'not-stored', detail: {}, final: false, atLogin: false };
}

const PONG: HubEvent = { kind: 'pong', token: '' };
