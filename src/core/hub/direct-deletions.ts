/** Deletion of direct messages by their authors: while they are stored for the receiver, and for a while in any case. */
import type { Account } from '../accounts.js';
import type { ProposalOf, SessionKey } from '../ports.js';
import { foldName, type Text, type TypedName } from '../text/text.js';
import { isSentBy, isSentSince } from './authorship.js';
import type { Client } from './client.js';
import { DeletedIds } from './deleted-ids.js';
import type { HubContext } from './hub-context.js';
import type { ClientRequest } from './request.js';
import { ignoresSession, isSameSession, type Session } from './session.js';
import type { Subscribers } from './subscribers.js';

/** Of so many of the last direct messages it is known who sent them, and to whom. */
const MAX_REMEMBERED = 1000;
/** No message has this id, and no client can ask for it. */
const FORGOTTEN = Number.NaN;

/** A direct message, which may have several lines. */
export interface SentDirect {
  readonly id: number;
  readonly count: number;
  /** Null for an author without a session. */
  readonly by: SessionKey | null;
  /** The account of the author. */
  readonly account: Account | null;
  /** UserName.fold of the receiver. */
  readonly to: string;
  /** The session that it was sent to; null if it was stored for later. */
  readonly receiver: SessionKey | null;
  /** The receiver ignored its author and was not shown it; the author does not learn of that. */
  readonly isIgnored: boolean;
}

export class DirectDeletions {
  readonly #context: HubContext;
  readonly #subscribers: Subscribers;
  /** A ring: the oldest one is replaced. */
  readonly #sent: SentDirect[] = [];
  readonly #deleted = new DeletedIds();
  #next = 0;

  constructor(context: HubContext, subscribers: Subscribers) {
    this.#context = context;
    this.#subscribers = subscribers;
  }

  /** Remembers a message. */
  onSent(sent: SentDirect): void {
    this.#sent[this.#next] = sent;
    this.#next = (this.#next + 1) % MAX_REMEMBERED;
  }

  /** Proposes to delete a message to a user. One that concerns others is as if it did not exist. */
  delete({ session: client, command: { who, id, reason }, at }: ClientRequest<'delete-direct'>): void {
    let sent: SentDirect | null;
    try {
      sent = this.#find(id);
    } catch (error) {
      this.#context.onError(error);
      this.#context.refuse(client, 'busy', {}, at);
      return;
    }
    if (sent !== null && isSentBy(client, sent) && this.#isTo(sent, who)) {
      this.#propose(client, sent, reason, at);
      return;
    }
    const { directory, accounts } = this.#context;
    if (directory.user(who.fold) === undefined && accounts.users.findFolded(who.fold) === undefined) {
      this.#context.refuse(client, 'user-not-found', { about: who.typed }, at);
      return;
    }
    const isReceived = sent !== null && isReceiver(client, sent);
    const reasonNot = isReceived ? 'not-permitted' : 'message-not-found';
    this.#context.refuse(client, reasonNot, { about: String(id) }, at);
  }

  /** The same for every receiver. False if the client has sent no such message. */
  deleteOwn(client: Client, id: number, reason: Text, at: number): boolean {
    const sent = this.#find(id);
    if (sent === null || !isSentBy(client, sent)) return false;
    this.#propose(client, sent, reason, at);
    return true;
  }

  /** Makes the change, of which the receiver is told as it was of the message. */
  settleDelete(session: Session, { to, id, count, reason }: ProposalOf<'delete-direct'>, at: number): void {
    const { accounts, turn } = this.#context;
    if (reason !== '' && at < session.mutedUntil) {
      this.#context.refuse(session, 'muted', {}, at);
      return;
    }
    if (this.#deleted.has(id)) {
      this.#context.refuse(session, 'message-not-found', { about: String(id) }, at);
      return;
    }
    const receivers = this.#receiversOf(id, to);
    const wasIgnored = this.#remembered(id)?.isIgnored === true;
    accounts.offline.remove(to, id);
    turn.scheduleCommit();
    const wasStored = this.#remembered(id)?.receiver == null;
    const receiverName = wasStored ? undefined : receivers[0]?.name?.shown;
    const shown = receiverName ?? accounts.users.account(to)?.shown ?? to;
    const action = { kind: 'delete-direct', about: String(id), text: reason, to: shown } as const;
    this.#context.perform(session, action, at, (onUndo) => {
      onUndo(this.#forget(id));
      // Its receiver has it no more at once, so it need not be remembered for long.
      onUndo(this.#deleted.add(id, count, Number.POSITIVE_INFINITY));
    });
    const deleted = { kind: 'direct-deleted', at, by: session.who, id, count, reason } as const;
    for (const receiver of receivers) {
      const { local, name } = receiver;
      // The reason is a text of the author.
      if (local === null || name === null || wasIgnored || ignoresSession(receiver, session)) continue;
      turn.sendOnlyIfStored(turn.send(local, { ...deleted, to: name.shown }), null);
    }
    this.#subscribers.onDirectDeleted(to, { ...deleted, to: shown });
  }

  #propose(client: Client, { id, count, to }: SentDirect, reason: Text, at: number): void {
    const deleted = { kind: 'delete-direct', session: client.key, to, id, count, reason } as const;
    this.#context.propose(client, deleted, at);
  }

  #find(id: number): SentDirect | null {
    const sent = this.#remembered(id);
    if (sent !== undefined) return sent;
    const { offline, users } = this.#context.accounts;
    const stored = offline.find(id);
    if (stored === null) return null;
    const { to, message } = stored;
    const author = users.account(stored.account ?? foldName(message.from)) ?? null;
    const account = author !== null && isSentSince(author, message) ? author : null;
    return { id, count: 1, by: null, account, to, receiver: null, isIgnored: false };
  }

  #remembered(id: number): SentDirect | undefined {
    return this.#sent.find((one) => one.id === id);
  }

  /** The receiver may have another name since. */
  #isTo({ to, receiver }: SentDirect, { fold }: TypedName): boolean {
    if (fold === to) return true;
    const { directory, accounts } = this.#context;
    const user = directory.user(fold);
    if (receiver !== null) return user !== undefined && isSameSession(user.key, receiver);
    return accounts.users.findFolded(fold)?.fold === to;
  }

  /** The sessions that may have been shown a message. One that is stored for later may be on its way to them. */
  #receiversOf(id: number, to: string): readonly Session[] {
    const { directory, accounts } = this.#context;
    const receiver = this.#remembered(id)?.receiver ?? null;
    if (receiver !== null) {
      const session = directory.sessionOf(receiver);
      return session === null ? [] : [session];
    }
    const account = accounts.users.account(to);
    return account === undefined ? [] : directory.sessionsWith(account);
  }

  /** Returns how to undo it. */
  #forget(id: number): () => void {
    const index = this.#sent.findIndex((one) => one.id === id);
    const sent = this.#sent[index];
    if (sent === undefined) return () => {};
    this.#sent[index] = { ...sent, id: FORGOTTEN };
    return () => {
      this.#sent[index] = sent;
    };
  }
}

function isReceiver({ key, account }: Session, { to, receiver, isIgnored }: SentDirect): boolean {
  if (isIgnored) return false;
  return receiver === null ? account?.fold === to : isSameSession(key, receiver);
}
