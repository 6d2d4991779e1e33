/** What the parts of the hub share: its state, and the ways in which they reply and propose. */
import type { Accounts } from '../accounts.js';
import type { Action } from '../action.js';
import type { OutgoingEvent } from '../delivery/batch.js';
import type { Turn } from '../delivery/turn.js';
import type { CommandKind } from '../command.js';
import type { HubEvent, RefusalDetail, Who } from '../event.js';
import type { Proposal, ProposalOf, SessionKey, SessionProposal } from '../ports.js';
import type { CloseReason, Refusal } from '../reasons.js';
import type { SessionTable } from '../session-table.js';
import { nearest } from '../text/did-you-mean.js';
import type { RoomName, UserName } from '../text/text.js';
import type { Client } from './client.js';
import { Departures } from './departures.js';
import type { Directory } from './directory.js';
import { Permissions } from './permissions.js';
import type { Room } from './room.js';
import type { Session } from './session.js';
import { rowOf } from './session-row.js';
import { Unsettled } from './unsettled.js';

/** How many names are compared with what was typed: all of them on most servers, and never so many as to cause a stall. */
const MAX_SUGGESTION_CANDIDATES = 500;

export interface HubContextOptions {
  readonly accounts: Accounts;
  readonly directory: Directory;
  readonly turn: Turn;
  /** The highest id in the history. */
  readonly lastId: number;
  /** Puts a proposal in the one order. */
  readonly submit: (proposal: Proposal, at: number) => void;
  /** Whether all nodes know this kind of change. */
  readonly canPropose: (proposal: SessionProposal) => boolean;
  /** Whether nothing can be put in order now: this node has lost the others. */
  readonly isCut: () => boolean;
  /** Whether there are other nodes. */
  readonly isShared: () => boolean;
  /** Ends a session, as a part of a change that is in its place in the order. */
  readonly endNow: (session: Session, end: SessionEnd, at: number) => void;
  /** Called when something could not be stored, for the log. */
  readonly onError: (error: unknown) => void;
  /** Keeps the sessions and departures over a restart; null on a lone server, whose sessions end with it. */
  readonly sessionTable: SessionTable | null;
}

/** The end of a session. */
export interface SessionEnd extends Pick<ProposalOf<'end'>, 'why' | 'readId' | 'reason'> {
  /** The operator who ended it, whose words the reason then is. */
  readonly by?: string;
  /** Other users are told of it in another way. */
  readonly isUntold?: boolean;
}

/** What is told when users come, go and change, whatever rooms they are in. */
export interface Watchers {
  onOnline(session: Session, at: number): void;
  onOffline(name: UserName, at: number): void;
  onChange(
    session: Session,
    changed: Extract<HubEvent, { kind: 'changed' }>,
  ): readonly OutgoingEvent<Client>[];
  drop(client: Client): void;
}

export class HubContext {
  readonly accounts: Accounts;
  readonly directory: Directory;
  readonly departures: Departures;
  readonly turn: Turn;
  readonly permissions: Permissions;
  readonly submit: HubContextOptions['submit'];
  readonly isCut: HubContextOptions['isCut'];
  readonly isShared: HubContextOptions['isShared'];
  readonly onError: HubContextOptions['onError'];
  /** The id of the last message of any kind. */
  lastId: number;
  /** Older messages are forgotten on all servers, deleted or not yet; in milliseconds since 1970. */
  forgottenBefore = Number.NEGATIVE_INFINITY;
  readonly #canPropose: HubContextOptions['canPropose'];
  readonly #endNow: HubContextOptions['endNow'];
  /** The client that proposed last. */
  #proposing: Client | null = null;
  /** Every session is being ended: clients are not told of each other's end. */
  isClosing = false;
  /** Which clients watch which users; set once all parts of the hub are made. */
  watches: Watchers | null = null;
  /** The command that is handled, for refusals of it. */
  command: CommandKind | null = null;

  /** Clients whose sessions are over and end later. */
  readonly #ending = new Map<Client, CloseReason>();
  readonly #sessionTable: SessionTable | null;
  /** The sessions that the entry that settles has changed; null on a lone server. */
  readonly #changed: Set<Session> | null;

  constructor(options: HubContextOptions) {
    const { accounts, directory, turn, lastId, submit, isCut, isShared } = options;
    const { canPropose, endNow, onError, sessionTable } = options;
    this.accounts = accounts;
    this.directory = directory;
    this.turn = turn;
    this.permissions = new Permissions(accounts.rooms, directory.lobby);
    this.lastId = lastId;
    this.submit = submit;
    this.isCut = isCut;
    this.isShared = isShared;
    this.#canPropose = canPropose;
    this.#endNow = endNow;
    this.onError = onError;
    this.#sessionTable = sessionTable;
    this.departures = new Departures(sessionTable);
    this.#changed = sessionTable === null ? null : new Set();
  }

