/** What the hub shares with those who do a part of its work: its state, and the ways in which it answers. */
import type { Accounts } from '../accounts.js';
import type { Client } from './client.js';
import type { Action } from '../action.js';
import { nearest } from '../text/did-you-mean.js';
import type { Directory } from './directory.js';
import type { HubEvent, RefusalDetail } from '../event.js';
import type { CloseReason, Refusal } from '../reasons.js';
import { Permissions } from './permissions.js';
import type { Turn } from '../delivery/turn.js';

/** How many names are looked through for one that is near what was typed: all, on most servers, and never a stall. */
const MAX_SUGGESTION_CANDIDATES = 500;

export interface HubContextOptions {
  readonly accounts: Accounts;
  readonly directory: Directory;
  readonly turn: Turn;
  /** Ends a session. `by` and `reason` tell who did it, and why. */
  readonly endSession: (client: Client, why: CloseReason, at: number, by: string, reason: string) => void;
  /** Something could not be stored: for the log. */
  readonly onError: (error: unknown) => void;
}

export class HubContext {
  readonly accounts: Accounts;
  readonly directory: Directory;
  readonly turn: Turn;
  readonly permissions: Permissions;
  readonly endSession: HubContextOptions['endSession'];
  readonly onError: HubContextOptions['onError'];

  constructor({ accounts, directory, turn, endSession, onError }: HubContextOptions) {
    this.accounts = accounts;
    this.directory = directory;
    this.turn = turn;
    this.permissions = new Permissions(accounts.rooms, directory.lobby);
    this.endSession = endSession;
    this.onError = onError;
  }

  /** Says why not. A `final` refusal ends the connection. */
  refuse(client: Client, reason: Refusal, detail: RefusalDetail, at: number, final = false): void {
    if (client.closeReason !== null) return;
    const atLogin = client.name === null;
    client.awaitingPassword = reason === 'password-required' && !final;
    this.turn.send(client, { kind: 'refused', at, reason, detail, final, atLogin });
    if (final) this.endSession(client, 'login-refused', at, '', '');
  }

  /** There is none of that name: says so, and to a person what was meant, if that can be guessed. */
  refuseMissing(
    client: Client,
    reason: 'user-not-found' | 'room-not-found',
    typed: string,
    at: number,
  ): void {
    const suggestion = client.encoder.dialect.interactive ? this.#suggestionFor(client, reason, typed) : null;
    this.refuse(client, reason, suggestion === null ? { about: typed } : { about: typed, suggestion }, at);
  }

  /** Stores something and says that it is done, or that it could not be stored. */
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
    this.turn.send(client, done);
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
