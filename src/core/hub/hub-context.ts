/** What the parts of the hub share: its state, and the ways in which they reply and propose. */
import type { Accounts } from '../accounts.js';
import type { Action } from '../action.js';
import type { Turn } from '../delivery/turn.js';
import type { HubEvent, RefusalDetail } from '../event.js';
import type { Proposal } from '../ports.js';
import type { CloseReason, Refusal } from '../reasons.js';
import { nearest } from '../text/did-you-mean.js';
import type { Client } from './client.js';
import type { Directory } from './directory.js';
import { Permissions } from './permissions.js';

/** How many names are compared with what was typed: all of them on most servers, and never so many as to cause a stall. */
const MAX_SUGGESTION_CANDIDATES = 500;

export interface HubContextOptions {
  readonly accounts: Accounts;
  readonly directory: Directory;
  readonly turn: Turn;
  /** The highest id in the history. */
  readonly lastId: number;
  /** Puts a proposal in the one order. */
  readonly submit: (proposal: Proposal<Client>, at: number) => void;
  /** Called when something could not be stored, for the log. */
  readonly onError: (error: unknown) => void;
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
  /** Every session is being ended: clients are not told of each other's end. */
  isClosing = false;

  constructor({ accounts, directory, turn, lastId, submit, onError }: HubContextOptions) {
    this.accounts = accounts;
    this.directory = directory;
    this.turn = turn;
    this.permissions = new Permissions(accounts.rooms, directory.lobby);
    this.lastId = lastId;
    this.submit = submit;
    this.onError = onError;
  }

  /** Ends a session. `by` and `reason` name the operator who did it, and why. */
  endSession(client: Client, why: CloseReason, at: number, by = '', reason = ''): void {
    if (client.closeReason === null) this.submit({ kind: 'end', client, why, by, reason }, at);
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

  /** Stores a change and confirms it, or refuses with `not-stored`. True if it is stored. */
  perform(client: Client, action: Action, at: number, store?: () => void): boolean {
    if (store !== undefined) this.turn.pauseAfterSync(client);
    try {
      store?.();
    } catch (error) {
      this.onError(error);
      this.refuse(client, 'not-stored', {}, at);
      return false;
    }
    const done: HubEvent = { kind: 'done', at, action };
    this.turn.reply(client, done);
    this.turn.observeEvent(done, client);
    return true;
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
