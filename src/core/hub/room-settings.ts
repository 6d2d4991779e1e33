/** Founders, locks and topics of rooms. */
import type { Account } from '../accounts.js';
import type { OutgoingEvent } from '../delivery/batch.js';
import { answersWithChange } from '../dialect.js';
import type { Notice } from '../event.js';
import type { HistoryStore } from '../ports.js';
import type { ModeChange } from '../modes.js';
import { cleanText } from '../text/text.js';
import type { Client } from './client.js';
import type { HubContext } from './hub-context.js';
import type { RoomRequest } from './request.js';
import type { Room } from './room.js';
import type { Session } from './session.js';
import type { Subscribers } from './subscribers.js';

export class RoomSettings {
  readonly #context: HubContext;
  readonly #history: HistoryStore;
  readonly #subscribers: Subscribers;

  constructor(context: HubContext, history: HistoryStore, subscribers: Subscribers) {
    this.#context = context;
    this.#history = history;
    this.#subscribers = subscribers;
  }

  /** A room begins. */
  onFirstEntry(room: Room, at: number): void {
    const { rooms } = this.#context.accounts;
    const registered = rooms.room(room.name.fold);
    room.madeAt = registered?.madeAt ?? at;
    // A failed commit may have left it.
    if (registered?.isTemporary === true) rooms.forgetTemporary(room.name.fold);
  }

  /**
   * Gives a member that has just entered its status: a founder may change the room, and so may a roamer who made it, as
   * long as the room has no founder.
   */
  onEntry(session: Session, room: Room, isFirst: boolean, at: number): void {
    const { accounts, directory } = this.#context;
    const isMaker =
      isFirst && session.home === 'none' && room !== directory.lobby && !this.#hasMessages(room);
    this.foundIfNew(session, room);
    const founder = accounts.rooms.room(room.name.fold)?.founder ?? null;
    const isFounder = founder !== null && founder === session.account?.fold;
    // It is shown the members with their status; the others are told.
    if (isFounder || (isMaker && founder === null)) this.#setOp(session, room, true, at, session.local);
  }

  /** A session has another account now. Both accounts may have founded some of its rooms. */
  onAccount(session: Session, former: Account | null, at: number): void {
    const { rooms } = this.#context.accounts;
    for (const room of session.rooms) {
      const founder = rooms.room(room.name.fold)?.founder ?? null;
      if (founder === null) continue;
      if (founder === former?.fold) this.#setOp(session, room, false, at, null);
      if (founder === session.account?.fold) this.#setOp(session, room, true, at, null);
    }
  }

  /**
   * The account of a session, which had founded these rooms, is no longer registered. `isStored`: another program has
   * stored that; else it is undone if the turn cannot be stored.
   */
  onUnregistered(
    session: Session,
    founded: readonly { readonly fold: string }[],
    isStored: boolean,
    at: number,
  ): void {
    for (const room of session.rooms) {
      if (!founded.some(({ fold }) => fold === room.name.fold)) continue;
      if (isStored) this.#setOp(session, room, false, at, null);
      else this.#setOpIfStored(session, room, false, at);
    }
  }