  /** The id below which messages may be read: those of a turn that is being stored are not shown before. */
  get readableBefore(): number {
    return (this.turn.isCommitting ? this.turn.shownId : this.lastId) + 1;
  }

  /** Proposes a change that a client makes. */
  propose(client: Client, proposal: SessionProposal, at: number): void {
    if (proposal.kind !== 'end' && this.isCut()) {
      this.refuse(client, proposal.kind === 'say' ? 'not-stored' : 'busy', {}, at);
      return;
    }
    if (!this.#canPropose(proposal)) {
      this.refuse(client, 'busy', { needsUpgrade: true }, at);
      return;
    }
    const number = ++client.proposedCount;
    this.#proposing = client;
    this.submit(proposal, at);
    if (client.settledCount >= number) return;
    client.unsettled ??= new Unsettled();
    client.unsettled.add(client.label, proposal.kind === 'say' || proposal.kind === 'tell');
  }

  /** The session with this key; null if it has ended, or has not logged in on another node. */
  sessionOf(key: SessionKey): Session | null {
    const client = this.#proposing;
    // On a lone server it is the one that has just proposed.
    if (client !== null && client.key === key && client.closeReason === null) return client;
    return this.directory.sessionOf(key);
  }

  /** The room that a session speaks in: one that it is in, or one that is open to those outside. Null = its current one. */
  speechRoom(session: Session, fold: string | null): Room | null {
    const own = fold === null ? session.currentRoom : session.roomNamed(fold);
    if (own !== null || fold === null) return own;
    const room = this.directory.room(fold);
    return room !== undefined && this.permissions.mayReach(session, room) ? room : null;
  }

  /** Explains `not-in-room`. */
  absence(session: Session, { fold, shown }: RoomName): RefusalDetail {
    const isAbsent = this.directory.room(fold) === undefined || !this.permissions.maySee(session, fold);
    return isAbsent ? { about: shown, isAbsent } : { about: shown };
  }

  /** Notes that what other nodes know of a session has changed. */
  changed(session: Session): void {
    this.#changed?.add(session);
  }

