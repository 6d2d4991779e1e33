/** What the parts of the hub share: its state, and the ways in which they reply and propose. */
import type { Accounts } from '../accounts.js';
import type { Action } from '../action.js';
import type { Turn } from '../delivery/turn.js';
import type { HubEvent, RefusalDetail } from '../event.js';
import type { Proposal, ProposalOf, SessionKey, SessionProposal } from '../ports.js';
import type { CloseReason, Refusal } from '../reasons.js';
import { nearest } from '../text/did-you-mean.js';
import type { Client } from './client.js';
import type { Directory } from './directory.js';
import { Permissions } from './permissions.js';
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
  /** Ends a session, as a part of a change that is in its place in the order. */
  readonly endNow: (client: Client, end: SessionEnd, at: number) => void;
  /** Called when something could not be stored, for the log. */
  readonly onError: (error: unknown) => void;
}

/** The end of a session. */
export interface SessionEnd extends Pick<ProposalOf<'end'>, 'why' | 'readId'> {
  /** The operator who ended it, and the reason given. */
  readonly by?: string;
  readonly reason?: string;
}

export class HubContext {
  readonly accounts: Accounts;
  readonly directory: Directory;
  readonly turn: Turn;
  readonly permissions: Permissions;
  readonly submit: HubContextOptions['submit'];
  readonly onError: HubContextOptions['onError'];
  /** The id of the last message of any kind. */
  lastId: number;
  readonly #endNow: HubContextOptions['endNow'];
  /** The client that proposed last. */
  #proposing: Client | null = null;
  /** Every session is being ended: clients are not told of each other's end. */
  isClosing = false;

  constructor({ accounts, directory, turn, lastId, submit, endNow, onError }: HubContextOptions) {
    this.accounts = accounts;
    this.directory = directory;
    this.turn = turn;
    this.permissions = new Permissions(accounts.rooms, directory.lobby);
    this.lastId = lastId;
    this.submit = submit;
    this.#endNow = endNow;
    this.onError = onError;
  }

  /** The id below which messages may be read: those of a turn that is being stored are not shown before. */
  get readableBefore(): number {
    return (this.turn.isCommitting ? this.turn.shownId : this.lastId) + 1;
  }

  /** Proposes a change that a client makes. */
  propose(client: Client, proposal: SessionProposal, at: number): void {
    const number = ++client.proposedCount;
    this.#proposing = client;
    this.submit(proposal, at);
    if (client.settledCount >= number) return;
    client.unsettled ??= new Unsettled();
    client.unsettled.add(client.label, proposal.kind === 'say' || proposal.kind === 'tell');
  }

  /** The client of a session; null if it has ended, or is one of another server. */
  clientOf(session: SessionKey): Client | null {
    const client = this.#proposing;
    // On a lone server it is the one that has just proposed.
    if (client !== null && client.key === session && client.closeReason === null) return client;
    return this.directory.clientOf(session);
  }

  /** Proposes the end of a session. */
  endSession(client: Client, why: CloseReason, at: number): void {
    if (client.isEnding) return;
    // From here on it is deaf, whenever the end settles.
    client.isEnding = true;
    // Messages of this turn do not reach a connection that is lost.
    const shownId = why === 'lost' ? this.turn.shownId : Number.POSITIVE_INFINITY;
    const readId = Math.min(shownId, client.lastIdBeforeBacklog ?? shownId);
    const end = {
      kind: 'end',
      session: client.key,
      why,
      readId: Number.isFinite(readId) ? readId : null,
    } as const;
    this.propose(client, end, at);
  }

  /**
   * Ends a session as a part of a change that settles, which ends it everywhere. `by` and `reason` name the operator
   * who did it, and why.
   */
  endNow(client: Client, why: CloseReason, at: number, by = '', reason = ''): void {
    this.#endNow(client, { why, readId: null, by, reason }, at);
  }

  /** Refuses a command. A `final` refusal ends the connection. */
  refuse(client: Client, reason: Refusal, detail: RefusalDetail, at: number, final = false): void {
    if (client.closeReason !== null) return;
    const atLogin = client.name === null;
    client.awaitingPassword = reason === 'password-required' && !final;
    this.turn.reply(client, { kind: 'refused', at, reason, detail, final, atLogin });
    if (final) this.endSession(client, reason === 'banned' ? 'login-banned' : 'login-refused', at);
  }

  /** Refuses a command that names an unknown user or room. An interactive session is offered the nearest name. */
  refuseMissing(
    client: Client,
    reason: 'user-not-found' | 'room-not-found',
    typed: string,
    at: number,
  ): void {
    const suggestion = client.encoder.dialect.interactive ? this.#suggestionFor(client, reason, typed) : null;
    this.refuse(client, reason, suggestion === null ? { about: typed } : { about: typed, suggestion }, at);
  }

  /**
   * Confirms an action. With `change`, which makes it, the user gets `not-stored` if the turn cannot be stored. The accounts
   * undo their part then; `change` tells how to undo the rest.
   */
  perform(
    client: Client,
    action: Action,
    at: number,
    change?: (onUndo: (undo: () => void) => void) => void,
  ): void {
    const { turn } = this;
    const done: HubEvent = { kind: 'done', at, action };
    if (change === undefined) {
      turn.reply(client, done);
      turn.observeEvent(done, client);
      return;
    }
    change((undo) => turn.onUndo(undo));
    const answer = turn.reply(client, done);
    turn.sendOnlyIfStored(answer, notStoredAt(at));
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

/** The answer to a command whose turn could not be stored. */
export function notStoredAt(at: number): HubEvent {
  return { kind: 'refused', at, reason: 'not-stored', detail: {}, final: false, atLogin: false };
}
