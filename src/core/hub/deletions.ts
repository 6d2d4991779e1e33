/** Deletion of single messages: by their authors, and by users that may change the room. */
import type { Account } from '../accounts.js';
import type { HubEvent } from '../event.js';
import { MAX_PASTE_LINES } from '../limits.js';
import type { Message } from '../message.js';
import type { HistoryStore, ProposalOf, SessionKey } from '../ports.js';
import { isOfAccount, isSentBy } from './authorship.js';
import { DeletedIds } from './deleted-ids.js';
import type { DirectDeletions } from './direct-deletions.js';
import type { HubContext } from './hub-context.js';
import type { ClientRoomRequest } from './request.js';
import type { Room } from './room.js';
import type { Session } from './session.js';
import type { Subscribers } from './subscribers.js';

/** Of so many of the last messages it is known which session sent them, and with which account. */
const MAX_REMEMBERED = 1000;

/** Who sent a message and where, and how many belong to it: the lines of a paste. */
interface Sent {
  /** Null for an author without a session. */
  readonly by: SessionKey | null;
  readonly account: Account | null;
  /** RoomName.fold */
  readonly room: string;
  readonly count: number;
}

export class Deletions {
  readonly #context: HubContext;
  readonly #history: HistoryStore;
  readonly #subscribers: Subscribers;
  readonly #direct: DirectDeletions;
  /** By the id of the message, of a paste that of its first one; in the order of the ids. */
  readonly #sent = new Map<number, Sent>();
  readonly #deleted = new DeletedIds();
  /** Goes on where it was: a new iterator would pass the places of all that were removed since the map last grew. */
  readonly #oldest = this.#sent.keys();

  constructor(context: HubContext, history: HistoryStore, subscribers: Subscribers, direct: DirectDeletions) {
    this.#context = context;
    this.#history = history;
    this.#subscribers = subscribers;
    this.#direct = direct;
  }

  /** Remembers who sent a message: the history has only the name of its author. */
  onSaid({ key, account }: Session, room: string, id: number, count: number): void {
    this.#remember(id, { by: key, account, room, count });
  }

  /** Remembers the lines of a paste that was posted without a session. */
  onPosted(account: Account | null, room: string, id: number, count: number): void {
    this.#remember(id, { by: null, account, room, count });
  }

  #remember(id: number, sent: Sent): void {
    this.#sent.set(id, sent);
    if (this.#sent.size <= MAX_REMEMBERED) return;
    const oldest = this.#oldest.next();
    if (oldest.done !== true) this.#sent.delete(oldest.value);
  }

  /**
   * Proposes to delete a message of a room. Only the node of the client knows whether it is the client's own. Without the
   * name of a room, it may also be a direct message: ids are unique on the server.
   */
  delete({ session: client, room, command, at }: ClientRoomRequest<'delete'>): void {
    const { id, reason } = command;
    let message: Message | undefined;
    let count = this.#sent.get(id)?.count ?? 1;
    try {
      message = this.#find(room, id);
      if (message !== undefined && !this.#sent.has(id)) count = this.#countStored(room, message);
      const isElsewhere = command.room === null && message === undefined && !this.#isSaid(room, id);
      if (isElsewhere && this.#direct.deleteOwn(client, id, reason, at)) return;
    } catch (error) {
      this.#context.onError(error);
      this.#context.refuse(client, 'busy', {}, at);
      return;
    }
    const sent = this.#sentWith(id);
    const isSender = sent !== undefined && sent.room === room.name.fold && isSentBy(client, sent);
    // The client's own message of this turn is not in the history yet, and is stored and deleted with the turn.
    const isOfTurn = isSender && id > this.#context.turn.shownId;
    if ((message === undefined && !isOfTurn) || this.#deleted.has(id)) {
      this.#refuseUnknown(client, id, at);
      return;
    }
    const isOwn = isSender || (message !== undefined && isOfAccount(client.account, message));
    if (!isOwn && !this.#context.permissions.keeps(client, room)) {
      this.#refuse(client, room, at);
      return;
    }
    const deleted = { room: room.name.fold, id, count, isOwn, reason };
    this.#context.propose(client, { kind: 'delete', session: client.key, ...deleted }, at);
  }

  /** Whether it is one of the last messages of the room. */
  #isSaid(room: Room, id: number): boolean {
    return this.#sentWith(id)?.room === room.name.fold;
  }

  /** The message with this id, which may be one of the lines of a paste. */
  #sentWith(id: number): Sent | undefined {
    for (let first = id; first > id - MAX_PASTE_LINES; first--) {
      const sent = this.#sent.get(first);
      if (sent !== undefined) return id < first + sent.count ? sent : undefined;
    }
    return undefined;
  }

  /** A stored message of a room. */
  #find(room: Room, id: number): Message | undefined {
    if (id >= this.#context.readableBefore) return undefined;
    const range = { after: id - 1, before: id + 1, limit: 1, keep: 'newest' } as const;
    return this.#history.read(room.name.fold, range)[0];
  }

  /** How many ids a stored message stands for: those up to the last further line of its paste. */
  #countStored(room: Room, { id, at, from, isFurtherLine }: Message): number {
    if (isFurtherLine === true) return 1;
    const range = {
      after: id,
      before: id + MAX_PASTE_LINES,
      limit: MAX_PASTE_LINES,
      keep: 'oldest',
    } as const;
    let count = 1;
    for (const next of this.#history.read(room.name.fold, range)) {
      // Lines of another paste, whose first one an older version deleted alone, follow nothing.
      if (next.isFurtherLine !== true || next.from !== from || next.at !== at) break;
      count = next.id - id + 1;
    }
    return count;
  }

  settleDelete(session: Session, proposal: ProposalOf<'delete'>, at: number): void {
    const { id, count, isOwn, reason } = proposal;
    const { permissions, turn } = this.#context;
    const room = session.roomNamed(proposal.room);
    if (room === null) {
      this.#context.refuse(session, 'not-in-room', {}, at);
      return;
    }
    if (!isOwn && !permissions.keeps(session, room)) {
      this.#refuse(session, room, at);
      return;
    }
    // Refused only if nothing is left to delete: a server that has restarted does not know of earlier deletions.
    if (this.#deleted.hasAll(id, count)) {
      this.#refuseUnknown(session, id, at);
      return;
    }
    for (let next = id; next < id + count; next++) this.#history.redact(room.name.fold, next);
    turn.scheduleCommit();
    const action = { kind: 'delete', about: String(id), text: reason, room: room.name.shown } as const;
    this.#context.perform(session, action, at, (onUndo) =>
      onUndo(this.#deleted.add(id, count, turn.shownId)),
    );
    const event: HubEvent = {
      kind: 'deleted',
      at,
      by: session.who,
      room: room.name.shown,
      id,
      count,
      reason,
    };
    turn.sendOnlyIfStored(turn.sendToAudience(room, event, session.local), null);
    this.#subscribers.onDeleted(room.name.fold, event);
  }

  #refuseUnknown(session: Session, id: number, at: number): void {
    this.#context.refuse(session, 'message-not-found', { about: String(id) }, at);
  }

  #refuse(session: Session, room: Room, at: number): void {
    const denial = room === this.#context.directory.lobby ? 'operators-in-lobby' : 'founder-only';
    this.#context.refuse(session, 'not-permitted', { about: room.name.shown, denial }, at);
  }
}