  /** Writes the sessions that have changed to their table, at the end of an entry. */
  storeSessions(): void {
    if (this.#sessionTable === null || this.#changed === null || this.#changed.size === 0) return;
    for (const session of this.#changed) {
      const row = session.closeReason === null ? rowOf(session, this.directory) : null;
      if (row !== null) this.#sessionTable.put(row);
      else if (session.name !== null) this.#sessionTable.remove(session.key);
    }
    this.#changed.clear();
  }

  /** Answers the command of a session if its client is one of this node. */
  reply(session: Session, event: HubEvent): void {
    const client = session.local;
    if (client !== null) this.turn.reply(client, event);
  }

  /** Tells all who share a room with a user, each once, of a change that few dialects show. */
  tellChange(
    session: Session,
    what: Extract<HubEvent, { kind: 'changed' }>['what'],
    text: string | null,
    at: number,
    { onlyIfStored = false } = {},
  ): void {
    const changed = { kind: 'changed', at, by: session.who, what, text } as const;
    const told = this.turn.sendToRooms(session.rooms, changed, session.local);
    const watchers = this.watches?.onChange(session, changed) ?? [];
    if (onlyIfStored) for (const one of [told, ...watchers]) this.turn.sendOnlyIfStored(one, null);
  }

  /** Shows an event to the observers. Each node shows those of its own clients. */
  observe(event: HubEvent, session: Session): void {
    if (session.local !== null) this.turn.observeEvent(event, session);
  }

  /** Removes a room that has no members. */
  removeIfEmpty(room: Room): void {
    if (!this.directory.removeIfEmpty(room)) return;
    if (this.accounts.rooms.room(room.name.fold)?.isTemporary !== true) return;
    this.accounts.rooms.forgetTemporary(room.name.fold);
    this.turn.scheduleCommit();
  }

  /** Proposes the end of a session. `reason`: the user's own words. */
  endSession(client: Client, why: CloseReason, at: number, reason = ''): void {
    this.#ending.delete(client);
    if (client.isEnding) return;
    // From here on it is deaf, whenever the end settles.
    client.isEnding = true;
    // No other node knows of a client that has not logged in and proposes nothing.
    if (client.name === null && client.settledCount === client.proposedCount) {
      this.endNow(client, why, at, '', reason);
      return;
    }
    // Messages of this turn do not reach a connection that is lost.
    const shownId = why === 'lost' ? this.turn.shownId : Number.POSITIVE_INFINITY;
    const readId = Math.min(shownId, client.lastIdBeforeBacklog ?? shownId);
    const end = {
      kind: 'end',
      session: client.key,
      why,
      readId: Number.isFinite(readId) ? readId : null,
      reason,
    } as const;
    this.propose(client, end, at);
  }

  /** A session is over. It ends at the next `endSession`, or before by `endIfOver`. */
  endLater(client: Client, why: CloseReason): void {
    this.#ending.set(client, why);
  }

  get hasEnding(): boolean {
    return this.#ending.size > 0;
  }

  /** Ends the session of a user if it is over: a direct message is saved for it, and its name is free. */
  endIfOver(fold: string, at: number): void {
    if (!this.hasEnding) return;
    const client = this.directory.user(fold)?.local ?? null;
    const why = client === null ? undefined : this.#ending.get(client);
    if (client !== null && why !== undefined) this.endSession(client, why, at);
  }

  /**
   * Ends a session as a part of a change that settles, which ends it everywhere. `by` and `reason` name the operator
   * who did it, and why.
   */
  endNow(session: Session, why: CloseReason, at: number, by = '', reason = ''): void {
    this.#endNow(session, { why, readId: null, by, reason }, at);
  }

  /** Refuses a command. A `final` refusal ends the connection. Where the client is not, it has no effect. */
  refuse(session: Session, reason: Refusal, detail: RefusalDetail, at: number, final = false): void {
    const client = session.local;
    if (client === null || client.closeReason !== null) return;
    const atLogin = client.name === null;
    client.awaitingPassword = reason === 'password-required' && !final;
    const { command } = this;
    this.turn.reply(client, { kind: 'refused', at, reason, detail, final, atLogin, command });
    if (final) this.endSession(client, reason === 'banned' ? 'login-banned' : 'login-refused', at);
  }

  /** Refuses a command that names an unknown user or room. An interactive session is offered the nearest name. */
  refuseMissing(
    session: Session,
    reason: 'user-not-found' | 'room-not-found',
    typed: string,
    at: number,
  ): void {
    const client = session.local;
    if (client === null) return;
    const suggestion = client.encoder.dialect.interactive ? this.#suggestionFor(client, reason, typed) : null;
    this.refuse(client, reason, suggestion === null ? { about: typed } : { about: typed, suggestion }, at);
  }

  /**
   * Confirms an action. With `change`, which makes it, the user gets `not-stored` if the turn cannot be stored. The accounts
   * undo their part then; `change` tells how to undo the rest. `by`: the user as it was before the action.
   */
  perform(
    session: Session,
    action: Action,
    at: number,
    change?: (onUndo: (undo: () => void) => void) => void,
    by: Who = session.who,
  ): void {
    const { turn } = this;
    change?.((undo) => turn.onUndo(undo));
    const client = session.local;
    if (client === null) return;
    const done: HubEvent = { kind: 'done', at, action, by };
    const answer = turn.reply(client, done);
    if (change === undefined) {
      turn.observeEvent(done, client);
      return;
    }
    turn.sendOnlyIfStored(answer, notStoredAt(at, action.kind));
    turn.observe(answer, client);
  }

  #suggestionFor(client: Client, reason: 'user-not-found' | 'room-not-found', typed: string): string | null {
    const names = reason === 'user-not-found' ? this.directory.userNames() : this.#roomNames(client);
    return nearest(typed, names, { maxCandidates: MAX_SUGGESTION_CANDIDATES });
  }

  *#roomNames(client: Client): Iterable<string> {
    for (const { name } of this.directory.rooms())
      if (this.permissions.maySee(client, name.fold)) yield name.shown;
  }
}

let lastNotStored: Extract<HubEvent, { kind: 'refused' }> | null = null;

/** The answer to a command whose turn could not be stored: the same object for the messages of a millisecond. */
export function notStoredAt(at: number, command: CommandKind): HubEvent {
  if (lastNotStored?.at === at && lastNotStored.command === command) return lastNotStored;
  return (lastNotStored = newNotStored(at, command));
}

function newNotStored(at: number, command: CommandKind): Extract<HubEvent, { kind: 'refused' }> {
  return { kind: 'refused', at, reason: 'not-stored', detail: {}, final: false, atLogin: false, command };
}
