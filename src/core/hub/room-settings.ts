/** Founders, locks and topics of rooms. */
import type { Notice } from '../event.js';
import type { HistoryStore } from '../ports.js';
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

  /**
   * Makes a registered user the founder of a room that has none. Only the sole member of a room without messages founds
   * it: a newcomer takes no room from others.
   */
  foundIfNew({ account }: Session, room: Room): void {
    const { accounts, directory, turn } = this.#context;
    if (account === null || room === directory.lobby || room.size > 1) return;
    if (accounts.rooms.room(room.name.fold)?.founder != null || this.#hasMessages(room)) return;
    accounts.rooms.found(room.name, account.fold);
    turn.scheduleCommit();
  }

  /** FOUND: an operator gives a room a founder, who must be in it and registered. */
  found({ session, room, command: { who }, at }: RoomRequest<'found'>): void {
    const { accounts, directory } = this.#context;
    const user = directory.user(who.fold);
    if (user?.name == null || !user.rooms.includes(room)) {
      this.#context.refuseMissing(session, 'user-not-found', who.typed, at);
      return;
    }
    const { account } = user;
    const hasFounder = accounts.rooms.room(room.name.fold)?.founder != null;
    if (account === null || hasFounder || room === directory.lobby) {
      const reason = account === null ? 'not-registered' : 'not-permitted';
      this.#context.refuse(session, reason, { about: user.name.shown, denial: 'has-founder' }, at);
      return;
    }
    const action = { kind: 'found', about: room.name.shown, text: user.name.shown } as const;
    this.#context.perform(session, action, at, () => accounts.rooms.found(room.name, account.fold));
  }

  /** Passes the rooms of a founder whose name is no longer registered to their longest present registered member. */
  passOn(rooms: readonly { readonly fold: string }[]): void {
    const { accounts, directory, turn } = this.#context;
    for (const { fold } of rooms) {
      const registered = accounts.rooms.room(fold);
      if (registered === undefined || registered.founder !== null) continue;
      const members = [...(directory.room(fold)?.sessions() ?? [])];
      const heir = members.find(({ account }) => account !== null)?.account;
      if (heir != null) accounts.rooms.found(registered.name, heir.fold);
      else if (registered.keyHash !== null) accounts.rooms.lock(registered.name, null);
      turn.scheduleCommit();
    }
  }

  lock({ session, name: by, room, command: { keyHash }, at }: RoomRequest<'lock'>): void {
    const { rooms } = this.#context.accounts;
    const action = { kind: 'lock', about: room.name.shown } as const;
    this.#context.perform(session, action, at, () => rooms.lock(room.name, keyHash));
    this.#notify(session, room, { kind: 'locked', by: by.shown, room: room.name.shown }, at);
    this.#subscribers.endInRoom(room.name.fold, at);
  }

  unlock({ session, name: by, room, at }: RoomRequest<'unlock'>): void {
    const { rooms } = this.#context.accounts;
    const action = { kind: 'unlock', about: room.name.shown } as const;
    this.#context.perform(session, action, at, () => rooms.lock(room.name, null));
    this.#notify(session, room, { kind: 'unlocked', by: by.shown, room: room.name.shown }, at);
  }

  setTopic({ session, name: by, room, command: { text }, at }: RoomRequest<'topic'>): void {
    const { rooms } = this.#context.accounts;
    const action = { kind: 'topic', about: room.name.shown, text } as const;
    this.#context.perform(session, action, at, () => rooms.setTopic(room.name, text));
    this.#notify(session, room, { kind: 'topic-set', by: by.shown, room: room.name.shown, topic: text }, at);
  }

  #notify(session: Session, room: Room, notice: Notice, at: number): void {
    const { turn } = this.#context;
    const event = { kind: 'notice', at, room: room.name.shown, notice, by: session.who } as const;
    turn.sendOnlyIfStored(turn.sendToAudience(room, event, session.local), null);
  }

  /** Stored messages, or messages that are not in the history yet. It does not depend on where a turn ends. */
  #hasMessages({ name, lastMessageId }: Room): boolean {
    const { turn, lastId } = this.#context;
    return lastMessageId > turn.shownId || this.#history.countBetween(name.fold, 0, lastId + 1, 1) > 0;
  }
}