  #giveOpToFounder(session: Session, room: Room, at: number): void {
    const founder = this.#context.accounts.rooms.room(room.name.fold)?.founder ?? null;
    if (founder !== null && founder === session.account?.fold) this.#setOpIfStored(session, room, true, at);
  }

  /** As a part of a change that is undone if the turn cannot be stored. */
  #setOpIfStored(session: Session, room: Room, on: boolean, at: number): void {
    const { turn } = this.#context;
    const told = this.#setOp(session, room, on, at, null);
    if (told === null) return;
    turn.sendOnlyIfStored(told, null);
    turn.onUndo(() => room.setStatus(session, { ...room.statusOf(session), op: !on }));
  }

  /** Lets a member change the room, or no longer, in the name of the server. `untold` is not told of it. */
  #setOp(
    session: Session,
    room: Room,
    on: boolean,
    at: number,
    untold: Client | null,
  ): OutgoingEvent<Client> | null {
    const status = room.statusOf(session);
    if (status.op === on || session.name === null) return null;
    room.setStatus(session, { ...status, op: on });
    this.#context.changed(session);
    const { shown, fold } = session.name;
    const who = { typed: cleanText(shown), fold, shown };
    const changes = [{ kind: 'status', status: 'op', on, who }] as const;
    const moded = { kind: 'moded', at, by: null, room: room.name.shown, changes } as const;
    if (untold !== null && room.size <= 1) return null;
    return this.#context.turn.sendToAudience(room, moded, untold);
  }

  /** A user has registered: it founds the rooms that it may change and that have no founder, or that it is alone in. */
  onRegister(session: Session, at: number): void {
    const { accounts, turn } = this.#context;
    for (const room of session.rooms) {
      const isMine = accounts.rooms.room(room.name.fold)?.founder == null && room.statusOf(session).op;
      if (isMine && session.account !== null) {
        accounts.rooms.found(room.name, session.account.fold, room.madeAt);
        turn.scheduleCommit();
      } else this.foundIfNew(session, room);
      this.#giveOpToFounder(session, room, at);
    }
  }

  /** Whether what the session sets of a room ends with the room, if that has no founder. */
  isTemporaryFor(session: Session, room: Room): boolean {
    return !session.isOperator || room.statusOf(session).op;
  }

  /** Shows the members what was changed. */
  showChanges(session: Session, room: Room, changes: readonly ModeChange[], at: number): void {
    const { turn } = this.#context;
    const moded = { kind: 'moded', at, by: session.who, room: room.name.shown, changes } as const;
    const client = session.local;
    const isAnswer = client !== null && answersWithChange(client.label) && room.entryOf(session) > 0;
    turn.sendOnlyIfStored(turn.sendToAudience(room, moded, isAnswer ? client : null), null);
    if (isAnswer) turn.sendOnlyIfStored(turn.reply(client, moded), null);
    if (changes.some(hides)) this.#subscribers.endInRoom(room.name.fold, at);
    const key = changes.findLast((change) => change.kind === 'key');
    if (key?.kind !== 'key' || session.name === null) return;
    const kind = key.keyHash === null ? 'unlocked' : 'locked';
    this.#notify(session, room, { kind, by: session.name.shown, room: room.name.shown }, at);
  }

  /**
   * Makes a registered user the founder of a room that has none. Only the sole member of a room without messages founds
   * it: a newcomer takes no room from others.
   */
  foundIfNew({ account }: Session, room: Room): void {
    const { accounts, directory, turn } = this.#context;
    if (account === null || room === directory.lobby || room.size > 1) return;
    if (accounts.rooms.room(room.name.fold)?.founder != null || this.#hasMessages(room)) return;
    accounts.rooms.found(room.name, account.fold, room.madeAt);
    turn.scheduleCommit();
  }

  /** FOUND: an operator gives a room a founder, who must be in it and registered. */
  found({ session, room, command: { who }, at }: RoomRequest<'found'>): void {
    const { accounts, directory } = this.#context;
    const hasFounder = accounts.rooms.room(room.name.fold)?.founder != null;
    if (hasFounder || room === directory.lobby) {
      this.#context.refuse(session, 'not-permitted', { about: room.name.shown, denial: 'has-founder' }, at);
      return;
    }
    const user = directory.user(who.fold);
    if (user?.name == null || !user.rooms.includes(room)) {
      this.#context.refuseMissing(session, 'user-not-found', who.typed, at);
      return;
    }
    const { account } = user;
    if (account === null) {
      this.#context.refuse(session, 'not-registered', { about: user.name.shown }, at);
      return;
    }
    const action = { kind: 'found', about: room.name.shown, text: user.name.shown } as const;
    this.#context.perform(session, action, at, () =>
      accounts.rooms.found(room.name, account.fold, room.madeAt),
    );
    this.#giveOpToFounder(user, room, at);
  }

  /** Passes the rooms of a founder whose name is no longer registered to their longest present registered member. */
  passOn(rooms: readonly { readonly fold: string }[], at: number): void {
    const { accounts, directory, turn } = this.#context;
    for (const { fold } of rooms) {
      const registered = accounts.rooms.room(fold);
      if (registered === undefined || registered.founder !== null) continue;
      const members = [...(directory.room(fold)?.sessions() ?? [])];
      const heir = members.find(({ account }) => account !== null)?.account;
      if (heir != null) {
        accounts.rooms.found(registered.name, heir.fold);
        const room = directory.room(fold);
        if (room !== undefined) for (const member of members) this.#giveOpToFounder(member, room, at);
      } else {
        if (registered.keyHash !== null) accounts.rooms.lock(registered.name, null);
        if (registered.modes !== null) accounts.rooms.setModes(registered.name, null);
      }
      turn.scheduleCommit();
    }
  }

  lock({ session, room, command: { keyHash, key }, at }: RoomRequest<'lock'>): void {
    this.#setKey(session, room, 'lock', { keyHash, key }, at);
  }

  unlock({ session, room, at }: RoomRequest<'unlock'>): void {
    this.#setKey(session, room, 'unlock', { keyHash: null, key: null }, at);
  }

  #setKey(
    session: Session,
    room: Room,
    kind: 'lock' | 'unlock',
    key: { readonly keyHash: string | null; readonly key: string | null },
    at: number,
  ): void {
    const { rooms } = this.#context.accounts;
    this.#context.perform(session, { kind, about: room.name.shown }, at, (onUndo) => {
      rooms.lock(room.name, key.keyHash, this.isTemporaryFor(session, room));
      const before = room.key;
      room.key = key.key;
      onUndo(() => (room.key = before));
    });
    this.showChanges(session, room, [{ kind: 'key', ...key }], at);
  }

  setTopic({ session, name: by, room, command: { text, styled }, at }: RoomRequest<'topic'>): void {
    const { rooms } = this.#context.accounts;
    const action = { kind: 'topic', about: room.name.shown, text, styled } as const;
    const isTemporary = this.isTemporaryFor(session, room);
    this.#context.perform(session, action, at, () =>
      rooms.setTopic(room.name, { topic: text === '' ? null : text, by: by.shown, at, isTemporary }),
    );
    this.#notify(
      session,
      room,
      { kind: 'topic-set', by: by.shown, room: room.name.shown, topic: text, styled },
      at,
    );
  }

  #notify(session: Session, room: Room, notice: Notice, at: number): void {
    const { turn } = this.#context;
    const event = { kind: 'notice', at, room: room.name.shown, notice, by: session.who } as const;
    turn.sendOnlyIfStored(turn.sendToAudience(room, event, session.local), null);
  }

  /** Whether a room has messages that are not forgotten. It does not depend on where a turn ends. */
  #hasMessages({ name }: Room): boolean {
    return this.#history.hasMessages(name.fold, this.#context.forgottenBefore);
  }
}

/** Whether a change closes a room to those outside. */
function hides(change: ModeChange): boolean {
  if (change.kind === 'key') return change.keyHash !== null;
  return change.kind === 'flag' && change.on && (change.flag === 'secret' || change.flag === 'invite-only');
}
